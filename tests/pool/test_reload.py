"""A reload: who moves, what is refused, and that work in hand is never touched."""

import os
import threading

import pytest

from harness.model.history import Failed, Kind, Served, Why
from harness.model.outcome import Hung
from harness.pki import Leaf
from harness.pki.reading import fingerprint
from harness.pool.client import ReferenceClient, Reloaded
from harness.waiting import wait_for
from tests.pool.conftest import Installation, Opens
from tests.pool.fakes import REFUSED, Asked, FakeConnector, FakeRecorder

POOLS = ("configdb-read", "configdb-write", "context-1")
NOBODY = Reloaded(told=(), refused="")


def fill(client: ReferenceClient) -> None:
    for pool in client.pools:
        assert isinstance(client.check_out(pool), Served)


def material(installation: Installation, leaf: Leaf) -> str:
    return fingerprint([installation.servers.certificate], leaf)


def test_stores_changed_in_place_move_every_pool_the_configdbs_first(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    fill(client)
    new = installation.leaf("client 1")
    installation.publish(new)
    assert client.reload() == Reloaded(told=POOLS, refused="")
    assert [(gone.pool, gone.why) for gone in recorder.gone] == [(pool, Why.RELOAD) for pool in POOLS]
    assert server.open_ids == set()
    for pool in POOLS:
        served = client.check_out(pool)
        assert isinstance(served, Served)
        assert served.material == material(installation, new)


def test_new_stores_at_a_new_url_move_every_pool(installation: Installation, opens: Opens) -> None:
    client = opens()
    new = installation.leaf("client 1")
    installation.publish(new)
    current = installation.store.current
    assert current is not None
    installation.jdbc |= {
        "clientCertificateKeyStoreUrl": f"file:{current.cert_pem}",
        "clientCertificateKeyUrl": f"file:{current.key_pem}",
    }
    installation.write()
    assert client.reload().told == POOLS
    served = client.check_out("context-1")
    assert isinstance(served, Served)
    assert served.material == material(installation, new)


def test_the_same_bytes_move_nobody(installation: Installation, recorder: FakeRecorder, opens: Opens) -> None:
    client = opens()
    fill(client)
    certificate = installation.store.stable.cert_pem
    assert certificate is not None
    certificate.write_bytes(certificate.read_bytes())
    assert client.reload() == NOBODY
    assert recorder.gone == []
    assert recorder.of(Kind.TRY) == []


def test_same_size_and_time_with_other_bytes_move_every_pool(installation: Installation, opens: Opens) -> None:
    client = opens()
    certificate = installation.store.stable.ca_pem
    assert certificate is not None
    before = certificate.stat()
    text = certificate.read_bytes()
    # A line end inside base64 may stand elsewhere: other bytes, same size, same certificate.
    lines = text.split(b"\n")
    lines[1], lines[2] = lines[1] + lines[2][:1], lines[2][1:]
    certificate.write_bytes(b"\n".join(lines))
    os.utime(certificate, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert certificate.stat().st_size == before.st_size
    assert client.reload().told == POOLS


@pytest.mark.parametrize(
    ("value", "told"), [("connectTimeout=1", POOLS[:2]), ("user=other", POOLS[:2]), ("connectTimeout=15000", ())]
)
def test_a_property_of_the_configdbs_own_moves_its_pools_alone(
    value: str, told: tuple[str, ...], installation: Installation, recorder: FakeRecorder, opens: Opens
) -> None:
    installation.configdb["readProperty.3"] = "connectTimeout=15000"
    installation.write()
    client = opens()
    fill(client)
    installation.configdb["readProperty.3"] = value
    installation.write()
    assert client.reload() == Reloaded(told=told, refused="")
    assert [gone.pool for gone in recorder.gone] == list(told)


def test_a_jdbc_property_moves_every_pool_and_is_tried_once(
    installation: Installation, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    installation.jdbc["socketTimeout"] = 1
    installation.write()
    assert client.reload().told == POOLS
    assert len(recorder.of(Kind.TRY)) == 1


def test_values_are_compared_and_not_how_they_are_written(installation: Installation, opens: Opens) -> None:
    client = opens()
    installation.jdbc["useSSL"] = "true"
    installation.jdbc["connectTimeout"] = 15000
    installation.write()
    assert client.reload() == NOBODY


def test_limits_alone_move_nobody_and_hold_from_then_on(
    installation: Installation, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    fill(client)
    installation.configdb["maxIdle"] = "0"
    installation.write()
    assert client.reload() == NOBODY
    assert recorder.gone == []
    client.check_out("context-1")
    assert [gone.why for gone in recorder.gone] == [Why.EXCESS]


def test_an_address_alone_moves_nobody(installation: Installation, server: FakeConnector, opens: Opens) -> None:
    client = opens()
    installation.configdb["writeUrl"] = "jdbc:mysql://127.0.0.1:3308/configdb"
    installation.write()
    assert client.reload() == NOBODY
    client.check_out("configdb-write")
    assert server.connects[-1].endpoint.port == 3307
    installation.publish(installation.leaf("client 1"))
    client.reload()
    client.check_out("configdb-write")
    assert server.connects[-1].endpoint.port == 3308


def test_a_configuration_that_does_not_connect_is_refused_and_the_old_one_kept(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    fill(client)
    installation.jdbc["verifyServerCertificate"] = False
    installation.write()
    server.answer = lambda _: REFUSED
    reloaded = client.reload()
    assert reloaded.told == ()
    assert "denied" in reloaded.refused
    assert [isinstance(result, Failed) for result in recorder.of(Kind.TRY)] == [True]
    server.answer = lambda _: None
    assert recorder.gone == []
    client.connect()
    assert server.connects[-1].tls.ca is not None
    # It is new again at the next reload, and not taken for what is in force.
    assert client.reload().told == POOLS


def test_a_try_that_hangs_is_refused_too(installation: Installation, server: FakeConnector, opens: Opens) -> None:
    client = opens()
    installation.publish(installation.leaf("client 1"))
    server.answer = lambda _: Hung(deadline_s=5)
    assert "no answer within 5 s" in client.reload().refused


@pytest.mark.parametrize("text", ["com.mysql.jdbc: {useSSL: true\n", "", "com.mysql.other: {}\n", "com.mysql.jdbc:\n"])
def test_a_broken_yaml_is_refused_and_never_a_downgrade(
    text: str, installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    fill(client)
    installation.files.yaml.write_text(text)
    reloaded = client.reload()
    assert reloaded.told == ()
    assert str(installation.files.yaml) in reloaded.refused
    assert recorder.gone == []
    fill(client)
    client.connect()
    assert all(asked.tls.certificate for asked in server.connects)


def test_a_store_that_cannot_be_used_at_a_reload_is_a_try_that_failed(
    installation: Installation, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    certificate = installation.store.stable.cert_pem
    assert certificate is not None
    certificate.write_bytes(b"")
    reloaded = client.reload()
    assert "the store is empty" in reloaded.refused
    assert [isinstance(result, Failed) for result in recorder.of(Kind.TRY)] == [True]
    certificate.unlink()
    assert "cannot be read" in client.reload().refused


def test_work_in_hand_ends_well_and_its_connection_is_closed_on_return(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    client.check_out("context-1")
    old_asked = server.sessions[1].asked
    held: list[Served | Failed] = []
    work = threading.Thread(target=lambda: held.append(client.hold("context-1", hold_s=0.5)))
    work.start()
    assert wait_for(lambda: True if server.sessions[1].asked > old_asked else None, deadline_s=10)
    installation.publish(installation.leaf("client 1"))
    assert client.reload().told == POOLS
    assert not server.sessions[1].closed
    work.join()
    assert isinstance(held[0], Served)
    assert [(gone.connection_id, gone.why) for gone in recorder.gone] == [(1, Why.RELOAD)]


def test_a_connection_that_was_being_made_during_the_reload_is_not_lent(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    old = installation.leaf("client 1")
    installation.publish(old)
    client.reload()
    connecting, reloaded = threading.Event(), threading.Event()

    def held_up(asked: Asked) -> None:
        if asked.file(asked.tls.certificate) == old.chain_pem:
            connecting.set()
            assert reloaded.wait(10)

    server.answer = held_up
    result: list[Served | Failed] = []
    borrower = threading.Thread(target=lambda: result.append(client.check_out("context-1")))
    borrower.start()
    assert connecting.wait(10)
    new = installation.leaf("client 2")
    installation.publish(new)
    assert client.reload().told == POOLS
    reloaded.set()
    borrower.join()
    served = result[0]
    assert isinstance(served, Served)
    assert served.material == material(installation, new)
    assert [(gone.material, gone.why) for gone in recorder.gone] == [(material(installation, old), Why.RELOAD)]
