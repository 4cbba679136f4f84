"""One run: servers built and started side by side, a lane each; events as they come; nothing left behind.

A fault costs its cases: a client's those it breaks in or can no longer take part in, a scenario's those it was to make,
a lane's those that are open. All else goes on.
"""

import contextlib
import queue
import shlex
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness import limits
from harness.case.scenario import Scenario
from harness.clients.build import ClientBuild
from harness.errors import BuildUnavailable, UsageError
from harness.exits import Terminated
from harness.kinds.ends import ServerEnd
from harness.kinds.kind import Cell
from harness.knowledge.reader import Knowledge
from harness.lifetime import CutShort
from harness.model.fault import Fault
from harness.model.obstacle import Because, Obstacle
from harness.model.verdict import Status, Verdict
from harness.names import scenario_of
from harness.runner.collect import Collector, origin_of
from harness.runner.conclusion import not_carried_out, pending
from harness.runner.events import (
    BuildMissing,
    Event,
    Faulted,
    Judged,
    LaneDoes,
    LaneEnded,
    LaneFailed,
    LanePlanned,
    RunBegan,
)
from harness.runner.opened import OpenedLane, OpensLane, opened_lane
from harness.runner.plan import may_make
from harness.runner.results import CellResult, Ended, Missing, Pending, RunReport
from harness.runner.session import Session, opened_session
from harness.runner.shard import Share
from harness.servers.build import ServerBuild
from harness.servers.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What to run: builds, clients, scenarios, and case-id patterns (none: all).

    ``only`` are cases by id, server and client, None: all that these make; ``share`` is the part of them that is this
    run's, None: all. ``exit_first`` ends the run with the first that does not pass. ``command`` is what the user typed,
    ``options`` what of it a case needs to be found again.
    """

    servers: tuple[ServerBuild, ...]
    clients: tuple[ClientBuild, ...]
    scenarios: tuple[Scenario, ...]
    knowledge: Knowledge
    patterns: tuple[str, ...] = ()
    only: frozenset[tuple[str, str, str | None]] | None = None
    share: Share | None = None
    exit_first: bool = False
    options: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def run(
    request: RunRequest,
    place: Place,
    listen: Callable[[Event], None],
    *,
    open_lane: OpensLane[OpenedLane[ServerEnd]] = opened_lane,
) -> RunReport:
    """Carry out ``request`` with servers in ``place``; ``listen`` gets every event, in this thread.

    A build that is not available is an event and a fault is in the report, neither is an error. Ctrl-C and SIGTERM
    (raised as Terminated) end the run, with a report of what there is. However it ends, no container, process or key
    file of it stays.
    """
    start = time.monotonic()
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    ended = Ended.FINISHED

    def on_progress(name: str, text: str) -> None:
        events.put(LaneDoes(name, text))

    with opened_session(place, request.clients, knowledge=request.knowledge, on_progress=on_progress) as session:
        shared = _Lanes(request, session, events.put, open_lane)
        expected = tuple(one for build in request.servers for one in shared.expected(build))
        origin = origin_of(
            command=shlex.join(request.command),
            engine=place.description,
            shard=None if request.share is None else str(request.share.shard),
        )
        began = RunBegan(origin=origin, options=request.options, expected=expected)
        collector = Collector(start, began)
        lanes = [
            threading.Thread(target=shared.run_lane, args=(build,), name=f"lane-{build.name}", daemon=True)
            for build in longest_first(request.servers)
        ]
        with contextlib.ExitStack() as ending:  # all of it is done, whatever one of them raises
            ending.callback(_join, lanes)
            ending.callback(_end, session, events.put)
            try:
                for lane in lanes:
                    lane.start()
                listen(began)
                while collector.lanes_ended < len(lanes):
                    event = events.get()
                    _take(event, collector, listen)
                    if request.exit_first and _is_bad(event):
                        ended = Ended.FIRST_FAILURE
                        break
            except KeyboardInterrupt:
                ended = Ended.INTERRUPTED
            except Terminated:
                ended = Ended.TERMINATED
        with contextlib.suppress(queue.Empty):
            while True:
                _take(events.get_nowait(), collector, listen)
    return collector.report(ended)


def _is_bad(event: Event) -> bool:
    return isinstance(event, Judged) and event.result.verdict.status in {Status.FAIL, Status.INCONCLUSIVE}


def _take(event: Event, collector: Collector, listen: Callable[[Event], None]) -> None:
    """Pass ``event`` on, before it what malfunctioned for the first time, after it what it leaves without a verdict."""
    match event:
        case Judged(result=result):
            faults = result.faults
        case LaneFailed(fault=fault) | Faulted(fault=fault):
            faults = (fault,)
        case _:
            faults = ()
    for fault in faults:
        if not collector.knows(fault):
            collector(Faulted(fault))
            listen(Faulted(fault))
    if isinstance(event, Faulted):
        return
    collector(event)
    listen(event)
    if isinstance(event, LaneFailed):
        for one in collector.open_on(event.server):
            verdict = Verdict(Status.INCONCLUSIVE, f"its server was lost: {event.fault.what}")
            _take(Judged(not_carried_out(one, verdict, event.fault)), collector, listen)


def _end(session: Session, tell: Callable[[Event], None]) -> None:
    """End what lanes have opened; what cannot be closed is a fault of the run, and keeps nothing else open."""
    try:
        session.end()
    except Exception as error:
        tell(Faulted(Fault.of(error)))


def _join(lanes: Sequence[threading.Thread]) -> None:
    """Wait for lanes: one that was just making a container closes it itself, if it is given the time."""
    end = time.monotonic() + limits.LANE_END
    for lane in lanes:
        if lane.ident is not None:
            lane.join(max(0.0, end - time.monotonic()))


def longest_first(servers: Sequence[ServerBuild]) -> list[ServerBuild]:
    """``servers`` in the order in which their lanes begin: the longest must not be left to go on alone at the end."""
    return sorted(servers, key=lambda build: not build.manifest.starts_slowly)


class _Lanes:
    """What the lanes of one run share, and how one lane goes."""

    def __init__(
        self,
        request: RunRequest,
        session: Session,
        tell: Callable[[Event], None],
        open_lane: OpensLane[OpenedLane[ServerEnd]],
    ) -> None:
        self._request = request
        self._session = session
        self._lifetime = session.lifetime
        self._tell = tell
        self._open_lane = open_lane
        self._turns = threading.Semaphore(limits.LANES)
        self._missed: set[str] = set()
        self._missing = threading.Lock()
        self._scenarios = [item for item in request.scenarios if may_make(item, request.patterns)]

    def expected(self, build: ServerBuild, *names: str) -> Iterator[Pending]:
        """What is to have a verdict on ``build``, with the clients ``names``; if none is named with all, and without.

        Nobody knows yet which cases there are: each scenario stands for its own.
        """
        every: tuple[str | None, ...] = (*(client.name for client in self._request.clients), None)
        for name in names or every:
            for item in self._scenarios:
                if item.is_for(name) and self._may_be_asked_for(item, build, name) and self._has(item, build, name):
                    yield Pending(id=item.id, claim=item.claim, server=build.name, client=name)

    def run_lane(self, build: ServerBuild) -> None:
        """One lane from image to last verdict. What goes wrong becomes an event: exceptions do not leave a thread."""
        spent: dict[str, float] = {}
        by_theme: dict[str, float] = {}
        try:
            with self._turns:
                self._lifetime.check()
                self._lane(build, spent, by_theme)
        except CutShort:
            pass
        except Exception as error:
            # What breaks because the run was ended under it is no fault.
            with contextlib.suppress(CutShort):
                self._lifetime.check()
                self._failed(build, error)
        self._tell(LaneEnded(build.name, spent, by_theme))

    def _failed(self, build: ServerBuild, error: Exception) -> None:
        if isinstance(error, BuildUnavailable):
            self._miss("server", build.name, error)
            self._skip(build, error)
        else:
            self._tell(LaneFailed(build.name, Fault.of(error, server=build.name)))

    def _lane(self, build: ServerBuild, spent: dict[str, float], by_theme: dict[str, float]) -> None:
        for name, error in self._missing_clients().items():
            self._skip(build, error, name)
        with self._session.lane(
            build, self._open_lane, emit=self._judged, tell=lambda fault: self._tell(Faulted(fault))
        ) as opened:
            started = time.monotonic()
            try:
                self._carry_out(build, opened)
            finally:
                lane_s = opened.lane.bench.spent_s
                # Loads go on beside the rest.
                harness = time.monotonic() - started - sum(lane_s.values()) + lane_s.get("load", 0.0)
                spent |= {**lane_s, **opened.opening_s, "harness": harness}
                by_theme |= opened.lane.bench.spent_by_theme_s

    def _carry_out(self, build: ServerBuild, opened: OpenedLane[ServerEnd]) -> None:
        for name, lost in opened.lost.items():
            fault = Fault.of(lost, server=build.name, client=name)
            for one in self.expected(build, name):
                self._judged(not_carried_out(one, Verdict(Status.INCONCLUSIVE, fault.what), fault))
        # What needs no client comes last: documents' commands take seconds, which no other verdict has to wait for.
        turns: tuple[tuple[str | None, ...], ...] = (tuple(opened.clients), (None,))
        counts: list[int] = []
        opened.lane.run(*(self._planned(build, opened, names, counts) for names in turns))

    def _planned(
        self, build: ServerBuild, opened: OpenedLane[ServerEnd], names: Sequence[str | None], counts: list[int]
    ) -> Iterator[Cell]:
        """The cells with ``names``, planned when the first is asked for; ``counts`` has how many each plan had."""
        planned, failed = self._plan(build, opened, names)
        every = (*(pending(cell, build.name) for cell in planned), *(one for one, _ in failed))
        counts.append(len(every))
        provenance = (opened.server_provenance(), opened.client_provenance())
        self._tell(LanePlanned(*provenance, frozenset(names), every, sum(counts)))
        for one, error in failed:
            verdict = Verdict(Status.INCONCLUSIVE, f"it made no case: {error}")
            self._judged(not_carried_out(one, verdict, Fault.of(error, server=build.name)))
        yield from planned

    def _judged(self, result: CellResult) -> None:
        """Pass on a verdict. Raises CutShort once the run is over: what is seen then was being closed."""
        self._lifetime.check()
        self._tell(Judged(result))

    def _plan(
        self, build: ServerBuild, opened: OpenedLane[ServerEnd], names: Sequence[str | None]
    ) -> tuple[list[Cell], list[tuple[Pending, UsageError]]]:
        """The cells of a lane, and the scenarios that failed to make theirs."""
        planned: list[Cell] = []
        failed: list[tuple[Pending, UsageError]] = []
        share = self._request.share
        for name in names:
            of_client: list[Cell] = []
            for item in self._scenarios:
                try:
                    of_client += self._asked_for(build, opened.plan([item], name, self._request.patterns))
                except UsageError as error:
                    if self._has(item, build, name):
                        failed.append((Pending(id=item.id, claim=item.claim, server=build.name, client=name), error))
            planned += of_client if share is None else share.cells(of_client, build.name)
        return planned, failed

    def _has(self, item: Scenario, build: ServerBuild, client: str | None) -> bool:
        """Whether what stands for the cases of ``item`` is of this run's part."""
        share = self._request.share
        return share is None or share.has(item.id, build.name, client)

    def _may_be_asked_for(self, item: Scenario, build: ServerBuild, client: str | None) -> bool:
        only = self._request.only
        return only is None or any(
            (scenario_of(identity), server, who) == (item.id, build.name, client) for identity, server, who in only
        )

    def _asked_for(self, build: ServerBuild, planned: Sequence[Cell]) -> list[Cell]:
        only = self._request.only
        return [cell for cell in planned if only is None or (cell.id, build.name, cell.client) in only]

    def _missing_clients(self) -> Mapping[str, BuildUnavailable]:
        """The clients that are not available, by name, each told once. Raises EngineError."""
        missing = self._session.clients().missing
        with self._missing:
            for name in missing.keys() - self._missed:
                self._missed.add(name)
                self._miss("client", name, missing[name])
        return missing

    def _miss(self, kind: Literal["server", "client"], name: str, error: BuildUnavailable) -> None:
        self._tell(
            BuildMissing(Missing(kind=kind, name=name, reason=str(error), remedy=error.remedy, detail=error.detail))
        )

    def _skip(self, build: ServerBuild, error: BuildUnavailable, *names: str) -> None:
        """A SKIPPED result of ``build`` for each scenario with each of ``names`` (none: all)."""
        verdict = Verdict(Status.SKIPPED, f"unavailable: {error}")
        for one in self.expected(build, *names):
            self._judged(not_carried_out(one, verdict, obstacle=Obstacle(Because.UNAVAILABLE)))
