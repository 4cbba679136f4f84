"""A lane, opened: a build's server and the clients' probes started side by side, and all of it closed at the end."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.case.scenario import NOBODY, Scenario
from harness.case.testbed import ClientView, Materials, ServerView, Testbed, one_way_server
from harness.clients.build import ClientBuild
from harness.clients.client import Client
from harness.clients.process import Probe
from harness.model.tls import Can, TlsVersion
from harness.model.walk import Walk, Walked
from harness.owner import Owner
from harness.runner.lane import Lane
from harness.runner.lifetime import Lifetime
from harness.runner.plan import Cell, cells
from harness.runner.results import CellResult, ClientProvenance, ServerProvenance
from harness.runner.rotating import Rotating
from harness.runner.walking import walked
from harness.servers.build import ServerBuild
from harness.servers.place import Place
from harness.servers.server import RunningServer

NO_CLIENT = ClientView(name=NOBODY, versions=(), can=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLane:
    """A running server, the clients whose probes run, and the lane that carries cells out on them.

    ``opening_s`` is where the time of opening it went: ``images`` and ``start``, in seconds.
    """

    server: RunningServer
    clients: Mapping[str, Client]
    lane: Lane
    rotating: Rotating
    materials: Materials
    folder: Path
    image: str
    opening_s: Mapping[str, float]

    def bed(self, client: str) -> Testbed:
        """The testbed for the client of that name, or for NOBODY."""
        view = NO_CLIENT if client == NOBODY else _client_view(self.clients[client])
        return Testbed(server=_server_view(self.server), client=view, materials=self.materials)

    def plan(self, scenarios: Iterable[Scenario], client: str, patterns: Sequence[str] = ()) -> list[Cell]:
        """The cells of ``scenarios`` for one client, or for NOBODY those in which none takes part.

        Carries out the walks that they come after. Raises UsageError for a scenario that fails to make its case.
        """
        known = () if client == NOBODY else self.clients[client].build.lacks
        lacks = (*self.server.build.manifest.lacks, *known)
        return cells(scenarios, self.bed(client), lacks, patterns, self._carry_out)

    def _carry_out(self, walk: Walk) -> Walked:
        return walked(walk, self.folder / "walks", self.materials)

    def server_provenance(self) -> ServerProvenance:
        """What the server says of itself."""
        facts = self.server.facts
        return ServerProvenance(
            name=self.server.build.name,
            image=self.image,
            version=facts.version,
            tls_library=facts.tls_library,
            protocols=tuple(version.value for version in facts.versions),
            reload=facts.reload_statement,
        )

    def client_provenance(self) -> tuple[ClientProvenance, ...]:
        """What the clients' probes say of themselves."""
        return tuple(_client_provenance(client) for client in self.clients.values())


@contextlib.contextmanager
def opened_lane(
    build: ServerBuild,
    clients: Sequence[ClientBuild],
    *,
    place: Place,
    owner: Owner,
    folder: Path,
    materials: Materials,
    lifetime: Lifetime,
    say: Callable[[str], None],
    emit: Callable[[CellResult], None],
) -> Iterator[OpenedLane]:
    """A lane of ``build`` in ``place``: its server serves the good one-way situation, every probe has said hello.

    ``folder`` takes keys, stores and scratch, and is the caller's to remove. Raises BuildUnavailable, ServerStartError,
    EngineError, ProbeFault, and CutShort when ``lifetime`` ends under it.
    """
    with contextlib.ExitStack() as opened:
        begun = time.monotonic()
        image = place.make(build, say)
        lifetime.check()
        say("starting")
        imaged = time.monotonic()
        # A probe starts as slowly as a server: let them do it side by side. Left last, when probes that still greet
        # have been closed, and so keep nobody waiting.
        pool = opened.enter_context(ThreadPoolExecutor(max(1, len(clients))))
        probed = {}
        for client_build in clients:
            scratch = folder / build.name / client_build.name
            scratch.mkdir(parents=True)
            probe = Probe(client_build, scratch)
            opened.enter_context(lifetime.closing(probe.close))
            probed[client_build.name] = Client(probe)
        greetings = [pool.submit(_greet, client) for client in probed.values()]
        process = place.start(image, owner)
        opened.enter_context(lifetime.closing(process.close))
        server = opened.enter_context(RunningServer(build, process, one_way_server(materials)))
        for greeting in greetings:
            greeting.result()
        rotating = Rotating(server, folder / build.name / "rotations", lifetime)
        opened.enter_context(lifetime.closing(rotating.close))
        yield OpenedLane(
            server=server,
            clients=probed,
            rotating=rotating,
            lane=Lane(server, probed, folder / build.name / "stores", emit, rotating.result),
            materials=materials,
            folder=folder,
            image=place.identity(image),
            opening_s={"images": imaged - begun, "start": time.monotonic() - imaged},
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
        legacy_versions=tuple(TlsVersion.parse(name) for name in client.facts.legacy_versions),
    )


def _client_provenance(client: Client) -> ClientProvenance:
    hello = client.facts
    return ClientProvenance(
        name=client.name,
        driver=hello.driver,
        runtime=hello.runtime,
        tls_library=hello.tls_library,
        properties=hello.properties,
    )
