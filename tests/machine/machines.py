"""Machines to look at, with everything or without something."""

from pathlib import Path

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.containers.engine import Engine, EngineFacts
from harness.errors import EngineError
from harness.machine.facts import PROGRAMS, Machine
from harness.servers.build import BUILTIN_SERVERS, discover_servers

SERVERS = list(discover_servers([BUILTIN_SERVERS]).values())
CLIENTS = list(discover_clients([BUILTIN_CLIENTS]).values())
ENGINE = EngineFacts(
    name="Docker", version="28.0", rootless=False, folder=Path("/var/lib/docker"), memory_bytes=8_000_000_000
)
NOBODY = "the container engine failed while connecting to it: FileNotFoundError(2, 'No such file or directory')"


def no_engine() -> Engine:
    """In the place of ``Engine`` where none answers: docker-py leaves the socket open that could not connect."""
    raise EngineError(NOBODY, remedy="start it")


GOOD = Machine(
    engine=ENGINE,
    programs={name: Path("/usr/bin") / name for name in PROGRAMS},
    compiler=True,
    jdks=(17,),
    locust=True,
    root=False,
    manager="apt-get",
    bases=frozenset({"bookworm", "bullseye", "sid", "trixie"}),
    free_bytes={"/tmp": 50_000_000_000, "/home/a/.cache/dbtls": 50_000_000_000},  # noqa: S108  a name, not a file
    memory_bytes=8_000_000_000,
    cache=Path("/home/a/.cache/dbtls"),
    python="3.13.1 (/usr/bin/python3)",
)
