"""The reference client as its load uses it, over real files and a server that a test makes."""

import threading
from functools import partial
from typing import NoReturn

import pytest

from harness.errors import HarnessError, ProbeFault, UsageError
from harness.model.account import Demand, Require
from harness.model.history import Failed, Failure, Kind, Served, Why
from harness.model.outcome import Cause, RawError, Unclassified
from harness.pki import StoreKind
from harness.pki.reading import fingerprint
from harness.waiting import wait_for
from tests.pool.conftest import Installation, Opens
from tests.pool.fakes import REFUSED, FakeConnector, FakeRecorder

POOLS = ("configdb-read", "configdb-write", "context-1")


def test_a_connect_presents_the_leaf_and_logs_in_as_its_account(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    leaf = installation.leaf("client 1")
    installation.publish(leaf)
    client = opens()
    result = client.connect(intended_s=4.5)
    assert isinstance(result, Served)
    assert result.material == fingerprint([installation.servers.certificate], leaf)
    (asked,) = server.connects
    assert asked.account.user == Require(Demand.SUBJECT, leaf.subject_oneline).user
    assert asked.file(asked.tls.certificate) == leaf.chain_pem
    assert asked.file(asked.tls.ca) == installation.servers.pem
    assert str(asked.endpoint) == "127.0.0.1:3307"
    assert recorder.begun == [(Kind.CONNECT, "", result.material, 4.5)]
    assert recorder.ended == {1: (result, 1)}


def test_without_proof_the_configured_account_logs_in(server: FakeConnector, opens: Opens) -> None:
    client = opens(prove=False)
    for pool in client.pools:
        client.check_out(pool)
    assert {(asked.account.user, asked.account.password) for asked in server.connects} == {("openexchange", "secret")}


def test_a_driver_that_keeps_old_stores_is_known_by_what_it_presents(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    installation.kind = StoreKind.PKCS12
    old, new = installation.leaf("client 1"), installation.leaf("client 2")
    installation.publish(old)
    installation.name_stores()
    installation.write()
    server.presents = lambda _: old.serial
    client = opens(prove=False, key_stores=True)
    first = client.connect()
    installation.publish(new)
    assert client.reload().told == POOLS
    results = [client.connect(), client.check_out("context-1")]
    assert {type(result) for result in (first, *results)} == {Served}
    trusted = [installation.servers.certificate]
    assert recorder.begun[-1].material == fingerprint(trusted, new)
    for result in results:
        assert isinstance(result, Served)
        assert (result.material, result.client_serial) == (fingerprint(trusted, old), old.serial)


def test_what_a_driver_says_in_several_lines_is_quoted_in_one(server: FakeConnector, opens: Opens) -> None:
    chain = (RawError(kind="E", message="link failure\n\nThe last packet"), RawError(kind="F", message="why"))
    server.answer = lambda _: Unclassified(chain=chain)
    result = opens().connect()
    assert isinstance(result, Failed)
    assert result.said == "E: link failure The last packet; F: why"


def test_warming_up_is_not_recorded_and_ends_where_nothing_is_served(
    server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    client.warm_up(3)
    assert len(server.connects) == 3
    server.answer = lambda _: REFUSED
    client.warm_up(3)
    assert len(server.connects) == 4
    assert recorder.begun == []


def test_a_check_out_opens_once_and_then_uses_what_is_idle(recorder: FakeRecorder, opens: Opens) -> None:
    client = opens()
    assert client.pools == POOLS
    first, second = client.check_out("context-1"), client.check_out("context-1")
    assert isinstance(first, Served)
    assert first == second
    kinds = [(begun.kind, begun.pool) for begun in recorder.begun]
    assert kinds == [(Kind.CHECK_OUT, "context-1"), (Kind.OPEN, "context-1"), (Kind.CHECK_OUT, "context-1")]


def test_a_held_session_is_asked_again_and_again(recorder: FakeRecorder, opens: Opens) -> None:
    client = opens()
    result = client.hold("context-1", hold_s=0.3)
    assert isinstance(result, Served)
    assert recorder.ended[1] == (result, 3)


def test_a_refusal_is_a_result_with_the_drivers_words(
    server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    server.answer = lambda _: REFUSED
    refused = Failed(Failure.REFUSED, "server", ("access-denied",), "E [1045]: denied")
    assert client.connect() == refused
    assert client.check_out("context-1") == refused
    # The opening failed, and with it the check-out that wanted it.
    assert recorder.ended == {1: (refused, 0), 2: (refused, 0), 3: (refused, 0)}


def test_a_store_that_is_half_written_at_a_connect_is_an_attempt_that_failed(
    installation: Installation, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    certificate = installation.store.stable.cert_pem
    assert certificate is not None
    certificate.write_bytes(certificate.read_bytes()[:100])
    for result in (client.connect(), client.check_out("context-1")):
        assert isinstance(result, Failed)
        assert (result.how, result.by, result.causes) == (Failure.REFUSED, "client", (Cause.BAD_MATERIAL.value,))
        assert str(certificate) in result.said
    assert [begun.kind for begun in recorder.begun] == [Kind.CONNECT, Kind.CHECK_OUT, Kind.OPEN]
    assert len(recorder.ended) == 3


def test_a_connection_that_the_server_killed_fails_its_work_and_is_not_lent_again(
    server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    client = opens()
    client.check_out("context-1")
    server.sessions[1].killed = True
    assert isinstance(client.check_out("context-1"), Failed)
    assert [gone.why for gone in recorder.gone] == [Why.FAILED]
    assert isinstance(client.check_out("context-1"), Served)


def test_closing_closes_what_is_idle(server: FakeConnector, recorder: FakeRecorder, opens: Opens) -> None:
    client = opens()
    for pool in POOLS:
        client.check_out(pool)
    client.close()
    assert server.open_ids == set()
    assert {gone.why for gone in recorder.gone} == {Why.SHUTDOWN}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("useSLL", True, "`useSLL` is no JDBC property"),
        ("trustCertificateKeyStoreType", "JKS", "this is PEM, where JKS was said"),
        ("clientCertificateKeyStoreUrl", "file:/nowhere", "/nowhere: the store cannot be read"),
    ],
)
def test_what_cannot_be_used_at_the_first_load_is_a_mistake_that_is_named(
    name: str, value: object, said: str, installation: Installation, recorder: FakeRecorder, opens: Opens
) -> None:
    installation.jdbc[name] = value
    installation.write()
    with pytest.raises(UsageError, match=said):
        opens()
    assert recorder.begun == []


def test_a_context_whose_url_is_none(opens: Opens) -> None:
    with pytest.raises(UsageError, match="context c: no JDBC URL: `nothing`"):
        opens(contexts={"c": "nothing"})


def test_the_cleaner_works_by_itself(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    installation.configdb |= {"maxLifeTime": "30", "cleanerInterval": "10"}
    installation.write()
    client = opens()
    client.check_out("context-1")
    assert wait_for(lambda: True if recorder.gone else None, deadline_s=10)
    assert [gone.why for gone in recorder.gone] == [Why.LIFE_TIME]
    assert server.open_ids == set()


def test_a_cleaner_that_ends_does_not_end_in_silence(
    installation: Installation, recorder: FakeRecorder, opens: Opens
) -> None:
    installation.configdb |= {"maxLifeTime": "30", "cleanerInterval": "10"}
    installation.write()
    client = opens()
    client.check_out("context-1")

    def broken(pool: str, connection_id: int, material: str, why: Why) -> NoReturn:
        raise KeyError(pool)

    recorder.closed = broken  # type: ignore[method-assign]  # from here on

    def raised() -> HarnessError | None:
        try:
            client.connect()
        except HarnessError as fault:
            return fault
        return None

    fault = wait_for(raised, deadline_s=10)
    assert str(fault) == "a defect of dbtls: KeyError: 'context-1'"
    for again in (lambda: client.check_out("context-1"), client.reload):
        with pytest.raises(HarnessError, match="KeyError"):
            again()


def test_a_pool_that_cannot_be_closed_keeps_no_other_open(server: FakeConnector, opens: Opens) -> None:
    client = opens()
    for pool in POOLS:
        client.check_out(pool)

    def dead() -> NoReturn:
        raise ProbeFault("dead", remedy="")

    for number in (1, 3):
        server.sessions[number].close = dead  # type: ignore[method-assign]  # from here on
    with pytest.raises(ProbeFault):
        client.close()
    assert server.sessions[2].closed


def test_a_connection_that_cannot_be_closed_keeps_no_other_open(
    installation: Installation, server: FakeConnector, opens: Opens
) -> None:
    client = opens()
    both = [threading.Thread(target=lambda: client.hold("context-1", hold_s=0.3)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()

    asked: list[int] = []

    def dead(number: int) -> NoReturn:
        asked.append(number)
        raise ProbeFault("dead", remedy="")

    for number, session in server.sessions.items():
        session.close = partial(dead, number)  # type: ignore[method-assign]  # from here on
    installation.publish(installation.leaf("client 2"))
    with pytest.raises(ProbeFault):
        client.reload()
    assert sorted(asked) == [1, 2]


def test_a_fault_of_the_probe_is_raised_and_leaves_no_place_taken(
    installation: Installation, server: FakeConnector, recorder: FakeRecorder, opens: Opens
) -> None:
    installation.configdb |= {"maxActive": "1", "exhaustedAction": "FAIL"}
    installation.write()
    client = opens()
    client.check_out("context-1")

    def dead(*, deadline_s: float) -> NoReturn:
        raise ProbeFault("dead", remedy="")

    server.sessions[1].ask = dead  # type: ignore[method-assign]  # from here on
    with pytest.raises(ProbeFault):
        client.check_out("context-1")
    assert len(recorder.begun) == len(recorder.ended) + 1
    assert isinstance(client.check_out("context-1"), Served)
