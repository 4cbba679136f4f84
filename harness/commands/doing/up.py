"""Bringing servers up, until Ctrl-C or for as long as one command runs."""

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import environ
from pathlib import Path
from types import FrameType
from typing import assert_never

import click
from rich.console import Console
from rich.text import Text

from harness import limits
from harness.commands.doing.asking import agree_to_build
from harness.commands.doing.detaching import LetGo, detached
from harness.errors import HarnessError, UsageError
from harness.exits import Exit
from harness.locations import named_folder, run_folder
from harness.names import chosen, listed
from harness.owner import Owner
from harness.reference.init_sql import SqlFile
from harness.reference.like import ENTRIES, LikeRequest, stood_like
from harness.reference.material import portable_path
from harness.reference.standing import check_name, claimed, stable_port
from harness.reference.up import Up, UpRequest, brought_up
from harness.selection.case import case_meant
from harness.selection.discovery import all_clients, all_knowledge, all_servers, elsewhere
from harness.selection.places import opened_place
from harness.servers.build import ServerBuild
from harness.servers.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asked for; ``command`` None: no command, but to wait."""

    server_names: tuple[str, ...]
    command: tuple[str, ...] | None
    two_way: bool
    versions: tuple[str, ...] | None
    days: int | None
    hosts: tuple[str, ...]
    port: int | None
    admin: bool
    init_sql: Path | None
    like: str | None
    client: str | None
    detach: bool
    name: str | None
    out: Path | None
    as_one_object: bool
    yes: bool
    engine: str
    server_folders: tuple[Path, ...]
    client_folders: tuple[Path, ...]
    scenario_folders: tuple[Path, ...]
    knowledge_folders: tuple[Path, ...]


Wanted = UpRequest | LikeRequest
_DAYS = 30


def up_asked(asked: Asked) -> int:
    """Bring them up and wait, or run the command: the exit code. Raises UsageError before anything starts."""
    known = all_servers(asked.server_folders, asked.server_names)
    if not asked.server_names:
        names = listed(sorted(known), more="`dbtls servers` lists them")
        raise UsageError("there is no server named to bring up", remedy=f"name one of {names}")
    builds = chosen("server", known, asked.server_names, (), elsewhere=elsewhere("server"))
    name = _name(asked, builds[0].slug)
    carried_out = None if asked.command is None else _runnable(asked.command, as_one_object=asked.as_one_object)
    request = _request(asked, builds, name)
    if name is None:
        return _stood(asked, request, carried_out)
    return detached(lambda let_go: _left_standing(asked, request, name, let_go))


def _request(asked: Asked, builds: Sequence[ServerBuild], name: str | None) -> Wanted:
    """What is to be up. Raises UsageError."""
    ports = _ports(asked, builds, name)
    init_sql = None if asked.init_sql is None else SqlFile.read(asked.init_sql)
    until = "Ctrl-C" if name is None else f"`dbtls down {name}`"
    if asked.like is not None:
        return _like(asked, asked.like, builds, ports, init_sql, until)
    if asked.client is not None:
        raise UsageError("--client is for --like", remedy="leave it out: every client's form is printed")
    return UpRequest(
        builds=builds,
        two_way=asked.two_way,
        versions=asked.versions,
        days=_DAYS if asked.days is None else asked.days,
        hosts=asked.hosts,
        ports=ports,
        admin=asked.admin,
        init_sql=init_sql,
        until=until,
    )


def _like(
    asked: Asked,
    case: str,
    builds: Sequence[ServerBuild],
    ports: Mapping[str, int],
    init_sql: SqlFile | None,
    until: str,
) -> LikeRequest:
    """One case on one server with one client. Raises UsageError."""
    said = {
        "--two-way": asked.two_way,
        "--tls-version": asked.versions is not None,
        "--days": asked.days is not None,
        "--host": bool(asked.hosts),
    }
    for option in (option for option, is_said in said.items() if is_said):
        raise UsageError(f"{option} beside --like", remedy="leave it out: the case says what the server is told")
    if len(builds) > 1:
        raise UsageError(f"one case on {len(builds)} servers", remedy="name one server")
    if asked.client is None:
        raise UsageError("--like without a client", remedy="name one with --client")
    clients = all_clients(asked.client_folders, [asked.client])
    found = chosen("client", clients, [asked.client], (), elsewhere=elsewhere("client"))
    if len(found) > 1:
        raise UsageError(f"`{asked.client}` is {len(found)} clients", remedy="name one of them")
    identity, scenario = case_meant(case, asked.scenario_folders)
    if scenario.clientless:
        what = f"`{identity}` is about a server alone: no client connects in it"
        raise UsageError(what, remedy=f"`dbtls run {builds[0].name} -k {identity}` shows what its server does")
    return LikeRequest(
        case=identity,
        scenario=scenario,
        build=builds[0],
        client=found[0],
        knowledge=all_knowledge(asked.knowledge_folders),
        port=ports.get(builds[0].name),
        admin=asked.admin,
        init_sql=init_sql,
        until=until,
    )


def _stood(asked: Asked, request: Wanted, carried_out: Sequence[str] | None) -> int:
    """Up until somebody ends this process, or the command has ended."""
    owner = Owner.this_process()
    with (
        _hangup_ends(),
        opened_place(asked.engine) as place,  # first: a killed run may have left --out full
        _folder(asked.out, owner, request) as folder,
        _up(asked, request, place, owner, folder) as up,
    ):
        if carried_out is not None:
            return _carried_out(carried_out, up.shown.variables)
        click.echo(_printed(asked, up), nl=False)
        up.wait()
    return 0


def _left_standing(asked: Asked, request: Wanted, name: str, let_go: LetGo) -> int:
    """Up until `dbtls down` ends this process, which ``let_go`` makes one of its own, once it has printed."""
    owner = Owner.this_process()
    with (
        _hangup_ends(),
        opened_place(asked.engine) as place,
        claimed(name, owner) as claim,
        _named(asked.out, owner, request, known_in=claim.place) as named,
        _up(asked, request, place, owner, named or portable_path(claim.files)) as up,
    ):
        claim.is_up(up.shown.folder, up.shown.addresses)
        let_go(_printed(asked, up))
        try:
            up.wait()
        except HarnessError as fault:
            claim.has_ended(str(fault))
            return Exit.FAULT
    return 0


@contextlib.contextmanager
def _up(asked: Asked, request: Wanted, place: Place, owner: Owner, folder: Path) -> Iterator[Up]:
    """What ``request`` asks for, up, once somebody who is there agrees."""
    console = Console(stderr=True)
    with contextlib.ExitStack() as opened:
        builds, clients = (
            (request.builds, ()) if isinstance(request, UpRequest) else ((request.build,), (request.client,))
        )
        agree_to_build(place, builds, clients, yes=asked.yes)
        with console.status("") as status:
            begun = _begun(request, place, owner, folder, lambda said: status.update(Text(said)))
            up = opened.enter_context(begun)
        yield up


def _begun(
    request: Wanted, place: Place, owner: Owner, folder: Path, on_progress: Callable[[str], None]
) -> contextlib.AbstractContextManager[Up]:
    match request:
        case UpRequest():
            return brought_up(request, place=place, owner=owner, folder=folder, on_progress=on_progress)
        case LikeRequest():
            return stood_like(request, place=place, owner=owner, folder=folder, on_progress=on_progress)
        case _:
            assert_never(request)


def _printed(asked: Asked, up: Up) -> str:
    return f"{json.dumps(up.shown.as_object)}\n" if asked.as_one_object else up.shown.text


def _name(asked: Asked, usual: str) -> str | None:
    """The name that a detached environment gets; None for one that is not. Raises UsageError."""
    if not asked.detach:
        if asked.name is not None:
            raise UsageError("--name is for what is left up", remedy="add --detach")
        return None
    if asked.command is not None:
        raise UsageError("--detach is not for a COMMAND, which ends what is up", remedy="leave one of both out")
    name = asked.name if asked.name is not None else usual
    check_name(name)
    return name


def _ports(asked: Asked, builds: Sequence[ServerBuild], name: str | None) -> Mapping[str, int]:
    """The port of each server that is to have a certain one. Raises UsageError."""
    if asked.port is not None:
        if len(builds) > 1:
            raise UsageError(f"one port for {len(builds)} servers", remedy="leave --port out, or name one server")
        _check_free(asked.port)
        return {builds[0].name: asked.port}
    if name is None:
        return {}
    stable = {build.name: stable_port(name, build.name) for build in builds}
    return {server: port for server, port in stable.items() if _is_free(port)}


def _is_free(port: int) -> bool:
    try:
        _check_free(port)
    except UsageError:
        return False
    return True


def _check_free(port: int) -> None:
    """A port that is taken is better found before anything is built than after it. Raises UsageError."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: what only lingers is free
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(f"port {port} unavailable: {error.strerror}", remedy="choose another") from error


