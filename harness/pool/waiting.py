"""Waiting: a borrower in a pool's queue, and what it may be granted."""

import threading
from enum import Enum

from harness.model.history import Failed, Failure
from harness.pool.connection import Pooled


class Turn(Enum):
    """What a borrower gets where no connection is idle."""

    OPEN = "open"
    """Leave to open one; it counts as in use from then on."""


class Waiter:
    """A borrower that waits for its turn."""

    __slots__ = ("called", "granted")

    def __init__(self) -> None:
        self.called = threading.Event()
        self.granted: Pooled | Turn | None = None


def exhausted(said: str) -> Failed:
    """What a borrower is told who is granted nothing."""
    return Failed(Failure.EXHAUSTED, None, (), said)
