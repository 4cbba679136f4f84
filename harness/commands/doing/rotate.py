"""Rotating once under load."""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from harness.case.rotation import Rotation
from harness.case.testbed import NotApplicable
from harness.clients.build import ClientBuild
from harness.commands.doing.asking import agree_to_build
from harness.commands.doing.concluding import check_reports, conclude
from harness.errors import UsageError
from harness.exits import Exit
from harness.knowledge.reader import Knowledge
from harness.names import Choice, chosen, place_of
from harness.reports.live import telling
from harness.reports.rotation.live import LiveRotation
from harness.reports.streams import stderr, stdout
from harness.runner.events import LaneDoes
from harness.runner.opened import RunningLane, opened_lane
from harness.runner.session import opened_session
from harness.selection.discovery import all_clients, all_knowledge, all_servers, elsewhere
from harness.selection.places import opened_place
from harness.servers.build import ServerBuild
from harness.servers.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asked for: one server, one client, and the rotation."""

    server_names: tuple[str, ...]
    client_names: tuple[str, ...]
    rotation: Rotation
    history_path: Path | None
    picture: Path | None
    json_path: Path | None
    yes: bool
    engine: str
    server_folders: tuple[Path, ...]
    client_folders: tuple[Path, ...]
    knowledge_folders: tuple[Path, ...]


def rotate_asked(asked: Asked) -> Exit:
    """Rotate, print what was found and write the reports; the exit code. Raises UsageError before anything starts."""
    build = _one("server", all_servers(asked.server_folders, asked.server_names), asked.server_names)
    client = _one("client", all_clients(asked.client_folders, asked.client_names), asked.client_names)
    knowledge = all_knowledge(asked.knowledge_folders)
    history = asked.history_path or _new_history()
    picture = asked.picture or history.with_name(f"{history.name}.svg")
    check_reports(history, picture=picture, json_path=asked.json_path)
    with (
        opened_place(asked.engine) as place,
        _lane(build, client, place, knowledge, yes=asked.yes) as lane,
        LiveRotation(Console(stderr=True), asked.rotation.terms(server_moves=True)) as live,
    ):
        rotated = lane.rotating.rotated(
            _fitting(asked.rotation, lane, client.name),
            lane.clients[client.name],
            history=history,
            watch=lambda now: live.show(now.step, now.progress, now.elapsed_s, now.generations),
        )
    return conclude(rotated, history=history, picture=picture, json_path=asked.json_path, console=stdout())


B = TypeVar("B", bound=Choice)


def _one(kind: str, known: Mapping[str, B], names: tuple[str, ...]) -> B:
    if not names:
        remedy = "as `dbtls rotate SERVER --client CLIENT`"
        raise UsageError(f"a rotation needs a {kind}", remedy=f"name one, {remedy}; `dbtls {kind}s` lists them")
    found = chosen(kind, known, names, (), elsewhere=elsewhere(kind))
    if len(found) > 1:
        said = "` and `".join(names)
        what = f"`{said}` means {len(found)} {kind}s, and a rotation has one"
        raise UsageError(what, place=place_of(names[0]), remedy="give one name")
    return found[0]


def _fitting(rotation: Rotation, lane: RunningLane, client: str) -> Rotation:
    try:
        return lane.bed(client).rotating(rotation)
    except NotApplicable as reason:
        raise UsageError(str(reason), remedy="choose another client for this server") from reason


def _new_history() -> Path:
    return Path(f"dbtls-rotation-{datetime.datetime.now():%Y%m%d-%H%M%S}.history")  # noqa: DTZ005  the user's own clock


@contextmanager
def _lane(
    build: ServerBuild, client: ClientBuild, place: Place, knowledge: Knowledge, *, yes: bool
) -> Iterator[RunningLane]:
    """A lane of its own for one server and one client, built if need be, agreed to or asked for."""
    agree_to_build(place, [build], [client], yes=yes)
    with ExitStack() as opened:
        with telling(stderr()) as progress:
            session = opened.enter_context(
                opened_session(
                    place, [client], knowledge=knowledge, on_progress=lambda name, text: progress(LaneDoes(name, text))
                )
            )
            for missing in session.clients().missing.values():
                raise missing
            lane = opened.enter_context(
                session.lane(build, opened_lane, emit=lambda result: None, tell=lambda fault: None)
            )
            for fault in lane.lost.values():
                raise fault
        yield lane
