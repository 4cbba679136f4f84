"""One run: servers built and started side by side, a lane each; events as they come; nothing left behind."""

import platform
import queue
import shlex
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from harness import limits
from harness.case.scenario import NOBODY, Scenario
from harness.clients.build import ClientBuild
from harness.errors import BuildUnavailable
from harness.knowledge.reader import Knowledge
from harness.locations import run_folder, sweep_run_folders
from harness.model.verdict import Status, Verdict
from harness.owner import Owner
from harness.pki import Materials
from harness.runner.collect import Collector
from harness.runner.events import BuildMissing, Event, Judged, LaneDoes, LaneEnded, LaneFailed, LanePlanned
from harness.runner.lifetime import CutShort, Lifetime
from harness.runner.opened import OpenedLane, opened_lane
from harness.runner.plan import Cell, may_make
from harness.runner.readiness import ReadyClients, make_ready
from harness.runner.results import CellResult, Missing, RunReport
from harness.servers.build import ServerBuild
from harness.servers.place import Place
from harness.tools import end_running_tools


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What to run: builds, clients, scenarios, and case-id patterns (none: all). ``command`` is what the user
    typed, ``options`` what of it a case needs to be found again."""

    servers: tuple[ServerBuild, ...]
    clients: tuple[ClientBuild, ...]
    scenarios: tuple[Scenario, ...]
    knowledge: Knowledge
    patterns: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def run(request: RunRequest, place: Place, listen: Callable[[Event], None]) -> RunReport:
    """Carry out ``request`` with servers in ``place``; ``listen`` gets every event, in this thread.

    Raises HarnessError for a fault. A build that cannot be had is an event, not an error. Whatever ends the run (a
    fault, Ctrl-C, SIGTERM raised as an exception), no container, process or key file of it stays.
    """
    start = time.monotonic()
    owner = Owner.this_process()
    sweep_run_folders()
    collector = Collector(start)
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    lifetime = Lifetime()
    with run_folder(owner) as folder:
        shared = _Lanes(request, place, owner, folder, lifetime, events.put)
        lanes = [
            threading.Thread(target=shared.run_lane, args=(build,), name=f"lane-{build.name}", daemon=True)
            for build in longest_first(request.servers)
        ]
        try:
            for lane in lanes:
                lane.start()
            while collector.lanes_ended < len(request.servers):
                event = events.get()
                collector(event)
                listen(event)
                if isinstance(event, LaneFailed):
                    raise event.error
        finally:
            lifetime.close_all()
            end_running_tools()
            # A lane that was just making a container closes it itself; give it the time.
            end = time.monotonic() + limits.LANE_END
            for lane in lanes:
                if lane.ident is not None:
                    lane.join(max(0.0, end - time.monotonic()))
    machine = f"{platform.system()} {platform.release()} {platform.machine()}"
    return collector.report(command=shlex.join(request.command), engine=place.description, machine=machine)


def longest_first(servers: Sequence[ServerBuild]) -> list[ServerBuild]:
    """``servers`` in the order in which their lanes begin: the longest must not be left to go on alone at the end."""
    return sorted(servers, key=lambda build: not build.manifest.starts_slowly)


class _Lanes:
    """What the lanes of one run share, and how one lane goes."""

    def __init__(
        self,
        request: RunRequest,
        place: Place,
        owner: Owner,
        folder: Path,
        lifetime: Lifetime,
        tell: Callable[[Event], None],
    ) -> None:
        self._request = request
        self._place = place
        self._owner = owner
        self._folder = folder
        self._lifetime = lifetime
        self._tell = tell
        self._materials = Materials()
        self._turns = threading.Semaphore(limits.LANES)
        self._preparing = threading.Lock()
        self._ready: ReadyClients | None = None

    def run_lane(self, build: ServerBuild) -> None:
        """One lane from image to last verdict. What goes wrong becomes an event: exceptions do not leave a thread."""
        spent: dict[str, float] = {}
        try:
            with self._turns:
                self._lifetime.check()
                spent = self._lane(build)
        except CutShort:
            pass
        except BuildUnavailable as error:
            self._miss("server", build.name, error)
            self._skip(build, [*(client.name for client in self._request.clients), NOBODY], error)
        except Exception as error:
            self._tell(LaneFailed(build.name, error))
        self._tell(LaneEnded(build.name, spent))

    def _lane(self, build: ServerBuild) -> dict[str, float]:
        clients = self._ready_clients()
        for name, error in clients.missing.items():
            self._skip(build, [name], error)
        with opened_lane(
            build,
            clients.ready,
            place=self._place,
            owner=self._owner,
            folder=self._folder,
            materials=self._materials,
            knowledge=self._request.knowledge,
            lifetime=self._lifetime,
            say=lambda text: self._tell(LaneDoes(build.name, text)),
            emit=self._judged,
        ) as opened:
            started = time.monotonic()
            count = 0
            # What needs no client comes last: documents' commands take seconds, which no other verdict has to wait for.
            for names in (tuple(opened.clients), (NOBODY,)):
                planned = self._plan(opened, names)
                count += len(planned)
                self._tell(LanePlanned(opened.server_provenance(), opened.client_provenance(), count))
                opened.lane.run(planned)
            spent_s = opened.lane.spent_s
            harness = time.monotonic() - started - sum(spent_s.values())
            return {**spent_s, **opened.opening_s, "harness": harness}

    def _judged(self, result: CellResult) -> None:
        self._tell(Judged(replace(result, options=self._request.options)))

    def _plan(self, opened: OpenedLane, clients: Sequence[str]) -> list[Cell]:
        scenarios = [item for item in self._request.scenarios if may_make(item, self._request.patterns)]
        return [cell for name in clients for cell in opened.plan(scenarios, name, self._request.patterns)]

    def _ready_clients(self) -> ReadyClients:
        """The clients, made ready by the first lane that asks; the others wait. Raises EngineError."""
        with self._preparing:
            if self._ready is None:
                self._ready = make_ready(
                    self._request.clients,
                    self._place.images,
                    shared=self._folder,
                    owner=self._owner,
                    say=lambda name, text: self._tell(LaneDoes(name, text)),
                )
                for name, error in self._ready.missing.items():
                    self._miss("client", name, error)
            return self._ready

    def _miss(self, kind: Literal["server", "client"], name: str, error: BuildUnavailable) -> None:
        self._tell(
            BuildMissing(Missing(kind=kind, name=name, reason=str(error), remedy=error.remedy, detail=error.detail))
        )

    def _skip(self, build: ServerBuild, names: Sequence[str], error: BuildUnavailable) -> None:
        """A SKIPPED result of ``build`` for each scenario with each of ``names``, which may be NOBODY."""
        verdict = Verdict(Status.SKIPPED, f"cannot be had today: {error}")
        for item in self._request.scenarios:
            if may_make(item, self._request.patterns):
                for name in names:
                    if item.is_for(name):
                        self._judged(
                            CellResult(id=item.id, claim=item.claim, server=build.name, client=name, verdict=verdict)
                        )
