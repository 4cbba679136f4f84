"""Watches a server under load: takes a census at intervals, in a thread and over a connection of its own."""

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Protocol, Self

from harness import limits
from harness.errors import KeptFault
from harness.servers.observer import Observer


class CensusSink(Protocol):
    """Where a census goes; ``harness.history.writing.HistoryWriter`` is one."""

    def census(self, sessions: Mapping[str, int], counters: Mapping[str, int], *, own: int) -> float: ...


class CensusTaker:
    """CensusSink a census when it is entered, every ``limits.CENSUS`` seconds from then on, and when it is asked to.

    ``made_elsewhere`` is how many connections the harness has made beside the observer's. What goes wrong in the
    thread is raised by the next ``take`` and by ``check``.
    """

    def __init__(self, observer: Observer, made_elsewhere: Callable[[], int], history: CensusSink) -> None:
        self._observer = observer
        self._made_elsewhere = made_elsewhere
        self._history = history
        self._one_at_a_time = threading.Lock()
        self._over = threading.Event()
        self._kept = KeptFault()
        self._thread = threading.Thread(target=self._now_and_then, name="census", daemon=True)

    def __enter__(self) -> Self:
        self.take()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(limits.RELOAD)

    def check(self) -> None:
        """Raise what went wrong in the thread, if anything did."""
        self._kept.check()

    def take(self) -> Mapping[str, int]:
        """A census now; the open sessions by user that it found. Raises EngineError."""
        self.check()
        with self._one_at_a_time:
            sessions = self._observer.sessions()
            counters = self._observer.counters()
            self._history.census(sessions, counters, own=self._made_elsewhere() + self._observer.made)
        return sessions

    def counters(self) -> Mapping[str, int]:
        """The server's counters now, without a census."""
        with self._one_at_a_time:
            return self._observer.counters()

    def _now_and_then(self) -> None:
        while not self._over.wait(limits.CENSUS):
            try:
                self.take()
            except Exception as error:  # it is raised again where somebody waits for it
                self._kept.keep(error)
                return
