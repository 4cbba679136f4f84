"""Harness faults, never a TLS refusal: what went wrong, where, and what to do about it.

    HarnessError                 exit 2
    ├── UsageError               the user named or wrote something that cannot be used
    ├── EngineError              the container engine is missing, unreachable or died
    ├── BuildUnavailable         a server build is not available today; the other builds go on
    │   └── UnfitMachine         … nor tomorrow: this machine lacks what its program needs
    ├── ServerStartError         a server ended or never answered while starting; carries its last log lines
    ├── ReloadRefused            the server refused to reload its TLS material and says why
    └── ProbeFault               a probe died, or broke its protocol; carries its stderr
        └── ProbeUnavailable     … before it had said hello: nothing was asked of it

A refused connection is data (``harness.model.outcome``); only a malfunction is raised.
"""

import errno
import threading
import traceback
from collections.abc import Sequence

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class HarnessError(Exception):
    """A fault of the harness or its surroundings.

    ``what`` names the thing, ``place`` the file, line or address, ``remedy`` what to do next, ``detail`` raw lines
    (a log's end, a build's last output) that are printed below the message.
    """

    def __init__(self, what: str, *, place: str | None = None, remedy: str, detail: Sequence[str] = ()) -> None:
        super().__init__(f"{place}: {what}" if place else what)
        self.what = what
        self.place = place
        self.remedy = remedy
        self.detail = tuple(detail)


class UsageError(HarnessError):
    """The user named or wrote something that cannot be used."""


class EngineError(HarnessError):
    """The container engine is missing, unreachable, or died in mid-run."""


class BuildUnavailable(HarnessError):
    """A server build unavailable: a registry is down, a package moved, a disk is full."""


class UnfitMachine(BuildUnavailable):
    """A server build's program cannot run on this machine as it is: it lacks a library."""


class ServerStartError(HarnessError):
    """A server process ended, or never answered a query, while starting."""


class ReloadRefused(HarnessError):
    """The server refused to reload its TLS material; what it served before goes on."""

    def __init__(self, *, code: int, message: str, statement: str) -> None:
        super().__init__(f"{statement}: {code} {message}", remedy="look at the material that was published")
        self.code = code
        self.message = message
        self.statement = statement


class ProbeFault(HarnessError):
    """A client probe died or broke its protocol; ``how`` completes «the client's probe …»."""

    def __init__(
        self, what: str, *, place: str | None = None, remedy: str, detail: Sequence[str] = (), how: str = ""
    ) -> None:
        super().__init__(what, place=place, remedy=remedy, detail=detail)
        self.how = how or what


class ProbeUnavailable(ProbeFault):
    """A client probe does not exist, died before it said hello, or is another client's."""


def surroundings(error: OSError) -> HarnessError:
    """What the operating system refused: a disk that is full, a file that may not be written."""
    if error.errno in DISK_FULL:
        remedy = "free some disk space, or point TMPDIR elsewhere"
    else:
        remedy = "check the path and its permissions"
    return HarnessError(error.strerror or str(error), place=error.filename, remedy=remedy)


def trace(error: BaseException) -> tuple[str, ...]:
    """The places that an exception came through, outermost first: ``file:line function``."""
    return tuple(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__))


def defect(error: BaseException) -> HarnessError:
    """An exception that nobody foresaw as one message, with the places that it came through for the report."""
    return HarnessError(
        f"a defect of dbtls: {type(error).__name__}: {error}",
        remedy="please report it, with the lines above",
        detail=trace(error)[-6:],
    )


class KeptFault:
    """The first fault of threads that nobody waits for, kept for whoever comes next. Safe between threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._fault: HarnessError | None = None

    def keep(self, error: Exception) -> None:
        """Keep what went wrong, if it is the first; what nobody foresaw as a defect of dbtls."""
        with self._guard:
            if self._fault is None:
                self._fault = error if isinstance(error, HarnessError) else defect(error)

    def check(self) -> None:
        """Raise what was kept, each time."""
        if self._fault is not None:
            raise self._fault.with_traceback(None)
