"""A server and clients that do what a test scripts, and tell in what order they were asked."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.case.rotation import Rotation
from harness.clients.build import ClientBuild
from harness.clients.protocol import PROTOCOL, Hello
from harness.clients.table import ErrorTable
from harness.containers.images import Images
from harness.containers.source import Base
from harness.errors import ProbeFault, ProbeUnavailable, ReloadRefused, ServerStartError
from harness.kinds.bench import Bench, Rotate
from harness.kinds.ends import ClientEnd
from harness.knowledge.reader import Knowledge
from harness.knowledge.rows import Known
from harness.lifetime import Lifetime
from harness.model.account import Credentials, Endpoint, Require
from harness.model.evidence import Seen, ServerEvidence
from harness.model.fault import Fault
from harness.model.outcome import Accepted, Cause, Outcome, RawError, Refused, Side
from harness.model.rotated import Rotated
from harness.model.startup import ServerConfiguration, Start, StartOutcome
from harness.model.tls import Can, ClientTls, ServerTls, TlsVersion, Verify
from harness.owner import Owner
from harness.pki import Materials
from harness.runner.lane import Lane
from harness.runner.opened import OpenedLane
from harness.runner.results import CellResult
from harness.servers.build import Folder, ServerBuild, ServerManifest
from harness.servers.facts import ServerFacts
from harness.servers.place import Place
from harness.servers.process import ServerProcess
from harness.servers.server import Applied
from harness.servers.shell import Shell
from harness.servers.witness import Mark
from tests.case.beds import materials as cached_materials

FACTS = ServerFacts(
    vendor="mysql", version="9.7.4", tls_library="OpenSSL 3.6.5", versions=tuple(TlsVersion), reload_statement="RELOAD"
)
CHAIN = (RawError(kind="Fake", message="no"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a client is asked, and what the server serves while it is. ``number`` counts all attempts from 1."""

    number: int
    client: str
    host: str
    user: str
    tls: ClientTls
    served: ServerTls


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How an attempt ends otherwise than accepted, at both ends."""

    outcome: Outcome
    seen: Seen
    log: tuple[str, ...] = ("a line",)


def refused(by: Side, cause: Cause, seen: Seen = Seen.HANDSHAKE_FAILED, log: tuple[str, ...] = ("a line",)) -> Answer:
    return Answer(outcome=Refused(by=by, causes=frozenset({cause}), chain=CHAIN), seen=seen, log=log)


@dataclass(kw_only=True)
class World:
    """The script. ``names`` are what ``events`` call the things that a server is told; ``answer`` may raise.

    ``unheard`` is what broke probes between two attempts, by client, until it is told.
    """

    names: Mapping[ServerTls, str] = field(default_factory=dict)
    answer: Callable[[Attempt], Answer | None] = lambda attempt: None
    will_not_start: Callable[[str], bool] = lambda name: False
    will_not_reload: Callable[[str], bool] = lambda name: False
    starts: Callable[[ServerConfiguration], StartOutcome] = lambda told: StartOutcome(start=Start.SERVES)
    events: list[str] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    log_waited_for: list[bool] = field(default_factory=list)
    live: ServerTls | None = None
    evidence: ServerEvidence | None = None
    unheard: dict[str, ProbeFault] = field(default_factory=dict)

    def name_of(self, tls: ServerTls) -> str:
        return self.names.get(tls, "something")


class FakeWitness:
    """Says what the script says of the latest attempt."""

    def __init__(self, world: World) -> None:
        self._world = world

    def mark(self) -> Mark:
        return Mark(0, {}, len(self._world.attempts))

    def testimony(
        self, mark: Mark, *, refused: bool, logged: bool = True, claimed: int | None = None
    ) -> ServerEvidence:
        evidence = self._world.evidence
        assert evidence is not None
        assert len(self._world.attempts) == mark.newest_connection + 1
        self._world.log_waited_for.append(refused and logged)
        return evidence


def server_build(name: str = "server", *, starts_slowly: bool = False) -> ServerBuild:
    manifest = ServerManifest(
        summary="fake",
        base=Base(image="i", suite="s"),
        starts_slowly=starts_slowly,
    )
    return ServerBuild(name=name, source=Folder(Path("/nowhere")), manifest=manifest)


class FakeServer:
    """Serves whatever it is told, unless the script says otherwise."""

    def __init__(self, world: World, build: ServerBuild) -> None:
        self._world = world
        self.build = build
        self.endpoint = Endpoint("127.0.0.1", 4321)

    @property
    def facts(self) -> ServerFacts:
        return FACTS

    @property
    def live(self) -> ServerTls | None:
        return self._world.live

    @property
    def witness(self) -> FakeWitness:
        return FakeWitness(self._world)

    def apply(self, tls: ServerTls) -> Applied:
        if tls == self.live:
            return Applied.UNCHANGED
        return self._start(tls, Applied.FRESH)

    def change(self, tls: ServerTls) -> Applied:
        name = self._world.name_of(tls)
        if self._world.will_not_reload(name):
            self._world.events.append(f"reload {name}: refused")
            raise ReloadRefused(code=3888, message="Invalid certificates", statement="RELOAD")
        return self._start(tls, Applied.RELOADED)

    def try_start(self, configuration: ServerConfiguration) -> StartOutcome:
        self._world.live = None
        self._world.events.append(f"tried {' and '.join(configuration.options[3:]) or 'good and good'}")
        return self._world.starts(configuration)

    def account(self, require: Require) -> Credentials:
        return Credentials(f"c_{require.demand.value.lower()}", "secret")

    def _start(self, tls: ServerTls, how: Applied) -> Applied:
        name = self._world.name_of(tls)
        if self._world.will_not_start(name):
            self._world.live = None
            self._world.events.append(f"{how.value} {name}: ended")
            raise ServerStartError("server `server` ended", remedy="see its log", detail=("one", "[ERROR] two"))
        self._world.live = tls
        self._world.events.append(f"{how.value} {name}")
        return how


def client_build(name: str = "client", *, known: tuple[Known, ...] = ()) -> ClientBuild:
    return ClientBuild(
        name=name,
        summary="fake",
        folder=Path("/nowhere"),
        command=("fake",),
        environment={},
        table=ErrorTable(errors=(), timeouts=()),
        known=known,
    )


class FakeClient:
    """Is accepted, in whatever way it and the server are told to, unless the script says otherwise."""

    def __init__(
        self,
        world: World,
        name: str = "client",
        *,
        known: tuple[Known, ...] = (),
        can: frozenset[Can] = frozenset(),
    ) -> None:
        self._world = world
        self._can = can
        self.build = client_build(name, known=known)

    @property
    def name(self) -> str:
        return self.build.name

    @property
    def facts(self) -> Hello:
        return Hello(
            protocol=PROTOCOL,
            name=self.name,
            driver="fake",
            runtime="fake",
            tls_library="fake",
            versions=("TLSv1.2", "TLSv1.3"),
            can=self._can,
            concurrency=1,
        )

    def attempt(
        self,
        endpoint: Endpoint,
        account: Credentials,
        tls: ClientTls,
        *,
        deadline_s: float,
        server_names_version: bool = True,
    ) -> Outcome:
        world = self._world
        assert world.live is not None
        assert endpoint.port == 4321
        number = len(world.attempts) + 1
        attempt = Attempt(
            number=number, client=self.name, host=endpoint.host, user=account.user, tls=tls, served=world.live
        )
        world.attempts.append(attempt)
        world.events.append(f"{self.name} {tls.verify.value} at {world.name_of(world.live)}")
        world.evidence = ServerEvidence(seen=Seen.HANDSHAKE_FAILED, connection_ids=(number,), log=("a line",))
        answer = world.answer(attempt)
        if answer is None:
            encrypted = world.live.enabled and tls.verify is not Verify.DISABLED
            world.evidence = ServerEvidence(seen=Seen.LOGGED_IN, connection_ids=(number,))
            return Accepted(
                version=TlsVersion.TLS_1_3 if encrypted else None,
                cipher="TLS_AES_128_GCM_SHA256" if encrypted else None,
                account=f"{account.user}@%",
                connection_id=number,
                server_serial=world.live.serial if encrypted else None,
            )
        ids = () if answer.seen is Seen.NOTHING else (number,)
        world.evidence = ServerEvidence(seen=answer.seen, connection_ids=ids, log=answer.log)
        return answer.outcome

    def unheard(self) -> ProbeFault | None:
        return self._world.unheard.pop(self.name, None)


def no_rotation(rotation: Rotation, client: ClientEnd) -> Rotated:
    raise AssertionError(f"{rotation} is not expected with {client.name}")


def no_fault(fault: Fault) -> None:
    raise AssertionError(f"{fault} is not expected")


def fake_bench(
    world: World,
    stores: Path,
    *clients: FakeClient,
    build: ServerBuild | None = None,
    knowledge: Knowledge | None = None,
    materials: Materials | None = None,
    rotate: Rotate = no_rotation,
    tell: Callable[[Fault], None] = no_fault,
) -> Bench:
    """A bench on a fake server."""
    return Bench(
        FakeServer(world, build or server_build()),
        {client.name: client for client in clients},
        {client.name: client.facts for client in clients},
        knowledge or Knowledge(),
        stores=stores,
        materials=materials or cached_materials(),
        rotate=rotate,
        tell=tell,
    )


class NoPlace:
    """A place in which nothing is ever made: for lanes that ``FakeLanes`` open."""

    images: Images | None = None
    description = "nowhere"

    def takes(self, build: ServerBuild) -> str | None:
        return None

    def made(self, build: ServerBuild) -> str | None:
        return None

    def make(self, build: ServerBuild, on_progress: Callable[[str], None]) -> str:
        raise NotImplementedError

    def identity(self, made: str) -> str:
        raise NotImplementedError

    def start(self, made: str, owner: Owner, *, port: int | None = None) -> ServerProcess:
        raise NotImplementedError

    def shell(self, made: str, owner: Owner, *, server: str) -> Shell | None:
        raise NotImplementedError

    def close(self) -> None:
        """There is nothing to let go of."""


class FakeLanes:
    """Opens lanes on fake servers with fake clients: a world for each server.

    ``broken`` are errors with which a server is met instead, ``lost`` clients whose probe does not start; ``close`` is
    called when a server is closed. ``opened`` and ``closed`` say which servers were, in order.
    """

    def __init__(self, worlds: Mapping[str, World] | None = None) -> None:
        self.worlds = dict(worlds or {})
        self.broken: dict[str, Exception] = {}
        self.lost: dict[str, ProbeUnavailable] = {}
        self.close: Callable[[str], None] = lambda server: None
        self.opened: list[str] = []
        self.closed: list[str] = []
        self._guard = threading.Lock()

    @contextlib.contextmanager
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
    ) -> Iterator[OpenedLane[FakeServer]]:
        if build.name in self.broken:
            raise self.broken[build.name]
        with self._guard:
            world = self.worlds.setdefault(build.name, World())
            self.opened.append(build.name)
        ready = [FakeClient(world, one.name) for one in clients if one.name not in self.lost]
        stores = folder / build.name / "stores"
        bench = fake_bench(world, stores, *ready, build=build, knowledge=knowledge, materials=materials, tell=tell)
        on_progress("starting")
        with lifetime.closing(lambda: self._closed(build.name)):
            yield OpenedLane(
                server=FakeServer(world, build),
                clients=bench.clients,
                hellos={one.name: one.facts for one in ready},
                lost={name: fault for name, fault in self.lost.items() if name in {one.name for one in clients}},
                lane=Lane(bench, emit),
                materials=materials,
                knowledge=knowledge,
                folder=folder,
                image=f"image of {build.name}",
                opening_s={"images": 0.0, "start": 0.0},
            )

    def _closed(self, server: str) -> None:
        self.closed.append(server)
        self.close(server)
