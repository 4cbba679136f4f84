"""HikariCP in the place of the reference pool: what it does by itself is given leave, recorded, and told apart.

Terms: a *pool* here is what the client knows by a name; it has one *data source* of HikariCP at a time, and a new one
where a reload changes more than the content of files: HikariConfigMXBean changes an account and limits alone, so an
application makes a new one and closes the old one when its last connection has come back. A *connect* is begun by
HikariCP, in the background too, and waits for leave: its begin is written before that is given, with what is in the
stores then, and it logs in as the account of the leaf there. The driver reads the stores itself, where they are.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.clients.lender import Lender, NoneLeft
from harness.clients.session import Identity, NotServed
from harness.errors import HarnessError, KeptFault, UsageError
from harness.model.account import Credentials
from harness.model.history import Failed, Served, Why
from harness.model.outcome import Hung, Refused, Unclassified
from harness.pki.reading import Material
from harness.pool.attempts import Attempts, Opened, Prepare, Setup, as_configured, failed_of, served_of
from harness.pool.connection import Pooled, State, exhausted
from harness.pool.hikari_words import hikari_settings, in_place
from harness.pool.recorder import Recorder
from harness.pool.settings import Settings
from harness.waiting import wait_for

_EARLIEST_END = 0.75
"""Of maxLifetime: HikariCP takes up to a quarter off, so that not all end at once (HikariPool.createPoolEntry)."""


@dataclass(slots=True, eq=False)
class _Source:
    """A data source: its name at the probe, its setup, and how many connections are lent or asked for."""

    name: str
    setup: Setup
    lent: int = 0
    retired: bool = False


@dataclass(slots=True, eq=False)
class _Physical:
    """A connect of HikariCP's, and what came of it. ``failed``: a borrower could not use it."""

    generation: int
    begun_s: float
    served: Served | None = None
    failed: bool = False
    closed: Why | None = None


