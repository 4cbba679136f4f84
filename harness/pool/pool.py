"""Pool: connections with one setup, lent and taken back; a reload replaces them without touching work in hand."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import HarnessError, UsageError
from harness.model.history import Failed, Kind, Served, Why
from harness.pool.attempts import Attempts, Opened, Prepare, Setup
from harness.pool.connection import Doomed, Permit, Pooled, State, Waiter, exhausted
from harness.pool.recorder import Recorder
from harness.pool.settings import Exhausted, Settings

TEST_AFTER_S = 120.0
"""An idle connection whose last packet is older is asked before it is lent, as the guide's client does."""


@dataclass(frozen=True, slots=True)
class _Stamped:
    """What connections are made with, and since which reload: swapped as one value."""

    generation: int
    setup: Setup


class Pool:
    """Safe between threads.

    Borrowers are served in the order in which they came, with the connection that was used last. Connections are
    opened, asked and closed outside the lock. One that is lent is closed when it comes back, if it must be.
    """

    def __init__(
        self,
        name: str,
        setup: Setup,
        settings: Settings,
        *,
        attempts: Attempts,
        prepare: Prepare,
        recorder: Recorder,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._current = _Stamped(0, setup)
        self._settings = settings
        self._attempts = attempts
        self._prepare = prepare
        self._recorder = recorder
        self._clock = clock
        self._lock = threading.Lock()
        self._idle: list[Pooled] = []
        self._lent: set[Pooled] = set()
        self._opening = 0
        self._waiting: deque[Waiter] = deque()
        self._closed = False

    def borrow(self) -> Pooled | Failed:
        """A connection that is not of an old generation; ``give_back`` must follow. Failed: why there is none."""
        while True:
            granted = self._granted()
            match granted:
                case Failed():
                    return granted
                case Permit.OPEN:
                    fresh = self._open()
                    if fresh is not None:
                        return fresh
                case Pooled():
                    if self._fit(granted):
                        return granted

    def ask(self, pooled: Pooled) -> Served | Failed:
        """Ask a connection that is lent."""
        answer = self._attempts.ask(pooled.opened)
        pooled.spoke_s = self._clock()
        return answer

    def give_back(self, pooled: Pooled, *, usable: bool) -> None:
        """Take back what was borrowed; it is closed if it is not ``usable``, old, or one too many."""
        doomed: Doomed = []
        with self._lock:
            self._lent.discard(pooled)
            why = Why.FAILED if not usable else self._why_not_kept(pooled)
            if why is None:
                pooled.move(State.IDLE)
                self._idle.append(pooled)
                self._serve(doomed)
                doomed += self._excess()
            else:
                self._doom(doomed, pooled, why)
                self._serve(doomed)
        self._close(doomed)

    def forget(self, pooled: Pooled) -> None:
        """Take back what was borrowed where nobody can say what has become of it: nothing is asked or written."""
        with self._lock:
            self._lent.discard(pooled)
            pooled.move(State.CLOSED)
        self._serve_next()

    def renew(self, setup: Setup) -> None:
        """A reload: from here on nothing is lent that was begun before, and what is opened has ``setup``."""
        doomed: Doomed = []
        with self._lock:
            self._current = _Stamped(self._current.generation + 1, setup)
            for pooled in self._idle:
                self._doom(doomed, pooled, Why.RELOAD)
            self._idle.clear()
            self._serve(doomed)
        self._close(doomed)

    def configure(self, settings: Settings) -> None:
        """From here on these limits hold; no connection moves for that."""
        with self._lock:
            self._settings = settings
        self._serve_next()

    def clean(self) -> None:
        """Close what has been idle or open for too long."""
        doomed: Doomed = []
        with self._lock:
            for pooled in list(self._idle):
                why = self._why_not_kept(pooled)
                limit = self._settings.max_idle_time_s
                if why is None and limit is not None and self._clock() - pooled.spoke_s >= limit:
                    why = Why.IDLE_TIME
                if why is not None:
                    self._idle.remove(pooled)
                    self._doom(doomed, pooled, why)
        self._close(doomed)

    def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back, and whoever waits gets nothing."""
        doomed: Doomed = []
        with self._lock:
            self._closed = True
            for pooled in self._idle:
                self._doom(doomed, pooled, Why.SHUTDOWN)
            self._idle.clear()
            for waiter in self._waiting:
                waiter.called.set()
            self._waiting.clear()
        self._close(doomed)

    def _granted(self) -> Pooled | Permit | Failed:
        doomed: Doomed = []
        waiter = Waiter()
        with self._lock:
            if self._closed:
                return exhausted(f"{self.name} is closed")
            self._waiting.append(waiter)
            self._serve(doomed)
            settings = self._settings
            if waiter.granted is None and settings.exhausted is Exhausted.FAIL:
                self._waiting.remove(waiter)
        self._close(doomed)
        if waiter.granted is None and settings.exhausted is not Exhausted.FAIL:
            self._await(waiter, settings.max_wait_s)
        return self._none_left(settings) if waiter.granted is None else waiter.granted

    def _await(self, waiter: Waiter, limit_s: float | None) -> None:
        try:
            waiter.called.wait(limit_s)
        except BaseException:
            # Whoever was cut short takes nothing with it.
            self._leave(waiter)
            if isinstance(waiter.granted, Pooled):
                self.give_back(waiter.granted, usable=True)
            elif waiter.granted is Permit.OPEN:
                with self._lock:
                    self._opening -= 1
                self._serve_next()
            raise
        self._leave(waiter)

    def _leave(self, waiter: Waiter) -> None:
        """What was granted in the last moment stays granted: nobody else would have it."""
        with self._lock:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def _serve_next(self) -> None:
        doomed: Doomed = []
        with self._lock:
            self._serve(doomed)
        self._close(doomed)

    def _serve(self, doomed: Doomed) -> None:
        """Under the lock: grant what there is to those who have waited longest."""
        while self._waiting and (granted := self._available(doomed)) is not None:
            waiter = self._waiting.popleft()
            waiter.granted = granted
            waiter.called.set()

    def _available(self, doomed: Doomed) -> Pooled | Permit | None:
        while self._idle:
            pooled = self._idle.pop()
            why = self._why_not_kept(pooled)
            if why is None:
                pooled.move(State.LENT)
                self._lent.add(pooled)
                return pooled
            self._doom(doomed, pooled, why)
        limit, exhausted = self._settings.max_active, self._settings.exhausted
        if limit is None or exhausted is Exhausted.GROW or len(self._lent) + self._opening < limit:
            self._opening += 1
            return Permit.OPEN
        return None

    def _open(self) -> Pooled | Failed | None:
        """Open a connection with leave to; None where a reload came in between, and it has been closed again."""
        # Both before the stores are read: what is found in them is at least as new as the stamp and the age say.
        stamped, begun_s = self._current, self._clock()
        pooled: Pooled | None = None
        doomed: Doomed = []
        try:
            opened = self._attempt(stamped.setup)
            if isinstance(opened, Opened):
                pooled = Pooled(opened, generation=stamped.generation, begun_s=begun_s, now_s=self._clock())
        finally:
            with self._lock:
                self._opening -= 1
                if pooled is not None:
                    why = self._why_not_lent(pooled)
                    if why is None:
                        self._lent.add(pooled)
                    else:
                        self._doom(doomed, pooled, why)
                self._serve(doomed)
        self._close(doomed)
        if isinstance(opened, Failed):
            return opened
        if pooled is None or pooled.state is State.CLOSED:
            return None
        return pooled

    def _attempt(self, setup: Setup) -> Opened | Failed:
        try:
            dispatch = self._prepare(setup)
        except UsageError as error:
            return self._attempts.unprepared(Kind.OPEN, error, pool=self.name)
        return self._attempts.open(self.name, dispatch)

    def _fit(self, pooled: Pooled) -> bool:
        """Whether one that was idle works; asked only after a long silence. One that does not is closed."""
        silent_s = self._clock() - pooled.spoke_s
        if not self._settings.test_on_activate and silent_s <= TEST_AFTER_S:
            return True
        try:
            works = isinstance(self.ask(pooled), Served)
        except BaseException:
            self.forget(pooled)
            raise
        if not works:
            self.give_back(pooled, usable=False)
        return works

    def _why_not_lent(self, pooled: Pooled) -> Why | None:
        """Under the lock: why a new connection must not be used at all."""
        if self._closed:
            return Why.SHUTDOWN
        return None if pooled.generation == self._current.generation else Why.RELOAD

    def _why_not_kept(self, pooled: Pooled) -> Why | None:
        """Under the lock: why one must not be used again."""
        limit = self._settings.max_life_time_s
        too_old = limit is not None and self._clock() - pooled.begun_s >= limit
        return self._why_not_lent(pooled) or (Why.LIFE_TIME if too_old else None)

    def _excess(self) -> Doomed:
        """Under the lock: those idle above maxIdle, the longest idle first."""
        limit = self._settings.max_idle
        doomed: Doomed = []
        while limit is not None and len(self._idle) > limit:
            self._doom(doomed, self._idle.pop(0), Why.EXCESS)
        return doomed

    @staticmethod
    def _doom(doomed: Doomed, pooled: Pooled, why: Why) -> None:
        pooled.move(State.CLOSED)
        doomed.append((pooled, why))

    def _close(self, doomed: Doomed) -> None:
        """Outside the lock: closing takes a packet to the server. All of them, whatever one raises."""
        fault: HarnessError | None = None
        for pooled, why in doomed:
            try:
                pooled.opened.session.close()
                self._recorder.closed(self.name, pooled.served.connection_id, pooled.served.material, why)
            except HarnessError as error:
                fault = fault or error
        if fault is not None:
            raise fault

    def _none_left(self, settings: Settings) -> Failed:
        with self._lock:
            if self._closed:
                return exhausted(f"{self.name} is closed")
            used = f"{len(self._lent)} lent, {self._opening} being opened"
            left = f"{len(self._idle)} idle, {len(self._waiting)} waiting"
        waited = "" if settings.exhausted is Exhausted.FAIL else f" within {settings.max_wait_s or 0:g} s"
        return exhausted(f"{self.name} had no connection to lend{waited}: {used}, {left}")