def _runnable(command: Sequence[str], *, as_one_object: bool) -> Sequence[str]:
    """COMMAND with its program found. Raises UsageError before anything is started for it."""
    if as_one_object:
        raise UsageError(
            "`--json` is not for a COMMAND", remedy="COMMAND finds the same in the file that DBTLS_JSON names"
        )
    if not command:
        raise UsageError("no COMMAND after `--`", remedy="name one, or leave `--` out")
    program = shutil.which(command[0])
    if program is None:
        raise UsageError(f"there is no program `{command[0]}`", remedy="name the command to run while servers are up")
    return (program, *command[1:])


@contextlib.contextmanager
def _folder(out: Path | None, owner: Owner, request: Wanted) -> Iterator[Path]:
    with _named(out, owner, request) as named:
        if named is not None:
            yield named
            return
        with run_folder(owner) as folder:
            yield portable_path(folder)


@contextlib.contextmanager
def _named(out: Path | None, owner: Owner, request: Wanted, *, known_in: Path | None = None) -> Iterator[Path | None]:
    """The folder that the user named; None if none was."""
    if out is None:
        yield None
        return
    entries = request.entries if isinstance(request, UpRequest) else ENTRIES
    with named_folder(portable_path(out), owner, entries, known_in=known_in) as folder:
        yield folder


@contextlib.contextmanager
def _hangup_ends() -> Iterator[None]:
    """Have a closed terminal end this as SIGTERM does, unless hang-ups are ignored (nohup)."""
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _carried_out(command: Sequence[str], given: Mapping[str, str]) -> int:
    """Run ``command`` in the foreground to its end; the exit code as a shell gives it.

    Ctrl-C is the command's to answer, as it is of a program that a shell runs: an interactive one goes on.
    """
    process = subprocess.Popen(command, env={**environ, **given})  # noqa: S603  what the user typed

    def interrupted(number: int, frame: FrameType | None) -> None:
        # At a terminal the command, in the same process group, has had it already.
        if not sys.stdin.isatty():
            process.send_signal(number)

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        status = process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(limits.COMMAND_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    return status if status >= 0 else 128 - status