class HikariPool:
    """One pool; ``ConnectionPool``. ``sources`` is where its data sources are found by their names.

    ``kept`` is what has gone wrong in the threads that call ``make`` and ``gone``: without them a pool would only seem
    to be exhausted.
    """

    def __init__(
        self,
        name: str,
        setup: Setup,
        settings: Settings,
        *,
        attempts: Attempts,
        prepare: Prepare,
        recorder: Recorder,
        lender: Lender,
        deadline_s: float,
        sources: "dict[str, HikariPool]",
        kept: KeptFault,
    ) -> None:
        self.name = name
        self._settings = settings
        self._attempts = attempts
        self._prepare = prepare
        self._recorder = recorder
        self._lender = lender
        self._deadline_s = deadline_s
        self._sources = sources
        self._kept = kept
        self._changed = threading.Condition()
        self._generation = 0
        self._physical: dict[int, _Physical] = {}
        self._by_id: dict[int, _Physical] = {}
        self._lent: dict[Pooled, _Source] = {}
        self._live: list[_Source] = []
        self._setups: dict[str, Setup] = {}
        self._closing = False
        self._current = self._opened(setup)
        # What it makes at once is made before there is a load: nobody would know on which side of the begin it was.
        ready = hikari_settings(settings).minimum_idle
        self._wait(lambda: len(self._by_id) >= ready)

    def borrow(self) -> Pooled | Failed:
        self._kept.check()
        with self._changed:
            if self._closing:
                return exhausted(f"{self.name} is closed")
            source = self._current
            source.lent += 1
        pooled: Pooled | None = None
        try:
            wait_s = hikari_settings(self._settings).connection_timeout_ms / 1000
            answer = self._lender.borrow(source.name, wait_s=wait_s, deadline_s=self._deadline_s)
            match answer:
                case NoneLeft(said=said):
                    self._kept.check()
                    return exhausted(said)
                case Refused() | Unclassified() | Hung():
                    self._kept.check()
                    return failed_of(answer)
                case session:
                    physical = self._known(session.identity.connection_id)
                    served = served_of(session.identity, "" if physical.served is None else physical.served.material)
                    begun_s = physical.begun_s
                    pooled = Pooled(
                        Opened(session, served), generation=physical.generation, begun_s=begun_s, now_s=begun_s
                    )
                    self._lent[pooled] = source
                    return pooled
        finally:
            if pooled is None:
                self._came_back(source)

    def ask(self, pooled: Pooled) -> Served | Failed:
        return self._attempts.ask(pooled.opened)

    def give_back(self, pooled: Pooled, *, usable: bool) -> None:
        if not usable:
            with self._changed:
                self._known(pooled.served.connection_id).failed = True
        pooled.move(State.CLOSED)
        pooled.opened.session.close()
        self._came_back(self._lent.pop(pooled))

    def forget(self, pooled: Pooled) -> None:
        pooled.move(State.CLOSED)
        with self._changed:
            self._lent.pop(pooled).lent -= 1

    def renew(self, setup: Setup) -> None:
        """New content of the same files: softEvictConnections. Another setup: another data source."""
        self._kept.check()
        with self._changed:
            self._generation += 1
            old = self._current
        if setup != old.setup:
            new = self._opened(setup)
            with self._changed:
                self._current = new
            # It would make some anew, of the old ones' kind.
            without_idle = hikari_settings(self._settings).model_copy(update={"minimum_idle": 0})
            self._lender.configure(old.name, without_idle)
        self._lender.evict(old.name)
        if old is not self._current:
            with self._changed:
                # Not before: whoever gives the last one back ends it.
                old.retired = True
            self._end_if_done(old)

    def configure(self, settings: Settings) -> None:
        told = hikari_settings(settings)
        with self._changed:
            self._settings = settings
            live = tuple(self._live)
        for source in live:
            self._lender.configure(source.name, told)

    def clean(self) -> None:
        """HikariCP does that by itself."""

    def close(self) -> None:
        """End it, and wait until all that it closes by that is recorded; what is not closed then has leaked."""
        with self._changed:
            self._closing = True
            live, self._live = tuple(self._live), []
        with contextlib.ExitStack() as closing:
            for source in reversed(live):
                closing.callback(self._lender.close, source.name)
        self._wait(lambda: not self._physical)

    def make(self, source_name: str, number: int) -> None:
        """HikariCP wants to make a connection: write so, give leave, write what came of it."""
        with self._changed:
            physical = self._physical[number] = _Physical(self._generation, time.monotonic())
            setup = self._setups[source_name]
        dispatch = None
        account = as_configured(setup.properties.values, Material.of((), None))
        # What cannot be used the driver will find too, and say.
        with contextlib.suppress(UsageError):
            dispatch = self._prepare(setup)
            account = dispatch.account
        try:
            result = self._attempts.made(self.name, dispatch, lambda: self._connected(number, account))
        except HarnessError:
            # The attempt has no end. At the pool's own end nobody waits for it.
            if self._closing:
                return
            raise
        with self._changed:
            if isinstance(result, Failed):
                del self._physical[number]
                return
            physical.served = result
            self._by_id[result.connection_id] = physical
            self._changed.notify_all()
            closed = physical.closed
        if closed is not None:
            self._record(number, physical, result, closed)

    def gone(self, number: int) -> None:
        """HikariCP has closed a connection."""
        with self._changed:
            physical = self._physical[number]
            served, why = physical.served, self._why(physical)
            # It may be known before what came of its opening is.
            physical.closed = why
        if served is not None:
            self._record(number, physical, served, why)

    def _wait(self, done: Callable[[], bool]) -> None:
        """Wait for what the threads do, as long as they can; the deadline is no fault."""

        def checked() -> bool | None:
            self._kept.check()
            return done() or None

        wait_for(checked, deadline_s=self._deadline_s)
        self._kept.check()

    def _record(self, number: int, physical: _Physical, served: Served, why: Why) -> None:
        self._recorder.closed(self.name, served.connection_id, served.material, why)
        with self._changed:
            self._by_id.pop(served.connection_id, None)
            del self._physical[number]

    def _why(self, physical: _Physical) -> Why:
        """As far as it shows from here: HikariCP tells its log alone."""
        if self._closing:
            return Why.SHUTDOWN
        if physical.generation < self._generation:
            return Why.RELOAD
        if physical.failed:
            return Why.FAILED
        limit_s = self._settings.max_life_time_s
        old = limit_s is not None and time.monotonic() - physical.begun_s >= _EARLIEST_END * limit_s
        return Why.LIFE_TIME if old else Why.IDLE_TIME

    def _connected(self, number: int, account: Credentials) -> Identity | NotServed:
        return self._lender.connect(number, account, deadline_s=self._deadline_s)

    def _known(self, connection_id: int) -> _Physical:
        """The connect that has made a connection; its answer came before this, and may be read after it."""
        with self._changed:
            self._changed.wait_for(lambda: connection_id in self._by_id, timeout=self._deadline_s)
            return self._by_id.get(connection_id) or _Physical(self._generation, time.monotonic())

    def _opened(self, setup: Setup) -> _Source:
        source = _Source(f"{self.name}#{self._generation}", setup)
        # Before it is there: it begins to connect at once.
        self._sources[source.name] = self
        with self._changed:
            self._live.append(source)
            self._setups[source.name] = setup
        self._lender.open(source.name, setup.endpoint, in_place(setup.properties), hikari_settings(self._settings))
        return source

    def _came_back(self, source: _Source) -> None:
        with self._changed:
            source.lent -= 1
        self._end_if_done(source)

    def _end_if_done(self, source: _Source) -> None:
        """End a data source that is used no more; before its last connection is back HikariCP would cut that off."""
        with self._changed:
            if not source.retired or source.lent or source not in self._live:
                return
            self._live.remove(source)
        self._lender.close(source.name)
