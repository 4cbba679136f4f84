"""Controls: parts of the reference client with one defect each, which a judge must find.

Where a defect is a race, its window is held open until the next reload, so that it shows in every run.
"""

import threading
import time
from collections.abc import Iterable
from typing import Any

from harness.clients.session import Connector, Identity, NotServed, Session
from harness.errors import UsageError
from harness.model.account import Credentials, Endpoint
from harness.model.history import Failed, Failure, Served, Why
from harness.model.outcome import Cause, Refused, Side
from harness.model.tls import ClientTls
from harness.pool.attempts import Setup
from harness.pool.configuration import Configuration, configured, load
from harness.pool.connection import Doomed, Pooled, State
from harness.pool.connection_pool import ConnectionPool
from harness.pool.pool import Pool
from harness.pool.properties import DEFAULTS
from harness.pool.reloading import InForce, Reloaded, Reloading
from harness.waiting import wait_for

_LONG_S = 0.1
"""What is lent for longer is held, and asks again."""
_WORK_S = 5.0
"""How long a kill waits for something that is held."""
RETRY_S = 4.0
"""Longer than a server takes to learn of an account; shorter than a reload that counts as starved."""


class KillsWorkInHand(Pool):
    """A reload closes what is lent as well; a query that is under way is lost with its connection."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._asking = threading.Lock()
        self._since_s: dict[Pooled, float] = {}

    @property
    def busy(self) -> bool:
        """Whether something is held."""
        now_s = time.monotonic()
        return any(now_s - since_s > _LONG_S for since_s in tuple(self._since_s.values()))

    def borrow(self) -> Pooled | Failed:
        pooled = super().borrow()
        if isinstance(pooled, Pooled):
            self._since_s[pooled] = time.monotonic()
        return pooled

    def ask(self, pooled: Pooled) -> Served | Failed:
        # A session is for one thread at a time: it is closed once the query is back, whose answer nobody gets.
        with self._asking:
            answer = None if pooled.state is State.CLOSED else super().ask(pooled)
            if answer is not None and pooled.state is not State.CLOSED:
                return answer
        said = "no operations allowed after connection closed"
        return Failed(Failure.REFUSED, Side.CLIENT.value, (Cause.CONNECTION_LOST.value,), said)

    def renew(self, setup: Setup) -> None:
        doomed: Doomed = []
        with self._lock:
            for pooled in self._lent:
                self._doom(doomed, pooled, Why.RELOAD)
        super().renew(setup)
        with self._asking:
            self._close(doomed)

    def give_back(self, pooled: Pooled, *, usable: bool) -> None:
        self._since_s.pop(pooled, None)
        if pooled.state is not State.CLOSED:
            super().give_back(pooled, usable=usable)
            return
        with self._lock:
            self._lent.discard(pooled)
        self._serve_next()


class AwaitsWorkInHand(Reloading):
    """Tells pools to move while something is held, so that there is work to kill; where nothing is, after a while."""

    def _tell(self, pools: Iterable[ConnectionPool], new: InForce) -> None:
        pools = tuple(pools)
        killing = [pool for pool in pools if isinstance(pool, KillsWorkInHand)]
        wait_for(lambda: True if any(pool.busy for pool in killing) else None, deadline_s=_WORK_S)
        super()._tell(pools, new)


class DropsIdle(Pool):
    """A reload forgets idle connections without closing them."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._dropped: list[Pooled] = []

    def renew(self, setup: Setup) -> None:
        with self._lock:
            # Kept from the garbage collector, which would close them.
            self._dropped += self._idle
            self._idle.clear()
        super().renew(setup)


class _Escaping(Pool):
    """Something that began before a reload ends after it, and its connection is lent as though it were new."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._under_way: Pooled | None = None

    def renew(self, setup: Setup) -> None:
        super().renew(setup)
        with self._lock:
            escaped, self._under_way = self._under_way, None
            if escaped is not None:
                escaped.generation = self._current.generation
                escaped.move(State.IDLE)
                self._lent.discard(escaped)
                self._idle.append(escaped)

    def close(self) -> None:
        escaped, self._under_way = self._under_way, None
        super().close()
        if escaped is not None:
            super().give_back(escaped, usable=True)


class CreateEscapes(_Escaping):
    """A connection that was being made during the reload is lent after it: one is always being made until then."""

    def _open(self) -> Pooled | Failed | None:
        opened = super()._open()
        if self._under_way is None and isinstance(opened, Pooled):
            with self._lock:
                self._opening += 1
            beside = super()._open()
            self._under_way = beside if isinstance(beside, Pooled) else None
        return opened


class FlagOutsideLock(_Escaping):
    """A return looks at the generation before it takes the lock: one return always hangs there until a reload."""

    def give_back(self, pooled: Pooled, *, usable: bool) -> None:
        if usable and self._under_way is None and pooled.generation == self._current.generation:
            self._under_way = pooled
            return
        super().give_back(pooled, usable=usable)


class OldContextPool(Pool):
    """Destroyed as empty by a reload, the pool comes back with the properties from before it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Stores that change in place would be found new under old properties.
        old = self._prepare(self._current.setup)
        self._prepare = lambda _: old


class FallsBackToDefaults(Reloading):
    """A dbconnector.yaml that does not parse is only logged, and nothing is tried."""

    def _load(self) -> Configuration:
        try:
            return load(self._files)
        except UsageError:
            return configured(DEFAULTS, self._files.configdb)

    def _refused(self, setups: Iterable[Setup]) -> str:
        return ""


class DoesNothing(Reloading):
    """The reload says that it is done, and nothing moves. (``pinned`` keeps stores from being read anew.)"""

    def reload(self, pools: Any) -> Reloaded:
        return Reloaded(told=tuple(pools), refused="")


class RetriesSilently:
    """A ``Connector`` that connects again when it was refused, and tells of the last time alone."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    def once(
        self, endpoint: Endpoint, account: Credentials, tls: ClientTls, *, deadline_s: float
    ) -> Identity | NotServed:
        """As the connector that it is over."""
        last: list[Identity | NotServed] = []

        def served() -> Identity | NotServed | None:
            last[:] = [self._connector.once(endpoint, account, tls, deadline_s=deadline_s)]
            return None if isinstance(last[0], Refused) else last[0]

        return wait_for(served, deadline_s=RETRY_S) or last[0]

    def open(
        self, endpoint: Endpoint, account: Credentials, tls: ClientTls, *, deadline_s: float
    ) -> Session | NotServed:
        """As the connector that it is over."""
        last: list[Session | NotServed] = []

        def served() -> Session | NotServed | None:
            last[:] = [self._connector.open(endpoint, account, tls, deadline_s=deadline_s)]
            return None if isinstance(last[0], Refused) else last[0]

        return wait_for(served, deadline_s=RETRY_S) or last[0]
