"""What the computed scenarios compute: authority swaps, version pairs."""

from collections.abc import Mapping

import pytest

from harness.case.kind import AnyCase
from harness.case.scenario import BUILTIN_SCENARIOS, discover_scenarios
from harness.case.situation import Case, Journey
from harness.case.testbed import Testbed
from harness.model.expectation import ExpectAccepted, Expectation, ExpectRefused
from harness.model.outcome import Cause, Side
from harness.model.tls import Can, TlsVersion
from tests.case.beds import bed

SHIPPED = discover_scenarios([BUILTIN_SCENARIOS])
FINE = ExpectAccepted()
BY_CLIENT = ExpectRefused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
BY_SERVER = ExpectRefused(by=Side.SERVER, cause=Cause.UNKNOWN_AUTHORITY)
RELOAD_REFUSED = ExpectRefused(by=Side.SERVER, cause=Cause.RELOAD_REFUSED)
NO_VERSION = ExpectRefused(by=None, cause=Cause.PROTOCOL_VERSION)


def _made(identity: str, testbed: Testbed) -> Mapping[str, AnyCase]:
    made = SHIPPED[identity].make(testbed)
    assert isinstance(made, Mapping)
    return made


def _journeys(testbed: Testbed) -> dict[str, list[tuple[str, Expectation]]]:
    found = {}
    for label, journey in _made("authority-swap::order", testbed).items():
        assert isinstance(journey, Journey)
        found[label] = [(step.name, step.expectation) for step in journey.steps]
    return found


def _pairs(identity: str, testbed: Testbed) -> dict[str, Expectation]:
    found = {}
    for label, case in _made(identity, testbed).items():
        assert isinstance(case, Case)
        found[label] = case.expectation
    return found


def test_two_orders_of_an_authority_swap_lose_nothing_and_six_beginnings_break() -> None:
    assert _journeys(bed()) == {
        "trust-server-client-retire": [("trust", FINE), ("server", FINE), ("client", FINE), ("retire", FINE)],
        "trust-client-server-retire": [("trust", FINE), ("client", FINE), ("server", FINE), ("retire", FINE)],
        "trust-server-retire": [("trust", FINE), ("server", FINE), ("retire", BY_SERVER)],
        "trust-client-retire": [("trust", FINE), ("client", FINE), ("retire", BY_CLIENT)],
        "trust-retire": [("trust", FINE), ("retire", BY_CLIENT)],
        "server": [("server", BY_CLIENT)],
        "client": [("client", BY_SERVER)],
        "retire": [("retire", BY_CLIENT)],
    }


def test_a_server_that_checks_its_chain_refuses_the_reload_first() -> None:
    assert _journeys(bed(does=frozenset({"reload-checks-chain"}))) == {
        "trust-server-client-retire": [("trust", FINE), ("server", FINE), ("client", FINE), ("retire", FINE)],
        "trust-client-server-retire": [("trust", FINE), ("client", FINE), ("server", FINE), ("retire", FINE)],
        "trust-server-retire": [("trust", FINE), ("server", FINE), ("retire", BY_SERVER)],
        "trust-client-retire": [("trust", FINE), ("client", FINE), ("retire", RELOAD_REFUSED)],
        "trust-retire": [("trust", FINE), ("retire", RELOAD_REFUSED)],
        "server": [("server", RELOAD_REFUSED)],
        "client": [("client", BY_SERVER)],
        "retire": [("retire", RELOAD_REFUSED)],
    }


def test_each_step_changes_its_own_thing_and_keeps_what_was_changed_before() -> None:
    testbed = bed()
    old, new = testbed.authority("good"), testbed.authority("new")
    journey = _made("authority-swap::order", testbed)["trust-server-client-retire"]
    assert isinstance(journey, Journey)
    trust, server, client, retire = (step.situation for step in journey.steps)
    assert trust == journey.good.with_(client_trusts=(old, new), server_trusts=(old, new))
    assert server == trust.with_(server_leaf=testbed.server_leaf("new"))
    assert client == server.with_(client_leaf=testbed.client_leaf("new"))
    assert retire == client.with_(client_trusts=(new,), server_trusts=(new,))


def test_version_pairs_connect_when_both_can_and_are_told_the_same() -> None:
    v12, v13 = TlsVersion.TLS_1_2, TlsVersion.TLS_1_3
    assert _pairs("versions::pair", bed()) == {
        "TLSv1.2+TLSv1": NO_VERSION,
        "TLSv1.2+TLSv1.1": NO_VERSION,
        "TLSv1.2+TLSv1.2": ExpectAccepted(version=v12),
        "TLSv1.2+TLSv1.3": NO_VERSION,
        "TLSv1.3+TLSv1": NO_VERSION,
        "TLSv1.3+TLSv1.1": NO_VERSION,
        "TLSv1.3+TLSv1.2": NO_VERSION,
        "TLSv1.3+TLSv1.3": ExpectAccepted(version=v13),
    }


def test_a_client_without_a_version_cannot_use_it_whatever_the_server_is_told() -> None:
    modern = frozenset(Can) - {Can.LEGACY_CRYPTO}
    testbed = bed(client_versions=(TlsVersion.TLS_1_1, TlsVersion.TLS_1_2), can=modern)
    assert _pairs("versions::pair", testbed) == {
        "TLSv1.2+TLSv1": NO_VERSION,
        "TLSv1.2+TLSv1.1": NO_VERSION,
        "TLSv1.2+TLSv1.2": ExpectAccepted(version=TlsVersion.TLS_1_2),
        "TLSv1.2+TLSv1.3": NO_VERSION,
    }
    assert _pairs("versions::a_version_that_the_client_lacks", testbed) == {"TLSv1.3": NO_VERSION}


def test_a_client_that_has_every_version_of_the_server_lacks_none() -> None:
    assert _pairs("versions::a_version_that_the_client_lacks", bed()) == {}


@pytest.mark.parametrize(
    ("testbed", "expected"),
    [
        (bed(), {}),
        (bed(does=frozenset({"serves-TLSv1-when-told"})), {"TLSv1": NO_VERSION}),
        (bed(server_versions=tuple(TlsVersion)), {}),
    ],
)
def test_an_old_version_is_served_only_where_the_build_declares_it(
    testbed: Testbed, expected: dict[str, Expectation]
) -> None:
    assert _pairs("versions::not_offered_by_default", testbed) == expected


@pytest.mark.parametrize(
    ("does", "cause"),
    [
        (frozenset[str](), Cause.SECURE_TRANSPORT_REQUIRED),
        (frozenset({"denies-plaintext-with-1045"}), Cause.ACCESS_DENIED),
    ],
)
def test_a_plaintext_login_is_denied_as_the_build_declares(does: frozenset[str], cause: Cause) -> None:
    made = SHIPPED["one-way::disabled_where_the_server_requires"].make(bed(does=does))
    assert isinstance(made, Case)
    assert made.expectation == ExpectRefused(by=Side.SERVER, cause=cause)
