"""Worker: one share of a load, from its begin to its end, with a history of its own."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import count
from typing import Protocol, assert_never

import gevent

from harness.errors import HarnessError
from harness.load.control import Progress
from harness.load.counters import CountingRecorder
from harness.load.dispatch import Dispatcher, Stall
from harness.load.plan import Arrivals
from harness.load.schedule import Arrival
from harness.model.history import Act, ActKind, Kind
from harness.pool.client import Reloaded

HEALTH_S = 0.5
"""How often a worker says how it is."""
STALL = Stall(at_s=3, for_s=3)
"""What ``Control.LOAD_STALLS`` does: within every run of more than six seconds."""


class LoadedClient(Protocol):
    """What a load does with a client; ``harness.pool.client.ReferenceClient`` is one. Nothing of it raises."""

    @property
    def pools(self) -> Sequence[str]: ...
    def connect(self, *, intended_s: float) -> object: ...
    def check_out(self, pool: str, *, intended_s: float) -> object: ...
    def hold(self, pool: str, *, hold_s: float, intended_s: float) -> object: ...
    def reload(self) -> Reloaded: ...
    def close(self) -> None: ...


class History(Protocol):
    """Where a worker writes what is no attempt; ``harness.history.writing.HistoryWriter`` is one."""

    @property
    def begun(self) -> int: ...
    def act(
        self,
        kind: ActKind,
        *,
        rotation: int,
        step: str,
        generation: int | None = None,
        server_serial: int | None = None,
        told: Sequence[str] = (),
        refused: str = "",
    ) -> float: ...
    def health(self, *, cpu: float, probe_cpu: float, due: int, lag_s: float) -> None: ...


class Worker:
    """Makes the arrivals of one worker by ``client``. Runs in greenlets; its methods are for one of them at a time.

    ``probe_cpu_s`` is the processor time in seconds that the client's probe has used; ``report`` takes the progress,
    twice a second.
    """

    def __init__(
        self,
        client: LoadedClient,
        history: History,
        counting: CountingRecorder,
        arrivals: Arrivals,
        *,
        probe_cpu_s: Callable[[], float],
        report: Callable[[Progress], None],
        stall: Stall | None = None,
    ) -> None:
        self._client = client
        self._history = history
        self._counting = counting
        self._arrivals = arrivals
        self._probe_cpu_s = probe_cpu_s
        self._report = report
        self._stall = stall
        # One row for each kind: in one for both, their rates would decide which pools the rarer kind ever meets.
        self._turns = {kind: count(arrivals.index) for kind in (Kind.CHECK_OUT, Kind.HELD)}
        self._looks = 0
        self._dispatcher: Dispatcher | None = None
        self._watch: gevent.Greenlet[[], None] | None = None
        self._seen = (time.monotonic(), time.process_time(), 0.0)

    def begin(self, act: Act) -> None:
        """Write ``act``; arrivals begin at its time. Raises HarnessError where they have begun."""
        if self._dispatcher is not None:
            raise _out_of_turn("begin", "the load has begun")
        self.write(act)
        self._seen = (time.monotonic(), time.process_time(), self._probe_cpu_s())
        self._dispatcher = Dispatcher(self._arrivals, self._do, start_s=act.at_s, stall=self._stall)
        self._watch = gevent.spawn(self._look_now_and_then)

    def write(self, act: Act) -> None:
        """Write an act of the conductor's among the attempts, with the time at which this worker met it.

        Raises what an attempt raised instead of recording it: the load is no evidence any more.
        """
        if self._dispatcher is not None:
            self._dispatcher.check()
        self._history.act(
            act.kind,
            rotation=act.rotation,
            step=act.step,
            generation=act.generation,
            server_serial=act.server_serial,
            told=act.told,
            refused=act.refused,
        )

    def reload(self, act: Act) -> Reloaded:
        """Write ``act``, have the client reload, and write what it says of that."""
        self.write(act)
        reloaded = self._client.reload()
        self.write(act._replace(kind=ActKind.RELOADED, told=reloaded.told, refused=reloaded.refused))
        return reloaded

    def end(self, act: Act, *, deadline_s: float) -> int:
        """Stop arrivals, write ``act``, wait for what is under way, close the pools; how many attempts have begun.

        What is still under way after ``deadline_s`` seconds gets no end. Raises HarnessError where nothing has begun,
        and what an attempt raised instead of recording it.
        """
        dispatcher, self._dispatcher = self._dispatcher, None
        if dispatcher is None:
            raise _out_of_turn("end", "no load has begun")
        dispatcher.halt()
        self.write(act)
        with ExitStack() as closing:
            closing.callback(self.close)
            closing.callback(self._look, dispatcher)
            dispatcher.stop(deadline_s=deadline_s)
        return self._history.begun

    def close(self) -> None:
        """Stop and close whatever there is; nothing if it is closed. The history is its opener's."""
        dispatcher, self._dispatcher = self._dispatcher, None
        watch, self._watch = self._watch, None
        with ExitStack() as closing:
            closing.callback(self._client.close)
            if dispatcher is not None:
                closing.callback(dispatcher.stop, deadline_s=0)
                closing.callback(dispatcher.halt)
            if watch is not None:
                closing.callback(watch.kill)

    def _do(self, arrival: Arrival, due_s: float) -> None:
        match arrival.kind:
            case Kind.CONNECT:
                self._client.connect(intended_s=due_s)
            case Kind.CHECK_OUT:
                self._client.check_out(self._pool(arrival.kind), intended_s=due_s)
            case Kind.HELD:
                pool = self._pool(arrival.kind)
                self._client.hold(pool, hold_s=self._arrivals.hold_s, intended_s=due_s)
            case Kind.OPEN | Kind.TRY:
                raise ValueError(f"{arrival.kind} is a pool's own doing, and on no schedule")
            case _:
                assert_never(arrival.kind)

    def _pool(self, kind: Kind) -> str:
        pools = self._client.pools
        return pools[next(self._turns[kind]) % len(pools)]

    def _look_now_and_then(self) -> None:
        while True:
            gevent.sleep(HEALTH_S)
            if self._dispatcher is not None:
                self._look(self._dispatcher)

    def _look(self, dispatcher: Dispatcher) -> None:
        then_s, cpu_then_s, probe_then_s = self._seen
        # The probe last: reading it may take a while, in which the other two would go on.
        now_s, cpu_s, probe_s = self._seen = (time.monotonic(), time.process_time(), self._probe_cpu_s())
        passed_s = max(now_s - then_s, 1e-9)
        cpu, probe_cpu = (cpu_s - cpu_then_s) / passed_s, (probe_s - probe_then_s) / passed_s
        lag_s = dispatcher.take_lag(now_s)
        self._history.health(cpu=cpu, probe_cpu=probe_cpu, due=dispatcher.due(now_s), lag_s=lag_s)
        counted = self._counting
        self._looks += 1
        self._report(
            Progress(
                begun=counted.begun,
                ended=counted.ended,
                failed=counted.failed,
                served=dict(counted.served),
                connects=dict(counted.connects),
                under_way=counted.under_way,
                looks=self._looks,
                lag_s=lag_s,
                cpu=cpu,
                probe_cpu=probe_cpu,
            )
        )


def _out_of_turn(order: str, why: str) -> HarnessError:
    return HarnessError(f"`{order}` does not fit: {why}", remedy="give the orders load, begin, end, in this order")
