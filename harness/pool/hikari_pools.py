"""HikariPools: makes a client's pools of HikariCP, and follows what those do by themselves."""

import threading
from types import TracebackType
from typing import Self

from harness.clients.lender import Lender
from harness.clients.pool_protocol import Next
from harness.errors import KeptFault
from harness.pool.attempts import Attempts, Prepare, Setup
from harness.pool.hikari import HikariPool
from harness.pool.recorder import Recorder
from harness.pool.settings import Settings

_NEWS_S = 0.5
"""How long the probe is asked at a time for what pools do."""


class HikariPools:
    """HikariCP's pools of one client: makes them, and gives leave to what they do. A context manager.

    What goes wrong in its threads is raised by the next ``borrow``, ``renew`` or ``close`` of any of the pools.
    """

    def __init__(self, lender: Lender, *, deadline_s: float) -> None:
        self._lender = lender
        self._deadline_s = deadline_s
        self._sources: dict[str, HikariPool] = {}
        self._kept = KeptFault()
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
            kept=self._kept,
        )

    def _follow(self) -> None:
        try:
            while not self._over.is_set():
                self._take(self._lender.next(wait_s=_NEWS_S))
        except Exception as error:  # it is raised again where somebody waits
            self._kept.keep(error)

    def _take(self, told: Next) -> None:
        match told.what:
            case "connect":
                pool = self._sources[told.pool]
                threading.Thread(
                    target=self._make, args=(pool, told.pool, told.number), name="connect", daemon=True
                ).start()
            case "closed":
                self._sources[told.pool].gone(told.number)
            case "nothing":
                pass

    def _make(self, pool: HikariPool, source: str, number: int) -> None:
        try:
            pool.make(source, number)
        except Exception as error:  # as above
            self._kept.keep(error)
