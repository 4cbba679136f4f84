"""Pools of other software in a client's probe, as the code that drives them sees them."""

from dataclasses import dataclass
from typing import Protocol

from harness.clients.pool_protocol import Next, PoolSettings
from harness.clients.session import Identity, NotServed, Session
from harness.model.account import Credentials, Endpoint
from harness.model.tls import ClientTls


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneLeft:
    """The pool had no connection to lend in its time, and no connect of its own failed; its words."""

    said: str


class Lender(Protocol):
    """Has pools by name; ``pool_protocol`` says what each does. Safe between threads; raises ProbeFault."""

    def open(self, pool: str, endpoint: Endpoint, tls: ClientTls, settings: PoolSettings) -> None:
        """Make a pool. Raises UsageError for settings that the pool refuses."""

    def configure(self, pool: str, settings: PoolSettings) -> None:
        """Change its limits. Raises UsageError for settings that the pool refuses."""

    def borrow(self, pool: str, *, wait_s: float, deadline_s: float) -> Session | NotServed | NoneLeft:
        """A connection, asked who it is; closing it gives it back. ``wait_s`` is what the pool's own limit comes to."""

    def evict(self, pool: str) -> None:
        """Have it replace what it has."""

    def close(self, pool: str) -> None:
        """End it."""

    def next(self, *, wait_s: float) -> Next:
        """What any pool does next, waited for so long."""

    def connect(self, number: int, account: Credentials, *, deadline_s: float) -> Identity | NotServed:
        """Give a connection leave to be made, by that account."""
