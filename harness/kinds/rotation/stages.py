"""Stages: the servers of one build on which a lane carries rotations out at once, each with a load of its own."""

import threading
from collections.abc import Callable, Sequence
from math import ceil

from harness.case.rotation import Rotation
from harness.kinds.ends import ClientEnd
from harness.kinds.rotation.under_load import Rotating
from harness.limits import LOAD_FOR_A_SERVER, SERVERS_FOR_LOADS
from harness.model.rotated import Rotated


def servers_for(rotations: Sequence[Rotation]) -> int:
    """How many servers ``rotations`` are worth: one for each ``limits.LOAD_FOR_A_SERVER`` seconds of load."""
    load_s = sum(rotation.duration_s for rotation in rotations)
    return max(1, min(SERVERS_FOR_LOADS, ceil(load_s / LOAD_FOR_A_SERVER), len(rotations)))


class Stages:
    """Gives each rotation a server with which nothing else is done meanwhile. Safe between threads.

    ``start`` starts another of the build, by its number from 1 on, and leaves it to the lane to end. It raises
    EngineError and ServerStartError.
    """

    def __init__(self, start: Callable[[int], Rotating]) -> None:
        self._start = start
        self._idle: list[Rotating] = []
        self._guard = threading.Lock()
        self._started = 0

    def rotated(self, rotation: Rotation, client: ClientEnd) -> Rotated:
        """As ``Rotating.rotated``, on whichever server is idle, else on another: who calls says how many there are."""
        stage = self._taken()
        try:
            return stage.rotated(rotation, client)
        finally:
            with self._guard:
                self._idle.append(stage)

    def _taken(self) -> Rotating:
        with self._guard:
            if self._idle:
                return self._idle.pop()
            self._started += 1
            number = self._started
        return self._start(number)
