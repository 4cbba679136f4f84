"""The one seam between a server and the process that it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Protocol

from harness import limits
from harness.errors import EngineError
from harness.model.startup import MISSING, Access, Role
from harness.servers.log import PREFIX, ServerLog

INSIDE = Path(__file__).parent / "inside"
"""The scripts that seed a data directory and own a server's process."""

STARTING = "starting"


class Verb(Enum):
    """What ``inside/serve.sh`` takes; it answers STARTING when what ran before has ended."""

    FRESH = "fresh"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file as the server finds it, owned by the server's user unless that may not read it."""

    path: str
    content: bytes = field(repr=False)
    access: Access = Access.EVERYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a server finds its files below ``root``, and what it is told of where it runs."""

    root: PurePosixPath
    port: int
    bind_address: str
    user: str | None
    """Whom the server is to become; None where it already is."""

    def place(self, role: Role) -> str:
        """The path of a file in its role, or of a folder."""
        name = role.value if role is Role.AUTHORITIES_FOLDER else f"{role.value}.pem"
        return str(self.root / "tls" / name)

    def places(self) -> Mapping[str, str]:
        """What stands for the words in braces of an option line: the path of each role, and one with nothing there."""
        return {role.value: self.place(role) for role in Role} | {MISSING: str(self.root / "tls" / "missing.pem")}

    @property
    def configuration(self) -> str:
        """The file that ``inside/serve.sh`` starts the server with."""
        return str(self.root / "etc" / "my.cnf")

    @property
    def init_file(self) -> str:
        return str(self.root / "etc" / "init.sql")


class ServerProcess(Protocol):
    """A place in which one server can be configured, started, stopped and listened to."""

    host: str
    port: int
    log: ServerLog
    layout: Layout
    facts: Mapping[str, str]
    """What was found when the data directory was seeded: vendor, version, server (the program)."""

    def put(self, files: Sequence[PlacedFile]) -> None:
        """Write files where the server finds them; raises EngineError."""

    def command(self, verb: Verb) -> int:
        """Carry out ``verb`` and return the log's mark from before it; raises EngineError."""

    def close(self) -> None:
        """Leave nothing behind: no process, container, file."""


def answer(log: ServerLog, wanted: str, *, mark: int, who: str, remedy: str) -> str:
    """What ``inside/serve.sh`` answers since ``mark``, beginning with ``wanted``. Raises EngineError without one."""
    line = log.wait_for(
        lambda line: line.startswith(PREFIX + wanted),
        mark=mark,
        deadline_s=limits.SERVER_STOP + limits.SERVER_READY,
    )
    if line is None:
        gone = "ended" if log.ended else "gave no answer"
        raise EngineError(
            f"{who} {gone} (waiting for `{wanted}`)", remedy=remedy, detail=log.tail(limits.LOG_TAIL_LINES)
        )
    return line.removeprefix(PREFIX)


def facts_of(ready: str) -> Mapping[str, str]:
    """What ``inside/serve.sh`` says when it is ready, as names and values."""
    return dict(item.split("=", 1) for item in ready.split()[1:])
