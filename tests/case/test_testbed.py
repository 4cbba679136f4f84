"""What a testbed makes situations of: specifications, the same whoever asks."""

import pytest

from harness.case.testbed import GOOD_ONE_WAY, GOOD_TWO_WAY
from harness.model.account import Demand, Require
from harness.model.certificates import AuthoritySpec
from harness.model.tls import TlsVersion, Verify
from tests.case.beds import bed

OLD = (TlsVersion.TLS_1_0,)


def test_a_name_is_the_same_specification_for_every_testbed() -> None:
    first, second = bed(), bed(does=frozenset({"anything"}))
    assert first.server_leaf() == second.server_leaf()
    assert first.self_signed() == second.self_signed()
    assert first.authority("other") == second.authority("other")
    assert first.server_leaf("other") == first.server_leaf(AuthoritySpec("other"))


def test_two_names_are_two_specifications() -> None:
    assert len({bed().server_leaf(), bed().server_leaf("other"), bed().client_leaf(), bed().self_signed()}) == 4


def test_what_accounts_demand_is_known_without_a_certificate() -> None:
    assert bed().client_leaf().subject_oneline == "/O=dbtls/CN=client"
    assert bed().client_leaf("other").issuer_oneline == "/O=dbtls authority/CN=other"
    assert bed().self_signed().issuer_oneline == bed().self_signed().subject_oneline


def test_good_situations_are_the_same_for_all_but_for_legacy_crypto_where_it_takes_that() -> None:
    assert bed().one_way(GOOD_ONE_WAY.verify) == GOOD_ONE_WAY
    assert bed().two_way() == GOOD_TWO_WAY
    assert bed(server_versions=OLD).two_way() == GOOD_TWO_WAY.with_(client_legacy=True)


@pytest.mark.parametrize("verify", Verify)
def test_the_good_one_way_situation_trusts_who_signed_and_offers_nothing(verify: Verify) -> None:
    good = bed().one_way(verify)
    assert good.server_leaf == bed().server_leaf()
    assert (good.verify, good.client_trusts, good.client_leaf) == (verify, (bed().authority(),), None)
    assert (good.account, good.host) == (Require(), "127.0.0.1")


def test_the_good_two_way_situation_is_one_way_with_what_the_account_demands() -> None:
    assert bed().two_way() == bed().one_way(Verify.CA).with_(
        account=Require(Demand.X509), client_leaf=bed().client_leaf()
    )
    assert bed().two_way(Require()).account == Require()
