"""What lanes have opened (servers, probes), so that the main thread can close it under them when a run is cut short.

And what they share by turns: the processors.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator

from harness.limits import LOADS_A_CORE


class CutShort(Exception):
    """The run is over: a lane that comes late ends itself."""


class Lifetime:
    """Closers of one run, safe between threads: each is called exactly once, by its lane or by ``close_all``.

    ``room`` is for loads that are borne at once, as counted by ``loading``: with more, generators lag and nothing is
    proved.
    """

    def __init__(self, *, room: int = LOADS_A_CORE * (os.cpu_count() or 1)) -> None:
        self._most = self._room = room
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
    def loading(self, share: int = 1) -> Iterator[None]:
        """Bear a load that takes ``share`` of the room, when there is so much; more than all of it takes all.

        Raises CutShort where the run is over by then.
        """
        share = min(share, self._most)
        with self._turns:
            self._turns.wait_for(lambda: self._room >= share or self._over)
            self.check()
            self._room -= share
        try:
            yield
        finally:
            with self._turns:
                self._room += share
                self._turns.notify_all()

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
