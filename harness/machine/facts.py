"""What this machine has for the harness. Looking changes nothing."""

import contextlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.clients import jvm
from harness.clients.build import ClientBuild
from harness.clients.image import is_made
from harness.containers.engine import OURS, Engine, EngineFacts
from harness.containers.images import Images
from harness.errors import EngineError
from harness.load.headless import locust_is_installed
from harness.locations import cache_folder
from harness.servers.build import ServerBuild
from harness.servers.container import ContainerPlace
from harness.servers.local import LocalPlace

PROGRAMS = ("docker", "mvn", "openssl", "keytool", "debootstrap")
MANAGERS = ("apt-get", "dnf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """``engine`` None: none answers, for the reason ``no_engine``. ``made`` are servers and clients that are built."""

    engine: EngineFacts | None
    no_engine: str = ""
    engine_named: str = ""
    """DOCKER_HOST."""
    programs: Mapping[str, Path | None]
    compiler: bool
    jdks: tuple[int, ...]
    """Those that are installed, by number."""
    locust: bool
    root: bool
    manager: str
    """The program that installs packages here; empty for one that we do not know."""
    made: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()
    """Debian suites of which there is an image to build on."""
    fetched: frozenset[str] = frozenset()
    """Names in the cache of artifacts."""
    free_bytes: Mapping[str, int] = field(default_factory=dict)
    """By folder: the engine's, the cache, the temporary one."""
    memory_bytes: int
    cache: Path
    python: str


def look(servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> Machine:
    """This machine, as it is for those servers and clients. Raises EngineError for an engine that dies meanwhile."""
    homes = jvm.homes()
    cache = cache_folder()
    with _answering() as (engine, reason):
        facts = None if engine is None else engine.facts()
        folders = [Path(tempfile.gettempdir()), cache]
        if facts is not None and facts.folder.is_dir():  # else it is another machine's
            folders.append(facts.folder)
        return Machine(
            engine=facts,
            no_engine=reason,
            engine_named=os.environ.get("DOCKER_HOST", ""),
            programs={name: _program(name) for name in PROGRAMS},
            compiler=jvm.compiler() is not None,
            jdks=tuple(sorted(homes)),
            locust=locust_is_installed(),
            root=os.geteuid() == 0,
            manager=next((name for name in MANAGERS if shutil.which(name)), ""),
            made=frozenset(_made(servers, clients, engine, cache)),
            bases=frozenset(_bases(servers, clients, engine)),
            fetched=frozenset(path.name for path in (cache / "artifacts").glob("*") if any(path.iterdir())),
            free_bytes=dict(_free(folders)),
            memory_bytes=_available_memory(),
            cache=cache,
            python=f"{platform.python_version()} ({sys.executable})",
        )


@contextlib.contextmanager
def _answering() -> Iterator[tuple[Engine | None, str]]:
    """The engine, or None and why there is none."""
    try:
        engine = Engine()
    except EngineError as error:
        yield None, str(error)
        return
    with contextlib.closing(engine):
        yield engine, ""


def _program(name: str) -> Path | None:
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    return Path(found) if found else None


def _made(
    servers: Sequence[ServerBuild], clients: Sequence[ClientBuild], engine: Engine | None, cache: Path
) -> Iterator[str]:
    if engine is None:
        if cache.is_dir():  # asking makes it
            yield from (build.name for build in servers if LocalPlace().made(build) is not None)
        return
    place, images = ContainerPlace(engine), Images(engine)
    yield from (build.name for build in servers if place.made(build) is not None)
    yield from (client.name for client in clients if client.image and not client.java and is_made(client, images))


def _bases(servers: Sequence[ServerBuild], clients: Sequence[ClientBuild], engine: Engine | None) -> Iterator[str]:
    if engine is None:
        return
    of_servers = [build.manifest.base for build in servers]
    of_clients = [client.image.base for client in clients if client.image is not None]
    for base in dict.fromkeys((*of_servers, *of_clients)):
        if base and any(engine.image_id(name) for name in (f"{OURS}base:{base.suite}", base.image)):
            yield base.suite


def _free(folders: Sequence[Path]) -> Iterator[tuple[str, int]]:
    for folder in folders:
        there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
        yield str(folder), shutil.disk_usage(there).free


def _available_memory() -> int:
    """What programs can still have, in bytes (proc(5), MemAvailable); 0 where the kernel does not say."""
    with contextlib.suppress(OSError), Path("/proc/meminfo").open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0
