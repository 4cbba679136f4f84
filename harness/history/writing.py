"""HistoryWriter: one writer's file of a history, each record out of the process before the call returns."""

import errno
import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.errors import UsageError
from harness.history.codec import line
from harness.model.history import (
    Act,
    ActKind,
    Begun,
    Census,
    Closed,
    Closing,
    Ended,
    Failed,
    Generation,
    Health,
    Kind,
    Opening,
    Record,
    Served,
    Why,
)


class HistoryWriter:
    """Writes one history file, from its opening to its closing line. Safe between threads; times are monotonic.

    A pool's Recorder. Every method that writes raises UsageError when the file cannot be written (a full disk), and so
    does every later one. Left by an exception, it writes no closing line: such a history was cut short.
    """

    def __init__(self, path: Path, opening: Opening) -> None:
        """Create ``path``. Raises UsageError if it is there already or cannot be created."""
        self._path = path
        self._guard = threading.Lock()
        self._crc = 0
        self._begun = 0
        self._fault: OSError | None = None
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError as error:
            raise UsageError(
                "there is a file already, and a history is never written over",
                place=str(path),
                remedy="remove it, or name another file",
            ) from error
        except OSError as error:
            raise self._unwritable(error) from error
        self._open = True
        self._write(opening)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        elif self._open:
            self._open = False
            os.close(self._file)

    @property
    def path(self) -> Path:
        return self._path

    @property
    def begun(self) -> int:
        """Attempts begun so far."""
        return self._begun

    def begin(self, kind: Kind, *, pool: str = "", material: str | None = None, intended_s: float | None = None) -> int:
        """An attempt is about to be dispatched; its number."""
        with self._guard:
            self._begun = number = self._begun + 1
            now = time.monotonic()
            self._write(Begun(number, kind, pool, material, now if intended_s is None else intended_s, now))
        return number

    def end(self, number: int, result: Served | Failed, *, asked: int = 1) -> None:
        """The attempt of that number has its result, after ``asked`` queries came back."""
        with self._guard:
            self._write(Ended(number, time.monotonic(), asked, result))

    def closed(self, pool: str, connection_id: int, material: str, why: Why) -> None:
        """A pool has closed a connection."""
        with self._guard:
            self._write(Closed(pool, connection_id, material, time.monotonic(), why))

    def act(
        self,
        kind: ActKind,
        *,
        rotation: int,
        step: str,
        generation: int | None = None,
        server_serial: int | None = None,
        told: Sequence[str] = (),
        refused: str = "",
    ) -> float:
        """Something is being done, or has been; when."""
        with self._guard:
            now = time.monotonic()
            self._write(Act(kind, now, rotation, step, generation, server_serial, tuple(told), refused))
        return now

    def generation(self, generation: Generation) -> None:
        """A generation that is about to be published."""
        with self._guard:
            self._write(generation)

    def census(self, sessions: Mapping[str, int], counters: Mapping[str, int], *, own: int) -> float:
        """What the server has just said of itself; when."""
        with self._guard:
            now = time.monotonic()
            self._write(Census(now, dict(sessions), dict(counters), own))
        return now

    def health(self, *, cpu: float, probe_cpu: float, due: int, lag_s: float) -> None:
        """This worker's health."""
        with self._guard:
            self._write(Health(time.monotonic(), cpu, probe_cpu, due, lag_s))

    def close(self, workers: Mapping[str, int] | None = None) -> None:
        """Write the closing line, with the attempts that each worker began, and close the file; nothing if closed."""
        with self._guard:
            if not self._open:
                return
            try:
                self._write(Closing(time.monotonic(), self._begun, None if workers is None else dict(workers)))
            finally:
                self._open = False
                os.close(self._file)

    def _write(self, record: Record) -> None:
        """Under the guard, so that the order of lines is the order of their times."""
        if self._fault is not None:
            raise self._unwritable(self._fault)
        text, crc = line(record, self._crc)
        try:
            if not self._open:
                raise OSError(errno.EBADF, "it is closed")
            written = os.write(self._file, text)
            while written < len(text):
                # A disk takes what it still has room for, and refuses the rest at the next call.
                written += os.write(self._file, text[written:])
        except OSError as error:
            self._fault = error
            raise self._unwritable(error) from error
        self._crc = crc

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(
            f"the history cannot be written: {error.strerror}",
            place=str(self._path),
            remedy="make room there, or name a file elsewhere; what was written so far is no evidence of the rest",
        )
