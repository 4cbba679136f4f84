"""One connection of a pool, the moves that it may make, and the borrowers that wait for one.

Terms: a connection is *lent* to a borrower or *idle* in the pool until it is *closed*. A *generation* counts the
reloads of a pool: it is stamped on a connection before the stores are read for it, so that one that was being made
during a reload is told from one that was begun after it.
"""

import threading
from enum import Enum

from harness.model.history import Failed, Failure, Served, Why
from harness.pool.attempts import Opened


class State(Enum):
    """Where a connection is."""

    LENT = "lent"
    IDLE = "idle"
    CLOSED = "closed"


_MOVES = frozenset({(State.LENT, State.IDLE), (State.IDLE, State.LENT)} | {(s, State.CLOSED) for s in State}) - {
    (State.CLOSED, State.CLOSED)
}


class IllegalMove(Exception):
    """A connection was to go where it cannot: a defect of the pool."""


class Pooled:
    """Lent from its beginning. Its pool's lock guards it; times are monotonic, in seconds.

    ``begun_s`` is from before the stores were read for it: one that was long in the making is as old as they are.
    """

    __slots__ = ("begun_s", "generation", "opened", "spoke_s", "state")

    def __init__(self, opened: Opened, *, generation: int, begun_s: float, now_s: float) -> None:
        self.opened = opened
        self.generation = generation
        self.begun_s = begun_s
        self.spoke_s = now_s
        self.state = State.LENT

    @property
    def served(self) -> Served:
        """What the server said when the connection was opened."""
        return self.opened.served

    def move(self, state: State) -> None:
        """Go there. Raises IllegalMove."""
        if (self.state, state) not in _MOVES:
            raise IllegalMove(f"connection {self.served.connection_id} from {self.state.value} to {state.value}")
        self.state = state


Doomed = list[tuple[Pooled, Why]]
"""Connections that are to be closed once the pool's lock is free."""


class Permit(Enum):
    """What a borrower gets where no connection is idle."""

    OPEN = "open"
    """Leave to open one; it counts as in use from then on."""


class Waiter:
    """A borrower that waits for its turn."""

    __slots__ = ("called", "granted")

    def __init__(self) -> None:
        self.called = threading.Event()
        self.granted: Pooled | Permit | None = None


def exhausted(said: str) -> Failed:
    """What a borrower is told who is granted nothing."""
    return Failed(Failure.EXHAUSTED, None, (), said)
