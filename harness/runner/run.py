"""One run: servers built and started side by side, a lane each; events as they come; nothing left behind."""

import contextlib
import platform
import queue
import shlex
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness import limits
from harness.case.scenario import Scenario
from harness.case.testbed import ClientView, Materials, ServerView, Testbed, one_way_server
from harness.clients.build import ClientBuild
from harness.clients.client import Client
from harness.clients.process import Probe
from harness.errors import BuildUnavailable
from harness.locations import run_folder, sweep_run_folders
from harness.model.tls import Can, TlsVersion
from harness.model.verdict import Status, Verdict
from harness.owner import Owner
from harness.runner.collect import Collector
from harness.runner.events import BuildMissing, Event, Judged, LaneDoes, LaneEnded, LaneFailed, LanePlanned
from harness.runner.lane import Lane
from harness.runner.lifetime import CutShort, Lifetime
from harness.runner.plan import Cell, cells, may_make
from harness.runner.results import CellResult, ClientProvenance, Missing, RunReport, ServerProvenance
from harness.servers.build import ServerBuild
from harness.servers.place import Place
from harness.servers.server import RunningServer
from harness.tools import end_running_tools


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What to run: builds, clients, scenarios, and case-id patterns (none: all). ``command`` is what the user
    typed, ``options`` what of it a case needs to be found again."""

    servers: tuple[ServerBuild, ...]
    clients: tuple[ClientBuild, ...]
    scenarios: tuple[Scenario, ...]
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
            for build in request.servers
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

    def run_lane(self, build: ServerBuild) -> None:
        """One lane from image to last verdict. What goes wrong becomes an event: exceptions do not leave a thread."""
        spent: dict[str, float] = {}
        try:
            with contextlib.ExitStack() as opened:
                spent = self._lane(build, opened)
        except CutShort:
            pass
        except BuildUnavailable as error:
            self._miss(build, error)
        except Exception as error:
            self._tell(LaneFailed(build.name, error))
        self._tell(LaneEnded(build.name, spent))

    def _lane(self, build: ServerBuild, opened: contextlib.ExitStack) -> dict[str, float]:
        begun = time.monotonic()
        image = self._place.make(build, lambda text: self._tell(LaneDoes(build.name, text)))
        self._lifetime.check()
        self._tell(LaneDoes(build.name, "starting"))
        imaged = time.monotonic()
        clients = {}
        for client_build in self._request.clients:
            scratch = self._folder / build.name / client_build.name
            scratch.mkdir(parents=True)
            probe = Probe(client_build, scratch)
            opened.enter_context(self._lifetime.closing(probe.close))
            clients[client_build.name] = Client(probe)
        # A probe starts as slowly as a server: let them do it side by side.
        pool = opened.enter_context(ThreadPoolExecutor(max(1, len(clients))))
        greetings = [pool.submit(_greet, client) for client in clients.values()]
        process = self._place.start(image, self._owner)
        opened.enter_context(self._lifetime.closing(process.close))
        server = opened.enter_context(RunningServer(build, process, one_way_server(self._materials)))
        for greeting in greetings:
            greeting.result()
        started = time.monotonic()
        planned = self._plan(server, clients)
        self._tell(
            LanePlanned(
                _server_provenance(server, self._place.identity(image)),
                tuple(_client_provenance(c) for c in clients.values()),
                len(planned),
            )
        )
        lane = Lane(server, clients, self._folder / build.name / "stores", self._judged)
        lane.run(planned)
        worked = time.monotonic()
        spent = dict(lane.spent_s)
        spent |= {"images": imaged - begun, "start": started - imaged}
        spent["harness"] = worked - started - sum(lane.spent_s.values())
        return spent

    def _judged(self, result: CellResult) -> None:
        self._tell(Judged(replace(result, options=self._request.options)))

    def _plan(self, server: RunningServer, clients: dict[str, Client]) -> list[Cell]:
        scenarios = [item for item in self._request.scenarios if may_make(item, self._request.patterns)]
        planned: list[Cell] = []
        for client in clients.values():
            bed = Testbed(server=_server_view(server), client=_client_view(client), materials=self._materials)
            lacks = (*server.build.manifest.lacks, *client.build.lacks)
            planned += cells(scenarios, bed, lacks, self._request.patterns)
        return planned

    def _miss(self, build: ServerBuild, error: BuildUnavailable) -> None:
        self._tell(
            BuildMissing(Missing(server=build.name, reason=str(error), remedy=error.remedy, detail=error.detail))
        )
        verdict = Verdict(Status.SKIPPED, f"server `{build.name}` cannot be had today: {error}")
        for client in self._request.clients:
            for item in self._request.scenarios:
                if may_make(item, self._request.patterns):
                    self._judged(
                        CellResult(id=item.id, claim=item.claim, server=build.name, client=client.name, verdict=verdict)
                    )


def _greet(client: Client) -> None:
    """Have the client's probe started and introduce itself."""
    _ = client.facts


def _server_view(server: RunningServer) -> ServerView:
    return ServerView(
        name=server.build.name,
        vendor=server.facts.vendor,
        versions=server.facts.versions,
        reloads=server.facts.reload_statement is not None,
        behaviour=frozenset(item.does for item in server.build.manifest.behaviour),
    )


def _client_view(client: Client) -> ClientView:
    return ClientView(
        name=client.name,
        versions=tuple(TlsVersion.parse(name) for name in client.facts.versions),
        can=frozenset(Can(name) for name in client.facts.can),
    )


def _server_provenance(server: RunningServer, image: str) -> ServerProvenance:
    return ServerProvenance(
        name=server.build.name,
        image=image,
        version=server.facts.version,
        tls_library=server.facts.tls_library,
        protocols=tuple(version.value for version in server.facts.versions),
        reload=server.facts.reload_statement,
    )


def _client_provenance(client: Client) -> ClientProvenance:
    hello = client.facts
    return ClientProvenance(name=client.name, driver=hello.driver, runtime=hello.runtime, tls_library=hello.tls_library)
