"""Certificates by name: the same all run long, whoever asks."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.case.testbed import Materials, one_way_server
from harness.model.account import Demand, Require
from harness.model.tls import Verify
from harness.pki import Authority, KeyType
from tests.case.beds import bed, materials


def test_a_name_is_the_same_certificate_for_every_testbed() -> None:
    first, second = bed(), bed(does=frozenset({"anything"}))
    assert first.server_leaf() is second.server_leaf()
    assert first.self_signed() is second.self_signed()
    assert first.authority("other") is second.authority("other")


def test_two_names_are_two_certificates() -> None:
    assert len({bed().server_leaf(), bed().server_leaf("other"), bed().client_leaf(), bed().self_signed()}) == 4


@pytest.mark.timeout(20)
def test_what_is_made_may_be_made_of_others() -> None:
    made = Materials()
    with ThreadPoolExecutor(1) as pool:
        leaf = pool.submit(made.once, "leaf", lambda: made.authority("root").intermediate("below"))
        assert leaf.result(timeout=10).name == "below"


def test_threads_that_ask_at_once_get_one_certificate() -> None:
    made = Materials()
    with ThreadPoolExecutor(8) as pool:
        futures = [
            pool.submit(made.once, "key", lambda: Authority.create("one", key_type=KeyType.EC_P256)) for _ in range(16)
        ]
        assert len({future.result() for future in futures}) == 1


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


def test_a_server_before_its_testbed_is_told_the_good_one_way_situation() -> None:
    assert one_way_server(materials()) == bed().one_way().server_tls()
