"""What a machine has and what is missing: what that costs, by name, and the command for it. Looks at facts alone."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from harness.clients.build import ClientBuild
from harness.installed import command_to_add
from harness.machine.facts import Machine
from harness.machine.words import size
from harness.names import listed
from harness.servers.build import NamedImage, ServerBuild

_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "apt-get": {
        "engine": "docker.io",
        "java": "default-jdk-headless",
        "maven": "maven",
        "openssl": "openssl",
        "debootstrap": "debootstrap",
    },
    "dnf": {
        "engine": "moby-engine",
        "java": "java-latest-openjdk-devel",
        "maven": "maven",
        "openssl": "openssl",
        "debootstrap": "debootstrap",
    },
}
"""What a manager calls what we need: Debian 12 and 13, Fedora 40 and later."""
ROOM_BYTES = 5_000_000_000
"""For all images (3.4 GB) and fetched distributions (1.1 GB) of 11 servers and 9 clients, by `dbtls cache`."""
ROOM_FOR_A_RUN_BYTES = 500_000_000
MEMORY_BYTES = 2_000_000_000
"""For four servers at a time, a client each and, in a rotation, locust."""


class State(Enum):
    """``MISSING`` keeps something from running; a ``NOTE`` only may."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``seen`` is what there is; ``costs`` what cannot run for it; ``command`` what changes that."""

    name: str
    state: State = State.OK
    seen: str
    costs: tuple[str, ...] = ()
    command: str = ""


