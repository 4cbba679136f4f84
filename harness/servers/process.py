"""The one seam between a server and where it runs: a container, or (later) a plain local process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from harness.servers.log import ServerLog

STARTING = "starting"


class Verb(Enum):
    """What ``inside/serve.sh`` takes; it answers STARTING when what ran before has ended."""

    FRESH = "fresh"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file as the server finds it, owned by the server's user. Secrets are readable by nobody else."""

    path: str
    content: bytes = field(repr=False)
    secret: bool = False


class ServerProcess(Protocol):
    """A place in which one server can be configured, started, stopped and listened to."""

    host: str
    port: int
    log: ServerLog
    facts: Mapping[str, str]
    """What was found when the data directory was seeded: vendor, version, server (the program)."""

    def put(self, files: Sequence[PlacedFile]) -> None:
        """Write files where the server finds them; raises EngineError."""

    def command(self, verb: Verb) -> int:
        """Carry out ``verb`` and return the log's mark from before it; raises EngineError."""

    def close(self) -> None:
        """Leave nothing behind: no process, container, file."""
