"""One running server a build, for all tests of this folder; each test gets it as its own, told the good situation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.client import Client
from harness.clients.image import prepare
from harness.clients.process import Probe
from harness.owner import Owner
from harness.servers.build import ServerBuild
from harness.servers.container import ContainerPlace
from harness.servers.place import Place
from harness.servers.server import RunningServer
from harness.servers.starting import quiet, started
from tests.real.command import Dbtls
from tests.real.fleet import Fleet
from tests.real.servers import Certificates, make_certificates

CLIENTS = {
    name: build for name, build in discover_clients([BUILTIN_CLIENTS]).items() if not (build.opt_in or build.reach)
}


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    return make_certificates()


@pytest.fixture(scope="session")
def running(build: ServerBuild, place: Place, owner: Owner, certificates: Certificates) -> Iterator[RunningServer]:
    """A server of the build, as the test before has left it."""
    with started(build, certificates.good, place=place, owner=owner) as server:
        yield server


@pytest.fixture
def server(running: RunningServer, certificates: Certificates) -> RunningServer:
    """A server of the build that serves ``certificates.good``."""
    running.apply(certificates.good)
    return running


@pytest.fixture(scope="session", params=list(CLIENTS))
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, place: ContainerPlace, owner: Owner
) -> Iterator[Client]:
    """Each shipped client in turn that is not meant by name only."""
    name: str = request.param
    # What a test gives a client lies in the test's own temporary folder, below this one.
    shared = tmp_path_factory.getbasetemp()
    build = prepare(CLIENTS[name], place.images, shared=shared, owner=owner, on_progress=quiet)
    with Probe(build, tmp_path_factory.mktemp(name)) as probe:
        yield Client(probe)


@pytest.fixture
def dbtls(tmp_path: Path) -> Dbtls:
    """The program, with a temporary folder of the test's own."""
    return Dbtls(tmp_path / "tmp")


@pytest.fixture(scope="session")
def one_server(fleet: Fleet) -> str:
    """The name of the quickest default build that is there, for tests to which one is as good as another."""
    preferred = sorted(fleet.reached, key=lambda name: ("mariadb" not in name, "wolfssl" in name, name))
    if not preferred:
        pytest.fail("no default build was reached", pytrace=False)
    return preferred[0]
