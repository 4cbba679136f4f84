"""The reference client over a real driver and server, with the files that a rotation writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.case.rotation import Rotation
from harness.case.testbed import SERVER_SPEC
from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.process import Probe
from harness.clients.sessions import ProbeConnector
from harness.model.account import Credentials
from harness.model.history import Failed, Kind, Served, Why
from harness.model.rotation import How, What
from harness.model.tls import ServerTls
from harness.owner import Owner
from harness.pki import Authority, Leaf, LeafSpec, StoreContents, StoreKind
from harness.pool.client import ConfigurationFiles, ReferenceClient, Reloaded, by_leaf
from harness.rotation.course import require
from harness.rotation.installation import Installation
from harness.servers.place import Place
from harness.servers.server import RunningServer
from harness.servers.starting import started
from harness.waiting import wait_for
from tests.pool.fakes import FakeRecorder
from tests.real.fleet import DEFAULT_BUILDS

POOLS = ("configdb-read", "configdb-write", "context-1", "context-2")


class Parties:
    """Both ends' certificates, and a server that knows the accounts of two leaves."""

    def __init__(self) -> None:
        self.clients, self.servers = Authority.create("clients"), Authority.create("servers")
        self.old, self.new = (self.clients.issue(LeafSpec.client(name)) for name in ("client 0", "client 1"))
        leaf = self.servers.issue(SERVER_SPEC)
        self.told = ServerTls(
            certificate=leaf.chain_pem,
            key=leaf.oldest_key_pem(),
            authorities=self.clients.pem + self.servers.pem,
            serial=leaf.serial,
        )

    def contents(self, leaf: Leaf, kind: StoreKind) -> StoreContents:
        return StoreContents(trust=(self.servers,), leaf=leaf, kinds=frozenset({kind}))


@pytest.fixture(scope="module")
def ends() -> Parties:
    return Parties()


@pytest.fixture(scope="module")
def running(one_server: str, place: Place, owner: Owner, ends: Parties) -> Iterator[RunningServer]:
    with started(DEFAULT_BUILDS[one_server], ends.told, place=place, owner=owner) as server:
        yield server


@pytest.fixture(scope="module")
def connector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProbeConnector]:
    with Probe(discover_clients([BUILTIN_CLIENTS])["pymysql"], tmp_path_factory.mktemp("probe")) as probe:
        yield ProbeConnector(probe)


@pytest.mark.parametrize("kind", StoreKind)
@pytest.mark.parametrize("how", [How.IN_PLACE, How.NEW_URL])
def test_after_a_reload_the_server_has_no_session_of_the_old_leaf(
    kind: StoreKind, how: How, running: RunningServer, connector: ProbeConnector, ends: Parties, tmp_path: Path
) -> None:
    old, new = (running.account(require(leaf)) for leaf in (ends.old, ends.new))
    installation = Installation(
        tmp_path / "etc", running.endpoint, Rotation(what=What.LEAF, how=how, stores=kind), account=old
    )
    installation.install(ends.contents(ends.old, kind))
    recorder = FakeRecorder()
    with (
        ReferenceClient(
            ConfigurationFiles(yaml=installation.yaml, configdb=installation.configdb),
            contexts=installation.contexts,
            connector=connector,
            recorder=recorder,
            scratch=tmp_path / "scratch",
            deadline_s=10,
            log_in=by_leaf(old.password),
        ) as client,
        running.observer() as observer,
    ):
        for pool in POOLS:
            _served(client.check_out(pool), old)
        assert observer.sessions().get(old.user) == len(POOLS)
        installation.publish(ends.contents(ends.new, kind))
        assert client.reload() == Reloaded(told=POOLS, refused="")
        assert wait_for(lambda: None if old.user in observer.sessions() else True, deadline_s=5)
        assert [gone.why for gone in recorder.gone] == [Why.RELOAD] * len(POOLS)
        for pool in POOLS:
            _served(client.check_out(pool), new)
        _served(client.hold("context-1", hold_s=0.3), new)
        _served(client.connect(), new)
        # The connect's own ends a moment after it has been closed.
        assert wait_for(lambda: True if observer.sessions()[new.user] == len(POOLS) else None, deadline_s=5)
    assert len(recorder.of(Kind.TRY)) == 1


def _served(result: Served | Failed, account: Credentials) -> None:
    assert isinstance(result, Served), result
    assert result.account == account.user
