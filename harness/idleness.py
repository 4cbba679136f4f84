"""How much of this machine's processors nobody uses, as Linux counts it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

_STAT = Path("/proc/stat")
_WINDOW_S = 1.5
"""A shorter one has too few of the kernel's ticks, of a hundredth of a second each."""


def idle_ticks() -> int | None:
    """What all processors have idled since the machine began, in ticks; None where nobody counts it."""
    try:
        fields = _STAT.read_text(encoding="ascii").split(maxsplit=6)
        return int(fields[4]) + int(fields[5])  # idle, and waiting for a disk
    except (OSError, ValueError, IndexError):
        return None


class Idleness:
    """Processors that were idle in a stretch of time. For one thread at a time."""

    def __init__(
        self, ticks: Callable[[], int | None] = idle_ticks, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ticks = ticks
        self._clock = clock
        self._hertz = os.sysconf("SC_CLK_TCK")
        self.begin()

    def begin(self) -> None:
        """Forget what was, since something has begun that it does not show yet."""
        self._since_s, self._then = self._clock(), self._ticks()

    def cores(self) -> float | None:
        """How many were idle since the last answer or beginning; None where that is too short ago, or not counted."""
        passed_s, now = self._clock() - self._since_s, self._ticks()
        if passed_s < _WINDOW_S or now is None or self._then is None:
            return None
        idle = (now - self._then) / self._hertz / passed_s
        self.begin()
        return idle
