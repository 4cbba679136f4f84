"""The seam between server builds and where their servers run: containers, or plain processes of this machine."""

from collections.abc import Callable
from typing import Protocol

from harness.containers.images import Images
from harness.owner import Owner
from harness.servers.build import ServerBuild
from harness.servers.process import ServerProcess
from harness.servers.shell import Shell


class Place(Protocol):
    """Has builds made and seeded once, and starts servers of them. Safe between threads."""

    images: Images | None
    """What makes images here, for clients that have one of their own; None where there is no engine."""
    description: str
    """What it is, for a report: ``Docker 20.10.24``."""

    def takes(self, build: ServerBuild) -> str | None:
        """Why no server of ``build`` can ever run in such a place, None when one may. Asks nothing, makes nothing."""

    def made(self, build: ServerBuild) -> str | None:
        """What ``make`` would answer if there is nothing left to do, else None. Raises EngineError."""

    def make(self, build: ServerBuild, on_progress: Callable[[str], None]) -> str:
        """Have ``build`` ready to start, ``on_progress`` told each step; the name of what was made.

        Raises BuildUnavailable when it is not available here, with the reason; EngineError when the place itself fails.
        """

    def identity(self, made: str) -> str:
        """What ``made`` is, to the byte, for a report."""

    def start(self, made: str, owner: Owner, *, port: int | None = None) -> ServerProcess:
        """A place to run one server of what was made, ready to be configured; ``port`` is where clients find it.

        Raises UsageError for a port that is taken, EngineError.
        """

    def shell(self, made: str, owner: Owner, *, server: str) -> Shell | None:
        """Where commands can run with the programs that stand beside ``server``, the program of what was made.

        None where they could not run elsewhere than on this machine.
        """

    def close(self) -> None:
        """Let go of what the place holds; servers that were started close themselves."""
