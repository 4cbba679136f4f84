"""A pool as the client uses it: the reference pool, or other software."""

from typing import Protocol

from harness.model.history import Failed, Served
from harness.pool.attempts import Attempts, Prepare, Setup
from harness.pool.connection import Pooled
from harness.pool.recorder import Recorder
from harness.pool.settings import Settings


class ConnectionPool(Protocol):
    """Safe between threads; raises ProbeFault."""

    @property
    def name(self) -> str: ...

    def borrow(self) -> Pooled | Failed:
        """A connection; ``give_back`` must follow. Failed: why none is available."""

    def ask(self, pooled: Pooled) -> Served | Failed:
        """Ask a connection that is lent."""

    def give_back(self, pooled: Pooled, *, usable: bool) -> None:
        """Take back what was borrowed."""

    def forget(self, pooled: Pooled) -> None:
        """Take back what was borrowed where nobody can say what has become of it."""

    def renew(self, setup: Setup) -> None:
        """A reload: what is there is replaced without touching work in hand, and what is opened has ``setup``."""

    def configure(self, settings: Settings) -> None:
        """From here on these limits hold."""

    def clean(self) -> None:
        """Close what has been idle or open for too long."""

    def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back, or at once."""


class PoolFactory(Protocol):
    """Makes a pool. Raises UsageError for settings that it cannot have."""

    def __call__(
        self, name: str, setup: Setup, settings: Settings, *, attempts: Attempts, prepare: Prepare, recorder: Recorder
    ) -> ConnectionPool: ...
