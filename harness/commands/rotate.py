"""``dbtls rotate``: one rotation under load, judged."""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console

from harness.case.rotation import Rotation
from harness.case.testbed import NotApplicable
from harness.clients.build import ClientBuild
from harness.commands.completing import complete_clients, complete_servers
from harness.commands.concluding import ROTATION_EXIT_CODES, check_reports, conclude, json_option, picture_option
from harness.commands.epilogs import epilog
from harness.commands.options import clients_folder, engine_of, engine_option, knowledge_folder, servers_folder
from harness.errors import UsageError
from harness.knowledge.reader import Knowledge
from harness.model.rotation import Control, How, Mix, Pools, What
from harness.names import Choice, chosen
from harness.pki import StoreKind
from harness.reports.console import LiveProgress, stdout
from harness.reports.rotation.live import LiveRotation
from harness.runner.events import LaneDoes
from harness.runner.opened import RunningLane, opened_lane
from harness.runner.session import opened_session
from harness.selection.places import opened_place
from harness.selection.selection import all_clients, all_knowledge, all_servers
from harness.servers.build import ServerBuild
from harness.servers.place import Place

_EPILOG = epilog(
    "dbtls rotate --server mysql-9.7 --client pymysql --what leaf --stores p12",
    "dbtls rotate --server mysql-9.7 --client pymysql --rate 120 --duration 60",
    codes=ROTATION_EXIT_CODES,
)
_file = click.Path(path_type=Path, dir_okay=False)
_count = click.IntRange(min=1)
_share = click.FloatRange(min=0)
_above_zero = click.FloatRange(min=0, min_open=True)


def _choice(*values: str) -> click.Choice[str]:
    return click.Choice(values)


@click.command("rotate", epilog=_EPILOG)
@click.option(
    "--server",
    "-s",
    "server_name",
    required=True,
    shell_complete=complete_servers,
    help="A server build, an image or a folder.",
)
@click.option(
    "--client",
    "-c",
    "client_name",
    required=True,
    shell_complete=complete_clients,
    help="A client that can hold sessions.",
)
@click.option("--what", type=_choice(*(what.value for what in What)), default="both", show_default=True)
@click.option("--how", type=_choice(*(how.value for how in How)), default="in-place", show_default=True)
@click.option("--stores", type=_choice(*(kind.value for kind in StoreKind)), default="jks", show_default=True)
@click.option("--same-stat", is_flag=True, help="New key stores keep size and mtime of the old, as rsync -t may.")
@click.option("--rate", type=_above_zero, default=25.0, show_default=True, help="New connections a second.")
@click.option("--duration", "duration_s", type=_above_zero, default=10.0, show_default=True, help="In seconds.")
@click.option("--rotations", type=_count, default=1, show_default=True)
@click.option("--check-outs", type=_share, default=Mix().check_outs, show_default=True, help="To a new connection.")
@click.option("--held", type=_share, default=Mix().held, show_default=True, help="To a new connection.")
@click.option("--hold", "hold_s", type=_above_zero, default=Mix().hold_s, show_default=True, help="In seconds.")
@click.option("--processes", type=_count, default=1, show_default=True, help="Of locust, each with a client.")
@click.option("--pool", type=_choice(*(pools.value for pools in Pools)), default="reference", show_default=True)
@click.option("--control", type=_choice(*(control.value for control in Control)), help="Break this on purpose.")
@click.option("--history", "history_path", type=_file, help="Where to keep the history; default: a new file here.")
@picture_option
@json_option
@engine_option
@servers_folder
@clients_folder
@knowledge_folder
@click.pass_context
def rotate_command(
    context: click.Context,
    server_name: str,
    client_name: str,
    what: str,
    how: str,
    stores: str,
    same_stat: bool,
    rate: float,
    duration_s: float,
    rotations: int,
    check_outs: float,
    held: float,
    hold_s: float,
    processes: int,
    pool: str,
    control: str | None,
    history_path: Path | None,
    picture: Path | None,
    json_path: Path | None,
    engine_name: str,
    server_folders: tuple[Path, ...],
    client_folders: tuple[Path, ...],
    knowledge_folders: tuple[Path, ...],
) -> None:
    """Exchange a client's key material under load, and prove that nothing was lost, or name the step at which it was.

    The load is open-loop: new connections at --rate, and of pools' connections check-outs and longer holds, so many to
    each new one. Everything is written to a history, which is what is judged: `dbtls judge` does it again.
    """
    build = _one("server", all_servers(server_folders, [server_name]), server_name)
    client = _one("client", all_clients(client_folders, [client_name]), client_name)
    knowledge = all_knowledge(knowledge_folders)
    rotation = Rotation(
        what=What(what),
        how=How(how),
        stores=StoreKind(stores),
        same_stat=same_stat,
        rotations=rotations,
        rate=rate,
        mix=Mix(check_outs=check_outs, held=held, hold_s=hold_s),
        duration_s=duration_s,
        workers=processes,
        control=None if control is None else Control(control),
        pools=Pools(pool),
    )
    history = history_path or _new_history()
    picture = picture or history.with_name(f"{history.name}.svg")
    check_reports(history, picture=picture, json_path=json_path)
    with (
        opened_place(engine_of(context, engine_name)) as place,
        _lane(build, client, place, knowledge) as lane,
        LiveRotation(Console(stderr=True), rotation.terms(server_moves=True)) as live,
    ):
        rotated = lane.rotating.rotated(
            _fitting(rotation, lane, client.name),
            lane.clients[client.name],
            history=history,
            watch=lambda now: live.show(now.step, now.progress, now.elapsed_s, now.generations),
        )
    context.exit(conclude(rotated, history=history, picture=picture, json_path=json_path, console=stdout()))


B = TypeVar("B", bound=Choice)


def _one(kind: str, known: Mapping[str, B], name: str) -> B:
    found = chosen(kind, known, [name], ())
    if len(found) > 1:
        raise UsageError(f"`{name}` means {len(found)} {kind}s, and a rotation has one", remedy="give one name")
    return found[0]


def _fitting(rotation: Rotation, lane: RunningLane, client: str) -> Rotation:
    try:
        return lane.bed(client).rotating(rotation)
    except NotApplicable as reason:
        raise UsageError(str(reason), remedy="choose another client for this server") from reason


def _new_history() -> Path:
    return Path(f"dbtls-rotation-{datetime.datetime.now():%Y%m%d-%H%M%S}.history")  # noqa: DTZ005  the user's own clock


@contextmanager
def _lane(build: ServerBuild, client: ClientBuild, place: Place, knowledge: Knowledge) -> Iterator[RunningLane]:
    """A lane of its own for one server and one client."""
    with ExitStack() as opened:
        with LiveProgress(Console(stderr=True)) as progress:
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
