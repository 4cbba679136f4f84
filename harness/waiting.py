"""Waiting for a condition with a deadline: the only way the harness lets time pass."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T | None], *, deadline_s: float, interval_s: float = 0.003) -> T | None:
    """Call ``condition`` until it returns something other than None; None when ``deadline_s`` has passed.

    The interval doubles up to 50 ms, so that a short wait is short and a long one costs no CPU.
    """
    end = time.monotonic() + deadline_s
    while (found := condition()) is None:
        left = end - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(interval_s, left))
        interval_s = min(interval_s * 2, 0.05)
    return found
