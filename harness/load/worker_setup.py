"""Sets up a worker from its plan: the history, the client's probe, the reference client."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

from harness.clients.build import ClientBuild, discover_clients
from harness.clients.named import with_named
from harness.clients.pools import ProbePools
from harness.clients.process import Probe
from harness.clients.sessions import ProbeConnector
from harness.errors import UsageError
from harness.history.writing import HistoryWriter
from harness.load.control import Progress
from harness.load.counters import AttemptListener, CountingRecorder
from harness.load.plan import LoadPlan
from harness.load.worker import STALL, Worker
from harness.load.worker_channel import Opened
from harness.model.history import HISTORY, Opening
from harness.model.rotation import Control, Pools
from harness.model.tls import Can
from harness.pool.client import ConfigurationFiles, ReferenceClient, by_leaf
from harness.pool.hikari_pools import HikariPools

_WARM_UP = 20
"""Connections of a JVM, at the least: of the first ten each takes 180 ms of a processor, from then on some 40."""
_WARM_UP_S = 3.0
"""Or as many as arrive within this: the more arrive, the more its compilers, whose work is done by then, would be in
the way of what is measured."""


@contextmanager
def opened(plan: LoadPlan, *, show: AttemptListener, report: Callable[[Progress], None]) -> Iterator[Opened]:
    """All that ``plan`` names, open until the context is left.

    The history gets its closing line where the context is left without an exception. Raises UsageError for what the
    plan names and cannot be used, ProbeFault where the client does not start.
    """
    build = client_of(plan)
    with (
        HistoryWriter(Path(plan.history), Opening(HISTORY, plan.writer)) as history,
        Probe(build, Path(plan.scratch)) as probe,
        ExitStack() as stack,
    ):
        facts = probe.hello
        counting = CountingRecorder(history, show)
        others = None
        if plan.pools is Pools.HIKARICP:
            others = stack.enter_context(HikariPools(ProbePools(probe), deadline_s=plan.deadline_s)).make
        client = stack.enter_context(
            ReferenceClient(
                ConfigurationFiles(yaml=Path(plan.yaml), configdb=Path(plan.configdb)),
                contexts=plan.contexts,
                connector=ProbeConnector(probe),
                recorder=counting,
                scratch=Path(plan.scratch),
                deadline_s=plan.deadline_s,
                log_in=by_leaf(plan.password) if plan.prove else None,
                key_stores=Can.KEY_STORES in facts.can,
                control=plan.control,
                others=others,
            )
        )
        if Can.KEY_STORES in facts.can:
            client.warm_up(max(_WARM_UP, plan.arrivals.connects_within(_WARM_UP_S)))
        worker = Worker(
            client,
            history,
            counting,
            plan.arrivals,
            probe_cpu_s=probe.cpu_s,
            report=report,
            stall=STALL if plan.control is Control.LOAD_STALLS else None,
        )
        stack.enter_context(closing(worker))
        yield Opened(worker=worker, facts=facts)


def client_of(plan: LoadPlan) -> ClientBuild:
    """The plan's client, with the plan's own command and environment where it has them. Raises UsageError."""
    builds = with_named(discover_clients([Path(folder) for folder in plan.client_folders]), [plan.client])
    if plan.client not in builds:
        raise UsageError(
            f"there is no client `{plan.client}`",
            place=", ".join(plan.client_folders),
            remedy=f"name one of {', '.join(builds)}",
        )
    build = builds[plan.client]
    if plan.command:
        build = replace(build, java=None, python=None, image=None, command=plan.command)
    return build if plan.environment is None else replace(build, environment=plan.environment)
