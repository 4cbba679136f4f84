"""The reference client: a configDB's and several contexts' pools, one configuration, and its reload."""

import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.clients.session import Connector, Identity
from harness.errors import KeptFault, UsageError
from harness.model.history import Failed, Kind, Served
from harness.model.rotation import Control
from harness.pool.attempts import AccountChooser, Attempts, as_configured, by_leaf, preparing
from harness.pool.configuration import Address, ConfigurationFiles
from harness.pool.connection import Pooled
from harness.pool.connection_pool import ConnectionPool, PoolFactory
from harness.pool.parts import parts_for
from harness.pool.recorder import Recorder
from harness.pool.reloading import READ, WRITE, Reloaded
from harness.pool.stores import Stores

__all__ = ["AccountChooser", "ConfigurationFiles", "ReferenceClient", "Reloaded", "by_leaf"]

_ASK_EVERY_S = 0.2


class ReferenceClient:
    """Safe between threads; a context manager. Its files are read when it is made: raises UsageError.

    Every attempt is recorded before it is dispatched. What comes of it is returned; a ProbeFault is raised, and the
    attempt has no end then. ``key_stores``: the driver reads such stores itself; ``others`` makes pools of another's
    software instead of the reference pool.
    """

    def __init__(
        self,
        files: ConfigurationFiles,
        *,
        contexts: Mapping[str, str],
        connector: Connector,
        recorder: Recorder,
        scratch: Path,
        deadline_s: float,
        log_in: AccountChooser | None = None,
        key_stores: bool = False,
        control: Control | None = None,
        others: PoolFactory | None = None,
    ) -> None:
        way = parts_for(control, others)
        stores = Stores(scratch, key_stores=key_stores)
        prepare = preparing(way.reads(stores.handed), log_in or as_configured)
        self._prepare = prepare
        self._connector = connector
        self._deadline_s = deadline_s
        self._recorder = recorder
        self._attempts = Attempts(way.connector(connector), recorder, in_use=stores.in_use, deadline_s=deadline_s)
        addresses = {name: Address.parse(url, place=f"context {name}") for name, url in contexts.items()}
        self._reloading = way.reloading(files, addresses, attempts=self._attempts, prepare=prepare)
        in_force = self._reloading.in_force
        for setup in in_force.setups.values():
            # A store that cannot be used is said now, and not by the first connection.
            prepare(setup)
        self._pools = {
            name: (way.pool if name in {READ, WRITE} else way.context_pool)(
                name,
                setup,
                in_force.configuration.settings,
                attempts=self._attempts,
                prepare=prepare,
                recorder=recorder,
            )
            for name, setup in in_force.setups.items()
        }
        self._one_reload = threading.Lock()
        self._kept = KeptFault()
        self._closing = threading.Event()
        self._cleaner = threading.Thread(target=self._clean, name="cleaner", daemon=True)
        self._cleaner.start()

    @property
    def pools(self) -> tuple[str, ...]:
        """``configdb-read``, ``configdb-write``, then the contexts' names."""
        return tuple(self._pools)

    def warm_up(self, connects: int) -> None:
        """Make so many connections that nobody records, before there is a load. Raises ProbeFault.

        A virtual machine compiles what it runs: at its first connections that takes many times what it runs for, and
        they are not what is measured. One that is not served is the last: the load will say why.
        """
        endpoint, account, tls, _, _ = self._prepare(self._reloading.in_force.own)
        for _ in range(connects):
            answer = self._connector.once(endpoint, account, tls, deadline_s=self._deadline_s)
            if not isinstance(answer, Identity):
                return

    def connect(self, *, intended_s: float | None = None) -> Served | Failed:
        """Open a connection of its own with what is configured now, ask once, close it."""
        self._kept.check()
        try:
            dispatch = self._prepare(self._reloading.in_force.own)
        except UsageError as error:
            return self._attempts.unprepared(Kind.CONNECT, error, intended_s=intended_s)
        return self._attempts.once(Kind.CONNECT, dispatch, intended_s=intended_s)

    def check_out(self, pool: str, *, intended_s: float | None = None) -> Served | Failed:
        """Borrow from ``pool``, ask once, give back."""
        return self._used(Kind.CHECK_OUT, pool, 0.0, intended_s)

    def hold(self, pool: str, *, hold_s: float, intended_s: float | None = None) -> Served | Failed:
        """Borrow from ``pool``, ask every 0.2 s for ``hold_s``, give back; failed if one ask fails."""
        return self._used(Kind.HELD, pool, hold_s, intended_s)

    def reload(self) -> Reloaded:
        """The guide's ``reloadconfiguration``; what it does is told at ``Reloading``. Raises ProbeFault."""
        self._kept.check()
        with self._one_reload:
            return self._reloading.reload(self._pools)

    def close(self) -> None:
        """Close what is idle, end the cleaner; what is lent is closed on return. All of it, whatever one raises."""
        self._closing.set()
        self._cleaner.join()
        with ExitStack() as closing:
            for pool in reversed(self._pools.values()):
                closing.callback(pool.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _used(self, kind: Kind, pool_name: str, hold_s: float, intended_s: float | None) -> Served | Failed:
        self._kept.check()
        pool = self._pools[pool_name]
        number = self._recorder.begin(kind, pool=pool_name, intended_s=intended_s)
        pooled = pool.borrow()
        if isinstance(pooled, Failed):
            self._recorder.end(number, pooled, asked=0)
            return pooled
        try:
            asked, result = _asked(pool, pooled, hold_s)
            self._recorder.end(number, result, asked=asked)
        except BaseException:
            pool.forget(pooled)
            raise
        pool.give_back(pooled, usable=isinstance(result, Served))
        return result

    def _clean(self) -> None:
        try:
            while not self._closing.wait(self._reloading.in_force.configuration.settings.cleaner_interval_s):
                for pool in self._pools.values():
                    pool.clean()
        except Exception as error:  # it is raised again where somebody waits: without the cleaner no limit holds
            self._kept.keep(error)


def _asked(pool: ConnectionPool, pooled: Pooled, hold_s: float) -> tuple[int, Served | Failed]:
    """Ask at once and then every so often; how many queries came back, and what the last one came to."""
    end_s = time.monotonic() + hold_s
    asked = 0
    while True:
        result = pool.ask(pooled)
        if isinstance(result, Failed):
            return asked, result
        asked += 1
        left_s = end_s - time.monotonic()
        if left_s <= 0:
            return asked, result
        # The work that is held: nothing is waited for.
        time.sleep(min(_ASK_EVERY_S, left_s))
