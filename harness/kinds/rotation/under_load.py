"""Rotations under load on one server: conducted one after the other, judged from their histories."""

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.case.rotation import Rotation
from harness.errors import UsageError
from harness.history.reading import read_history
from harness.judge.rotation.verdict import judge_rotation
from harness.kinds.ends import ClientEnd
from harness.lifetime import Lifetime
from harness.load.process import LoadProcess
from harness.model.rotated import Rotated
from harness.model.rotation import Pools
from harness.model.tls import Can
from harness.provenance import revision
from harness.rotation.conduct import run_rotation
from harness.rotation.step_runner import Now
from harness.servers.server import RunningServer


class Rotating:
    """Carries rotations out on ``server``, by turns; ``folder`` takes all that they leave. A context manager.

    Their load's process is closed with ``lifetime``, if it is not before; then CutShort is raised.
    """

    def __init__(self, server: RunningServer, folder: Path, lifetime: Lifetime) -> None:
        self._server = server
        self._folder = folder
        self._lifetime = lifetime
        self._count = 0
        self._stack = ExitStack()
        self._load: LoadProcess | None = None
        self._workers = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the load's process, if there is one."""
        self._load = None
        self._stack.close()

    def rotated(
        self,
        rotation: Rotation,
        client: ClientEnd,
        *,
        history: Path | None = None,
        watch: Callable[[Now], None] = lambda now: None,
    ) -> Rotated:
        """The result of ``rotation``, conducted and judged; ``history`` is where it is kept (None: in the folder).

        Raises UsageError for a client that cannot hold sessions, HarnessError for a malfunction.
        """
        if Can.HOLD_SESSIONS not in client.facts.can:
            raise UsageError(
                f"client `{client.name}` holds no sessions, which a pool needs",
                remedy=f"choose a client whose hello states `{Can.HOLD_SESSIONS.value}`",
            )
        if rotation.pools is Pools.HIKARICP and not client.facts.pool:
            raise UsageError(
                f"client `{client.name}` has no HikariCP, which runs in a JVM",
                remedy="choose a client whose name begins with `jdbc:`, or leave out --pool",
            )
        self._count += 1
        here = self._folder / f"rotation-{self._count}"
        here.mkdir(mode=0o700, parents=True)
        kept = here / "history" if history is None else history
        try:
            run_rotation(
                rotation,
                self._server,
                client.build,
                bearing=lambda: self._bearing(rotation.workers),
                folder=here / "client",
                history=kept,
                provenance=self._provenance(client, rotation.pools),
                watch=watch,
            )
        except BaseException:
            self.close()  # its workers are in the middle of what broke: the next rotation gets others
            raise
        return judge_rotation(read_history(kept))

    @contextmanager
    def _bearing(self, workers: int) -> Iterator[LoadProcess]:
        """The load's process, when there is room for the load. What comes before and after takes none of it."""
        with self._lifetime.loading():
            yield self._loading(workers)

    def _loading(self, workers: int) -> LoadProcess:
        """The load's process, with so many workers: the one that is there if it fits."""
        if self._load is None or self._workers != workers:
            self.close()
            load = LoadProcess(self._folder / f"load-{self._count}", workers=workers)
            with ExitStack() as opened:
                # Before it is started: from there on the run's end closes it, and what is started later is closed here.
                opened.enter_context(self._lifetime.closing(load.close))
                opened.enter_context(load)
                self._lifetime.check()
                self._stack = opened.pop_all()
            self._load, self._workers = load, workers
        return self._load

    @cached_property
    def _revision(self) -> str:
        # Git is asked once, not between one rotation and the next.
        return revision()

    def _provenance(self, client: ClientEnd, pools: Pools) -> Mapping[str, str]:
        facts, hello = self._server.facts, client.facts
        return {
            "server": f"{self._server.build.name}: {facts.version}, {facts.tls_library}",
            "client": f"{client.name}: {hello.driver}, {hello.runtime}, {hello.tls_library}",
            "pool": hello.pool if pools is Pools.HIKARICP else "the reference pool",
            "harness": self._revision,
            "command": shlex.join(("dbtls", *sys.argv[1:])),
        }
