"""One difference: a case is a good situation and one real change."""

import pytest

from harness.case.difference import difference
from harness.case.situation import UNLISTED_HOST, Case, Changed, ServerSide, Situation, SituationChange
from harness.errors import UsageError
from harness.model.account import Demand, Require
from harness.model.expectation import ExpectAccepted, ExpectRefused
from harness.model.outcome import Cause, Side
from harness.model.tls import TlsVersion, Verify
from tests.case.beds import bed

GOOD = bed().two_way()
OTHER = bed().authority("other")


@pytest.mark.parametrize(
    "change",
    [
        SituationChange(verify=Verify.DISABLED),
        SituationChange(server_leaf=None),
        SituationChange(client_leaf=None),
        SituationChange(client_trusts=(OTHER,)),
        SituationChange(server_versions=("TLSv1.2",)),
        SituationChange(account=Require()),
        SituationChange(host=UNLISTED_HOST),
    ],
)
def test_one_change_is_made_and_nothing_else(change: SituationChange) -> None:
    assert GOOD.but(**change) == Changed(good=GOOD, situation=GOOD.with_(**change))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (SituationChange(), "a case changes exactly one thing, not 0 (none)"),
        (
            SituationChange(server_leaf=None, client_leaf=None),
            "a case changes exactly one thing, not 2 (server_leaf, client_leaf)",
        ),
        (SituationChange(verify=GOOD.verify), "changing `verify` has no effect: it already has this value"),
        (
            SituationChange(client_trusts=(bed().authority("good"),)),
            "changing `client_trusts` has no effect: it already has this value",
        ),
        (SituationChange(account=Require(Demand.X509)), "changing `account` has no effect: it already has this value"),
    ],
)
def test_no_change_two_changes_and_no_real_change_are_errors(change: SituationChange, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        GOOD.but(**change)
    assert caught.value.what == what


def test_what_is_expected_is_said_of_a_change() -> None:
    change = GOOD.but(client_leaf=None)
    assert change.refused(by=Side.SERVER, cause=Cause.ACCESS_DENIED) == Case(
        good=GOOD, situation=change.situation, expectation=ExpectRefused(by=Side.SERVER, cause=Cause.ACCESS_DENIED)
    )
    assert change.accepted(version=TlsVersion.TLS_1_2).expectation == ExpectAccepted(version=TlsVersion.TLS_1_2)
    assert GOOD.accepted() == Case(good=GOOD, situation=GOOD, expectation=ExpectAccepted())


@pytest.mark.parametrize(
    ("situation", "encrypted"),
    [
        (GOOD, True),
        (GOOD.with_(verify=Verify.PREFERRED), True),
        (GOOD.with_(verify=Verify.DISABLED), False),
        (GOOD.with_(server_leaf=None, verify=Verify.PREFERRED), False),
    ],
)
def test_a_good_situation_is_accepted_encrypted_unless_it_is_meant_not_to_be(
    situation: Situation, encrypted: bool
) -> None:
    assert situation.expectation() == ExpectAccepted(encrypted=encrypted)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (GOOD, "nothing"),
        (GOOD.with_(verify=Verify.DISABLED), "verify: verify-ca → disabled"),
        (GOOD.with_(client_trusts=(OTHER, bed().authority())), "client trusts: «good» → «other», «good»"),
        (GOOD.with_(client_trusts=()), "client trusts: «good» → none"),
        (GOOD.with_(client_leaf=None), "client certificate: CN=client by «good» → none"),
        (
            GOOD.with_(host=UNLISTED_HOST, server_versions=("TLSv1.2", "TLSv1.3")),
            "server versions: none → TLSv1.2, TLSv1.3; host: 127.0.0.1 → 127.1",
        ),
    ],
    ids=lambda value: "" if isinstance(value, Situation) else value.partition(":")[0],
)
def test_the_difference_is_told_for_a_reader(after: Situation, words: str) -> None:
    assert difference(GOOD, after) == words


def test_the_server_is_told_its_side_alone() -> None:
    both = (bed().authority(), OTHER)
    told = GOOD.with_(server_trusts=both, server_versions=("TLSv1.2",), server_ciphers="A:B")
    assert told.server_side() == ServerSide(
        server_leaf=bed().server_leaf(), server_trusts=both, server_versions=("TLSv1.2",), server_ciphers="A:B"
    )


def test_a_server_without_a_leaf_has_no_tls_and_may_still_require_it() -> None:
    told = GOOD.with_(server_leaf=None, server_ciphers="A:B", require_secure_transport=True)
    assert told.server_side() == ServerSide(server_leaf=None, require_secure_transport=True)


def test_what_only_the_client_is_told_is_nothing_new_to_the_server() -> None:
    before = GOOD.server_side()
    for change in (
        SituationChange(verify=Verify.DISABLED),
        SituationChange(client_leaf=None),
        SituationChange(client_trusts=()),
        SituationChange(client_versions=("TLSv1.2",)),
        SituationChange(account=Require()),
        SituationChange(host=UNLISTED_HOST),
    ):
        assert GOOD.with_(**change).server_side() == before
