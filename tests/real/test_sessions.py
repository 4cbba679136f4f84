"""Sessions that drivers hold on real servers: one connection until it is closed, and none instead when it breaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.clients.process import Probe
from harness.clients.sessions import ProbeConnector, ProbeSession
from harness.model.account import Require
from harness.model.outcome import Cause, Refused
from harness.model.tls import Can, ClientTls, Verify
from harness.pki import Store, StoreContents
from harness.servers.server import RunningServer
from harness.waiting import wait_for
from tests.real.conftest import CLIENTS
from tests.real.servers import TIMEOUT_S, Certificates, session

HOLDING = ("pymysql", "mysql-connector-pure", "mysql-connector-c")


@pytest.fixture(scope="module", params=HOLDING)
def probe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    with Probe(CLIENTS[request.param], tmp_path_factory.mktemp(request.param)) as probe:
        assert Can.HOLD_SESSIONS in probe.hello.can
        yield probe


@pytest.fixture
def held(probe: Probe, server: RunningServer, certificates: Certificates, tmp_path: Path) -> Iterator[ProbeSession]:
    trusted = Store(tmp_path / "store").publish(StoreContents(trust=(certificates.authority,)))
    opened = ProbeConnector(probe).open(
        server.endpoint,
        server.account(Require()),
        ClientTls(verify=Verify.CA, ca=trusted.ca_pem),
        deadline_s=TIMEOUT_S,
    )
    assert isinstance(opened, ProbeSession)
    yield opened
    opened.close()


def _open_connections(server: RunningServer) -> set[int]:
    """Those of the account that the sessions have too."""
    with session(server.endpoint, server.account(Require())) as watching, watching.cursor() as cursor:
        cursor.execute("SHOW PROCESSLIST")
        return {row[0] for row in cursor.fetchall()}


def _ends(server: RunningServer, connection_id: int) -> bool | None:
    return wait_for(lambda: connection_id not in _open_connections(server) or None, deadline_s=TIMEOUT_S)


def test_a_session_is_one_connection_until_it_is_closed(
    held: ProbeSession, server: RunningServer, certificates: Certificates
) -> None:
    identity = held.identity
    assert identity.account == server.account(Require()).user
    assert identity.server_serial in {certificates.leaf.serial, None}
    assert identity.cipher
    assert [held.ask(deadline_s=TIMEOUT_S) for _ in range(2)] == [identity] * 2
    assert identity.connection_id in _open_connections(server)
    held.close()
    assert _ends(server, identity.connection_id)


def test_a_session_whose_connection_is_killed_is_lost_and_not_replaced(
    held: ProbeSession, server: RunningServer
) -> None:
    number = held.identity.connection_id
    with session(server.endpoint, server.account(Require())) as killing, killing.cursor() as cursor:
        cursor.execute(f"KILL {number}")
    assert _ends(server, number)
    newest = server.witness.newest_connection()
    for _ in range(3):
        refused = held.ask(deadline_s=TIMEOUT_S)
        assert isinstance(refused, Refused)
        assert refused.causes == {Cause.CONNECTION_LOST}
    held.close()
    assert server.witness.newest_connection() == newest
