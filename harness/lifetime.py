"""What lanes have opened (servers, probes), so that the main thread can close it under them when a run is cut short.

And what they share by turns: the processors.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator

from harness.idleness import Idleness
from harness.limits import CORES_FOR_A_LOAD, LOADS_AT_MOST, LOOK_FOR_ROOM


class CutShort(Exception):
    """The run is over: a lane that comes late ends itself."""


class Lifetime:
    """Closers of one run, safe between threads: each is called exactly once, by its lane or by ``close_all``.

    ``loads`` may be borne at once, and more while processors are idle: with more than those, generators lag and nothing
    is proved.
    """

    def __init__(self, *, loads: int = os.cpu_count() or 1, idleness: Idleness | None = None) -> None:
        self._loads = loads
        self._borne = 0
        self._idleness = idleness or Idleness()
        self._turns = threading.Condition()
        self._guard = threading.Lock()
        self._closers: list[Callable[[], None]] = []
        self._over = False

    @contextlib.contextmanager
    def closing(self, close: Callable[[], None]) -> Iterator[None]:
        """Have ``close`` called at the end of the block, or before if the run is cut short. May raise CutShort."""
        with self._guard:
            self._closers.append(close)
            over = self._over
        try:
            if over:
                raise CutShort
            yield
        finally:
            with self._guard:
                mine = close in self._closers
                if mine:
                    self._closers.remove(close)
            if mine:
                close()

    @contextlib.contextmanager
    def loading(self) -> Iterator[None]:
        """Bear a load, when it is this lane's turn. Raises CutShort where the run is over by then."""
        with self._turns:
            while not (self._over or self._has_room()):
                self._turns.wait(LOOK_FOR_ROOM)
            self.check()
            self._borne += 1
            self._idleness.begin()
        try:
            yield
        finally:
            with self._turns:
                self._borne -= 1
                self._turns.notify_all()

    def _has_room(self) -> bool:
        if self._borne < self._loads:
            return True
        idle = self._idleness.cores() if self._borne < LOADS_AT_MOST * self._loads else None
        return idle is not None and idle >= CORES_FOR_A_LOAD

    @property
    def over(self) -> bool:
        """Whether the run is over: from just before the first of ``close_all``'s closers is called."""
        return self._over

    def check(self) -> None:
        """Raise CutShort when the run is over."""
        if self._over:
            raise CutShort

    def close_all(self) -> None:
        """End the run: call what is left, newest first, all of it; then raise the first fault that one met.

        Another Ctrl-C cuts one of them short, and the others go on.
        """
        with self._guard:
            self._over = True
            left, self._closers = self._closers, []
        with self._turns:
            self._turns.notify_all()
        faults: list[BaseException] = []
        for close in reversed(left):
            try:
                close()
            except BaseException as error:
                faults.append(error)
        if faults:
            raise faults[0]
