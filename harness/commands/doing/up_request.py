"""What somebody who typed `dbtls up` wants to be up, checked as far as that can be before anything starts."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.names import chosen, listed
from harness.reference.init_sql import SqlFile
from harness.reference.like import LikeRequest
from harness.reference.standing import check_name, stable_port
from harness.reference.up import UpRequest
from harness.selection.case import case_meant
from harness.selection.discovery import all_clients, all_knowledge, all_servers, elsewhere
from harness.servers.build import ServerBuild


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
    client_names: tuple[str, ...]
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


def wanted(asked: Asked) -> tuple[Wanted, str | None]:
    """What is to be up, and the name that it is left up under. Raises UsageError."""
    known = all_servers(asked.server_folders, asked.server_names)
    if not asked.server_names:
        names = listed(sorted(known), more="`dbtls servers` lists them")
        raise UsageError("there is no server named to bring up", remedy=f"name one of {names}")
    builds = chosen("server", known, asked.server_names, (), elsewhere=elsewhere("server"))
    name = _name(asked, builds[0].slug)
    return _request(asked, builds, name), name


def _request(asked: Asked, builds: Sequence[ServerBuild], name: str | None) -> Wanted:
    """What is to be up. Raises UsageError."""
    ports = _ports(asked, builds, name)
    init_sql = None if asked.init_sql is None else SqlFile.read(asked.init_sql)
    until = "Ctrl-C" if name is None else f"`dbtls down {name}`"
    if asked.like is not None:
        return _like(asked, asked.like, builds, ports, init_sql, until)
    if asked.client_names:
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
    if not asked.client_names:
        raise UsageError("--like without a client", remedy="name one with --client")
    clients = all_clients(asked.client_folders, asked.client_names)
    found = chosen("client", clients, asked.client_names, (), elsewhere=elsewhere("client"))
    if len(found) > 1:
        names = ", ".join(client.name for client in found)
        raise UsageError(f"one case with {len(found)} clients: {names}", remedy="name one of them with --client")
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