def findings(machine: Machine, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> list[Finding]:
    """Everything that was looked at, in the order in which it is needed."""
    # A driver on another JDK than its usual one is no client of its own here.
    usual = [client for client in clients if "@" not in client.reach]
    looks: tuple[Callable[[Machine, Sequence[ServerBuild], Sequence[ClientBuild]], Iterable[Finding]], ...] = (
        _engine,
        _docker_program,
        _bases,
        _maven,
        _java,
        _documents,
        _locust,
        _room,
    )
    return [finding for look in looks for finding in look(machine, servers, usual)]


def _engine(machine: Machine, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> Iterator[Finding]:
    engine = machine.engine
    elsewhere = re.match(r"(?:tcp|ssh)://(?!(?:127\.|localhost(?:[:/]|$)|\[::1\]))", machine.engine_named)
    if engine is not None and elsewhere:
        yield Finding(
            name="engine",
            state=State.MISSING,
            seen=f"{engine.name} {engine.version} answers on another machine: {machine.engine_named}",
            costs=(f"all {len(servers)} servers: they are published on 127.0.0.1 of that machine",),
            command="run dbtls on that machine, or unset DOCKER_HOST",
        )
        return
    if engine is not None:
        seen = f"{engine.name} {engine.version} answers{', rootless' if engine.rootless else ''}"
        if engine.rootless:
            costs = ("clients in images may not be able to read their keys: not tried with a rootless engine",)
            yield Finding(name="engine", state=State.NOTE, seen=seen, costs=costs)
        else:
            yield Finding(name="engine", seen=seen)
        return
    contained = [build.name for build in servers if isinstance(build.source, NamedImage) or not build.manifest.artifact]
    imaged = [client.name for client in clients if client.image and not client.java]
    yield Finding(
        name="engine",
        state=State.MISSING,
        seen=machine.no_engine,
        costs=(*_cannot("server", contained), *_cannot("client", imaged)),
        command=_command_for_engine(machine),
    )


def _command_for_engine(machine: Machine) -> str:
    if "Permission denied" in machine.no_engine:
        return "sudo usermod -aG docker $USER, and log in again"
    if machine.engine_named:
        return f"start the engine that DOCKER_HOST={machine.engine_named} names, or unset it"
    if machine.programs["docker"] is not None:
        return _as_root(machine, "systemctl start docker")
    return _install(machine, "engine", "Docker")


def _docker_program(
    machine: Machine, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]
) -> Iterator[Finding]:
    """Clients in images are started by the command line, whose pipes are then the probe's."""
    if machine.engine is None or machine.programs["docker"] is not None:
        return
    imaged = [client.name for client in clients if client.image and not client.java]
    yield Finding(
        name="docker",
        state=State.MISSING,
        seen="there is no program `docker`, though an engine answers",
        costs=_cannot("client", imaged),
        command=_install(machine, "engine", "Docker's command line"),
    )


def _bases(machine: Machine, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> Iterator[Finding]:
    if machine.engine is None:
        return
    needed: dict[str, list[str]] = {}
    for build in servers:
        if build.manifest.base is not None and build.name not in machine.made:
            needed.setdefault(build.manifest.base.suite, []).append(build.name)
    for client in clients:
        if client.image is not None and not client.java and client.name not in machine.made:
            needed.setdefault(client.image.base.suite, []).append(client.name)
    lacking = {suite: names for suite, names in needed.items() if suite not in machine.bases}
    if not lacking:
        seen = f"Debian {listed(sorted(machine.bases))}" if machine.bases else "none is needed: all is built"
        yield Finding(name="bases", seen=seen)
        return
    seen = f"no image yet of Debian {listed(sorted(lacking))}: the next build pulls it from a registry"
    if machine.root and machine.programs["debootstrap"] is not None:
        yield Finding(name="bases", seen=f"{seen}, or makes it with debootstrap")
        return
    names = [name for of_suite in lacking.values() for name in of_suite]
    yield Finding(
        name="bases",
        state=State.NOTE,
        seen=seen,
        costs=(f"where no registry answers: {listed(names)}",),
        command=_install(machine, "debootstrap", "debootstrap") + ("" if machine.root else ", and build as root"),
    )


def _maven(machine: Machine, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> Iterator[Finding]:
    program = machine.programs["mvn"]
    if program is not None:
        yield Finding(name="Maven", seen=str(program))
        return
    unfetched = [
        build.name
        for build in servers
        if build.name not in machine.made and any(one.sha256 not in machine.fetched for one in build.manifest.artifact)
    ]
    of_clients = [client.name for client in clients if _unfetched(client, machine)]
    costs = (*_cannot("server", unfetched), *_cannot("client", of_clients), "drivers named by their coordinates")
    yield Finding(
        name="Maven",
        state=State.MISSING,
        seen="there is no program `mvn`, which fetches published distributions and drivers",
        costs=costs,
        command=_install(machine, "maven", "Maven"),
    )


def _unfetched(client: ClientBuild, machine: Machine) -> bool:
    if client.java is not None:
        return client.java.pinned is not None and client.java.pinned not in machine.fetched
    artifacts = client.image.artifact if client.image is not None else ()
    return client.name not in machine.made and any(one.sha256 not in machine.fetched for one in artifacts)


def _java(machine: Machine, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> Iterator[Finding]:
    here = f"JDK or JRE {listed(list(map(str, machine.jdks)))}" if machine.jdks else "no Java"
    if not machine.compiler:
        yield Finding(
            name="Java",
            state=State.MISSING,
            seen=f"no compiler of Java 9 or later ({here} found)",
            costs=_cannot("client", [client.name for client in clients if client.java]),
            command=_install(machine, "java", "a JDK"),
        )
        return
    wanted = {int(number) for client in clients if client.java for number in client.java.java.jdks}
    lacking = sorted(wanted - set(machine.jdks))
    if lacking and machine.engine is None:
        yield Finding(
            name="Java",
            state=State.NOTE,
            seen=here,
            costs=(f"without an engine no driver on JDK {listed(list(map(str, lacking)))}",),
            command=_command_for_engine(machine),
        )
        return
    others = f"; {listed(list(map(str, lacking)))} in images" if lacking else ""
    yield Finding(name="Java", seen=f"{here}{others}")


def _documents(machine: Machine, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> Iterator[Finding]:
    """Programs that the commands of a document call: a case that needs one is skipped without it."""
    for name, thing in (("openssl", "openssl"), ("keytool", "java")):
        program = machine.programs[name]
        if program is not None:
            yield Finding(name=name, seen=str(program))
            continue
        yield Finding(
            name=name,
            state=State.MISSING,
            seen=f"there is no program `{name}`",
            costs=(f"cases of `guide` whose commands call {name} are skipped",),
            command=_install(machine, thing, name),
        )


def _locust(machine: Machine, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> Iterator[Finding]:
    if machine.locust:
        yield Finding(name="locust", seen="installed")
        return
    yield Finding(
        name="locust",
        state=State.MISSING,
        seen="not installed with dbtls",
        costs=("`dbtls rotate`, and the theme `rotation` of `dbtls run`",),
        command=command_to_add("load", "locust"),
    )


def _room(machine: Machine, servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> Iterator[Finding]:
    built = all(build.name in machine.made for build in servers if not build.opt_in)
    needed = ROOM_FOR_A_RUN_BYTES if built else ROOM_BYTES
    folders_by_room: dict[int, list[str]] = {}  # folders of one file system have the same
    for folder, count in machine.free_bytes.items():
        folders_by_room.setdefault(count, []).append(folder)
    free = "; ".join(f"{size(count)} free in {listed(folders)}" for count, folders in folders_by_room.items())
    tight = [folder for folder, count in machine.free_bytes.items() if count < needed]
    if tight:
        yield Finding(
            name="disk",
            state=State.MISSING,
            seen=free,
            costs=(f"{size(needed)} are needed in {listed(tight)}: builds and runs end with a full disk",),
            command="dbtls cache prune",
        )
    else:
        yield Finding(name="disk", seen=free)
    if 0 < machine.memory_bytes < MEMORY_BYTES:
        yield Finding(
            name="memory",
            state=State.NOTE,
            seen=f"{size(machine.memory_bytes)} available",
            costs=(f"a run wants {size(MEMORY_BYTES)} for four servers at a time; with less, load is late",),
            command="dbtls run --server NAME, one at a time",
        )
    else:
        yield Finding(name="memory", seen=f"{size(machine.memory_bytes)} available")
    yield Finding(name="cache", seen=str(machine.cache))
    yield Finding(name="Python", seen=machine.python)


def _cannot(kind: str, names: Sequence[str]) -> tuple[str, ...]:
    return (f"{len(names)} {kind}{'' if len(names) == 1 else 's'}: {listed(names)}",) if names else ()


def _as_root(machine: Machine, command: str) -> str:
    return command if machine.root else f"sudo {command}"


def _install(machine: Machine, thing: str, name: str) -> str:
    package = _PACKAGES.get(machine.manager, {}).get(thing)
    return f"install {name}" if package is None else _as_root(machine, f"{machine.manager} install {package}")
