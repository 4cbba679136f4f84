"""HikariPools: makes a client's pools of HikariCP, and follows what those do by themselves."""

import threading
from types import TracebackType
from typing import Self

from harness.clients.lending import Lender
from harness.errors import HarnessError
from harness.pool.attempts import Attempts, Prepare, Setup
from harness.pool.hikari import HikariPool
from harness.pool.recorder import Recorder
from harness.pool.settings import Settings

_NEWS_S = 0.5
"""How long the probe is asked at a time for what pools do."""


class HikariPools:
    """HikariCP's pools of one client: makes them, and gives leave to what they do. A context manager."""

    def __init__(self, lender: Lender, *, deadline_s: float) -> None:
        self._lender = lender
        self._deadline_s = deadline_s
        self._sources: dict[str, HikariPool] = {}
        self._over = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="pools", daemon=True)

    def __enter__(self) -> Self:
        self._follower.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._follower.join()

    def make(
        self, name: str, setup: Setup, settings: Settings, *, attempts: Attempts, prepare: Prepare, recorder: Recorder
    ) -> HikariPool:
        """A pool; ``PoolFactory``."""
        return HikariPool(
            name,
            setup,
            settings,
            attempts=attempts,
            prepare=prepare,
            recorder=recorder,
            lender=self._lender,
            deadline_s=self._deadline_s,
            sources=self._sources,
        )

    def _follow(self) -> None:
        while not self._over.is_set():
            try:
                told = self._lender.next(wait_s=_NEWS_S)
                match told.what:
                    case "connect":
                        pool = self._sources[told.pool]
                        threading.Thread(
                            target=pool.make, args=(told.pool, told.number), name="connect", daemon=True
                        ).start()
                    case "closed":
                        self._sources[told.pool].gone(told.number)
                    case "nothing":
                        pass
            except HarnessError:
                # The probe or the history is gone, as the next attempt will say to whoever waits for it.
                return
