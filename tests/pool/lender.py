"""A lender that a test makes: pools in memory that connect, lend and close when the test says so."""

import threading
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, SimpleQueue

from harness.clients.lender import NoneLeft
from harness.clients.pool_protocol import Next, PoolSettings
from harness.clients.session import Identity, NotServed
from harness.model.account import Credentials, Endpoint
from harness.model.tls import ClientTls
from tests.pool.fakes import FakeSession


@dataclass
class FakePool:
    """A pool: its connections by number, those that are lent, and those to be closed when they come back."""

    endpoint: Endpoint
    tls: ClientTls
    settings: PoolSettings
    connections: dict[int, Identity] = field(default_factory=dict)
    lent: set[int] = field(default_factory=set)
    evicted: set[int] = field(default_factory=set)


class LentSession(FakeSession):
    """Goes back to its pool when it is closed."""

    def __init__(self, lender: "FakeLender", pool: str, number: int, identity: Identity) -> None:
        super().__init__(identity)
        self._back = (lender, pool, number)

    def close(self) -> None:
        super().close()
        lender, pool, number = self._back
        lender.came_back(pool, number)


class FakeLender:
    """Keeps two connections of each pool, as it is told; ``refuses`` answers leave, ``exhausted`` borrowers."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._news: SimpleQueue[Next] = SimpleQueue()
        self._lock = threading.Lock()
        self._wanted: dict[int, str] = {}
        self.pools: dict[str, FakePool] = {}
        self.did: list[tuple[str, str]] = []
        self.refuses: NotServed | None = None
        self.exhausted: NoneLeft | None = None
        self.accounts: list[str] = []
        self.closed_early = False

    def open(self, pool: str, endpoint: Endpoint, tls: ClientTls, settings: PoolSettings) -> None:
        self.did.append(("open", pool))
        self.pools[pool] = FakePool(endpoint, tls, settings)
        self._fill(pool)

    def configure(self, pool: str, settings: PoolSettings) -> None:
        self.did.append(("configure", pool))
        self.pools[pool].settings = settings

    def borrow(self, pool: str, *, wait_s: float, deadline_s: float) -> LentSession | NotServed | NoneLeft:
        if self.exhausted is not None:
            return self.exhausted
        with self._lock:
            there = self.pools[pool]
            number = min(set(there.connections) - there.lent)
            there.lent.add(number)
            return LentSession(self, pool, number, there.connections[number])

    def evict(self, pool: str) -> None:
        self.did.append(("evict", pool))
        with self._lock:
            there = self.pools[pool]
            there.evicted |= there.lent
            for number in set(there.connections) - there.lent:
                self._close(pool, number)
        self._fill(pool)

    def close(self, pool: str) -> None:
        self.did.append(("close", pool))
        with self._lock:
            for number in set(self.pools[pool].connections):
                self._close(pool, number)
            del self.pools[pool]

    def next(self, *, wait_s: float) -> Next:
        try:
            return self._news.get(timeout=min(wait_s, 0.02))
        except Empty:
            return Next(what="nothing")

    def connect(self, number: int, account: Credentials, *, deadline_s: float) -> Identity | NotServed:
        self.accounts.append(account.user)
        pool = self._wanted.pop(number)
        if self.refuses is not None:
            return self.refuses
        identity = Identity(
            account=account.user,
            connection_id=1000 + number,
            tls_version="TLSv1.3",
            cipher="TLS_AES_256_GCM_SHA384",
            server_serial=7,
        )
        with self._lock:
            if pool not in self.pools or self.closed_early:
                # It is closed before whoever gave leave has read that it is there.
                self._news.put(Next(what="closed", pool=pool, number=number))
            else:
                self.pools[pool].connections[number] = identity
        return identity

    def came_back(self, pool: str, number: int) -> None:
        with self._lock:
            there = self.pools[pool]
            there.lent.discard(number)
            if number in there.evicted:
                self._close(pool, number)

    def tells(self, told: Next) -> None:
        """News that a test makes up."""
        self._news.put(told)

    def _fill(self, pool: str) -> None:
        for _ in range(self.pools[pool].settings.minimum_idle):
            number = next(self._numbers)
            self._wanted[number] = pool
            self._news.put(Next(what="connect", pool=pool, number=number))

    def _close(self, pool: str, number: int) -> None:
        del self.pools[pool].connections[number]
        self._news.put(Next(what="closed", pool=pool, number=number))
