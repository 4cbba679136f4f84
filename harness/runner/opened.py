"""A lane, opened: a build's server and the clients' probes started side by side, and all of it closed at the end."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from harness.case.scenario import Scenario
from harness.case.testbed import ClientView, ServerView, Testbed
from harness.clients.build import ClientBuild
from harness.clients.client import Client, product_of
from harness.clients.process import Probe
from harness.clients.protocol import Hello
from harness.errors import ProbeFault
from harness.kinds.bench import Bench
from harness.kinds.ends import ClientEnd, ServerEnd
from harness.kinds.kind import Cell
from harness.kinds.material import one_way_server
from harness.kinds.rotation.stages import Stages
from harness.kinds.rotation.under_load import Rotating
from harness.knowledge.product import Product
from harness.knowledge.reader import Knowledge
from harness.knowledge.rows import Lack
from harness.lifetime import Lifetime
from harness.model.fault import Fault
from harness.model.script import Script, ScriptResult
from harness.model.tls import Can, TlsVersion
from harness.owner import Owner
from harness.pki import Materials
from harness.runner.lane import Lane
from harness.runner.plan import cells
from harness.runner.results import CellResult, ClientProvenance, ServerProvenance
from harness.runner.scripts import run_script
from harness.servers.build import ServerBuild
from harness.servers.place import Place
from harness.servers.process import ServerProcess
from harness.servers.server import RunningServer
from harness.servers.shell import Shell
from harness.wire.forwarder import Forwarder

NO_CLIENT = ClientView(name="no client", versions=(), can=frozenset())


S_co = TypeVar("S_co", bound=ServerEnd, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLane(Generic[S_co]):
    """A running server, the clients whose probes run, and the lane that carries cells out on them.

    ``hellos`` are what clients said of themselves when they were opened, by name; ``lost`` those whose probe did not
    start. ``knowledge`` is what is known of products, with what stands beside the build. ``shell`` runs a document's
    commands where this machine lacks their programs. ``opening_s`` is where the time of opening it went: ``images`` and
    ``start``, in seconds.
    """

    server: S_co
    clients: Mapping[str, ClientEnd]
    hellos: Mapping[str, Hello]
    lost: Mapping[str, ProbeFault]
    lane: Lane
    materials: Materials
    knowledge: Knowledge
    folder: Path
    image: str
    opening_s: Mapping[str, float]
    shell: Shell | None = None

    def bed(self, client: str | None) -> Testbed:
        """The testbed for the client of that name, None: for none. Raises ProbeFault for one that is lost."""
        if client is not None and client in self.lost:
            raise self.lost[client].with_traceback(None)
        view = NO_CLIENT if client is None else client_view(client, self.hellos[client])
        return Testbed(server=server_view(self.server, self.knowledge), client=view)

    def plan(self, scenarios: Iterable[Scenario], client: str | None, patterns: Sequence[str] = ()) -> list[Cell]:
        """The cells of ``scenarios`` for one client; None: those in which none takes part.

        Carries out the scripts that they come after. Raises ProbeFault for a client that is lost, UsageError for a
        scenario that fails to make its case.
        """
        bed = self.bed(client)
        product = self.server.facts.product
        lacks = (
            self.knowledge.lacks(product, None)
            if client is None
            else lacks_between(product, self.clients[client].build, self.hellos[client], self.knowledge)
        )
        return cells(scenarios, bed, client, lacks, patterns, self._carry_out)

    def _carry_out(self, script: Script) -> ScriptResult:
        return run_script(script, self.folder / "scripts", self.materials, beside=self.shell)

    def server_provenance(self) -> ServerProvenance:
        """What the server says of itself."""
        facts = self.server.facts
        return ServerProvenance(
            name=self.server.build.name,
            product=str(facts.product),
            image=self.image,
            version=facts.version,
            tls_library=facts.tls_library,
            protocols=tuple(version.value for version in facts.versions),
            reload=facts.reload_statement,
        )

    def client_provenance(self) -> tuple[ClientProvenance, ...]:
        """What the clients' probes say of themselves."""
        return tuple(_client_provenance(self.clients[name], hello) for name, hello in self.hellos.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningLane(OpenedLane[RunningServer]):
    """One on a real server, which can also rotate under load by itself."""

    rotating: Rotating


L_co = TypeVar("L_co", bound=OpenedLane[ServerEnd], covariant=True)


class OpensLane(Protocol[L_co]):
    """How a session has its lanes opened: ``opened_lane``."""

    def __call__(
        self,
        build: ServerBuild,
        clients: Sequence[ClientBuild],
        *,
        place: Place,
        owner: Owner,
        folder: Path,
        materials: Materials,
        knowledge: Knowledge,
        lifetime: Lifetime,
        on_progress: Callable[[str], None],
        emit: Callable[[CellResult], None],
        tell: Callable[[Fault], None],
    ) -> contextlib.AbstractContextManager[L_co]: ...


@contextlib.contextmanager
def opened_lane(
    build: ServerBuild,
    clients: Sequence[ClientBuild],
    *,
    place: Place,
    owner: Owner,
    folder: Path,
    materials: Materials,
    knowledge: Knowledge,
    lifetime: Lifetime,
    on_progress: Callable[[str], None],
    emit: Callable[[CellResult], None],
    tell: Callable[[Fault], None],
) -> Iterator[RunningLane]:
    """A lane of ``build`` in ``place``: its server serves the good one-way situation, every probe has said hello.

    A client whose probe says none is among the ``lost``. ``folder`` takes keys, stores and scratch, and is the caller's
    to remove. Raises BuildUnavailable, ServerStartError, EngineError, and CutShort when ``lifetime`` ends under it.
    """
    with contextlib.ExitStack() as opened:
        begun = time.monotonic()
        image = place.make(build, on_progress)
        lifetime.check()
        on_progress("starting")
        imaged = time.monotonic()
        # A probe starts as slowly as a server: let them do it side by side. Left last, when probes that still greet
        # have been closed, and so keep nobody waiting.
        pool = opened.enter_context(ThreadPoolExecutor(max(1, len(clients))))
        probed = {}
        for client_build in clients:
            scratch = folder / build.name / client_build.folder_name
            scratch.mkdir(parents=True)
            probe = Probe(client_build, scratch)
            opened.enter_context(lifetime.closing(probe.close))
            probed[client_build.name] = Client(probe)
        greetings = {name: pool.submit(_greet, client) for name, client in probed.items()}

        def started() -> tuple[ServerProcess, RunningServer]:
            process = place.start(image, owner)
            opened.enter_context(lifetime.closing(process.close))
            return process, opened.enter_context(RunningServer(build, process, one_way_server(materials)))

        def rotating_on(server: RunningServer, name: str) -> Rotating:
            made = Rotating(server, folder / build.name / name, lifetime)
            opened.enter_context(lifetime.closing(made.close))
            return made

        process, server = started()
        greeted = {name: greeting.result() for name, greeting in greetings.items()}
        hellos = {name: hello for name, hello in greeted.items() if isinstance(hello, Hello)}
        ready = {name: probed[name] for name in hellos}
        wire = Forwarder(server.endpoint)
        opened.enter_context(lifetime.closing(wire.close))
        rotating = rotating_on(server, "rotations")
        known = knowledge_of(build, knowledge)

        def another(number: int) -> Rotating:
            lifetime.check()
            _, its = started()
            return rotating_on(its, f"rotations-{number}")

        bench = Bench(
            server,
            ready,
            hellos,
            known,
            stores=folder / build.name / "stores",
            materials=materials,
            rotate=Stages(another).rotated,
            tell=tell,
            wire=wire,
        )
        yield RunningLane(
            server=server,
            clients=ready,
            hellos=hellos,
            lost={name: fault for name, fault in greeted.items() if isinstance(fault, ProbeFault)},
            rotating=rotating,
            lane=Lane(bench, emit),
            materials=materials,
            knowledge=known,
            folder=folder,
            image=place.identity(image),
            opening_s={"images": imaged - begun, "start": time.monotonic() - imaged},
            shell=place.shell(image, owner, server=process.facts["server"]),
        )


def _greet(client: Client) -> Hello | ProbeFault:
    """What the client's probe, started, says of itself; or why it does not."""
    try:
        return client.facts
    except ProbeFault as fault:
        return fault


def knowledge_of(build: ServerBuild, knowledge: Knowledge) -> Knowledge:
    """``knowledge`` of products, with what stands beside the build itself."""
    rows = build.manifest
    return knowledge.after(rows.known, rows.lacks, rows.behaviour)


def lacks_between(server: Product, client: ClientBuild, hello: Hello, knowledge: Knowledge) -> Sequence[Lack]:
    """What a server or a client lacks, with what stands beside the client itself."""
    return knowledge.after(lacks=client.lacks).lacks(server, product_of(client, hello))


def server_view(server: ServerEnd, knowledge: Knowledge) -> ServerView:
    """A server as scenarios see it."""
    return ServerView(
        name=server.build.name,
        vendor=server.facts.vendor,
        versions=server.facts.versions,
        reloads=server.facts.reload_statement is not None,
        behaviour=frozenset(row.does for row in knowledge.behaviour(server.facts.product)),
    )


def client_view(name: str, hello: Hello) -> ClientView:
    """A client as scenarios see it, by what its probe says of itself."""
    return ClientView(
        name=name,
        versions=tuple(TlsVersion.parse(version) for version in hello.versions),
        can=frozenset(Can(can) for can in hello.can),
        legacy_versions=tuple(TlsVersion.parse(version) for version in hello.legacy_versions),
    )


def _client_provenance(client: ClientEnd, hello: Hello) -> ClientProvenance:
    return ClientProvenance(
        name=client.name,
        product=str(product_of(client.build, hello)),
        driver=hello.driver,
        runtime=hello.runtime,
        tls_library=hello.tls_library,
        properties=hello.properties,
    )
