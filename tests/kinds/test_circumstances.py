"""What a situation configures tells one cause from another."""

from pathlib import Path
from typing import Unpack

import pytest

from harness.case.properties import DriverProperties
from harness.case.situation import Situation, SituationChange
from harness.judge.wire import Circumstances
from harness.kinds.circumstances import circumstances
from harness.kinds.material import ClientMaterial
from harness.model.outcome import Cause
from harness.model.tls import TlsVersion, Verify
from tests.case.beds import bed, materials

BED = bed()
ONE_WAY = BED.one_way(Verify.CA)
TWO_WAY = BED.two_way()
OTHER = BED.authority("other")
SHIPPED = (TlsVersion.TLS_1_2, TlsVersion.TLS_1_3)


def told(folder: Path, good: Situation, **changes: Unpack[SituationChange]) -> Circumstances:
    situation = good.with_(**changes)
    tls = ClientMaterial(folder, materials()).tls(situation, key_stores=False)
    return circumstances(situation, tls, SHIPPED, materials())


def test_a_good_situation_has_no_fault(tmp_path: Path) -> None:
    found = told(tmp_path, TWO_WAY)
    assert found == Circumstances(versions=frozenset({"TLSv1.2", "TLSv1.3"}))


def test_versions_and_suites(tmp_path: Path) -> None:
    found = told(tmp_path / "server", ONE_WAY, server_versions=("TLSv1.3", "TLSv1"), server_ciphers="AES")
    assert (found.versions, found.ciphers_served, found.ciphers_told) == (frozenset({"TLSv1.3"}), True, False)
    found = told(tmp_path / "client", ONE_WAY, client_versions=("TLSv1",), client_ciphers="AES")
    assert (found.versions_told, found.ciphers_told, found.ciphers_served) == (("TLSv1",), True, False)


@pytest.mark.parametrize(
    ("changes", "of_server"),
    [
        ({"client_trusts": (OTHER,)}, {Cause.UNKNOWN_AUTHORITY}),
        ({"client_trusts": (OTHER,), "verify": Verify.REQUIRED}, set()),
        ({"host": "127.1"}, set()),
        ({"host": "127.1", "verify": Verify.IDENTITY}, {Cause.HOST_MISMATCH}),
        ({"server_leaf": None}, set()),
    ],
)
def test_what_the_client_may_find(tmp_path: Path, changes: SituationChange, of_server: set[Cause]) -> None:
    found = told(tmp_path, ONE_WAY, **changes)
    assert found.of_server == of_server
    assert found.of_client == found.own_files == frozenset()


def test_what_the_server_may_find(tmp_path: Path) -> None:
    assert told(tmp_path / "a", TWO_WAY, server_trusts=(OTHER,)).of_client == {Cause.UNKNOWN_AUTHORITY}
    assert told(tmp_path / "b", TWO_WAY, client_leaf=None).of_client == set()


def test_a_key_of_another_certificate(tmp_path: Path) -> None:
    leaf = BED.client_leaf()
    found = told(tmp_path, TWO_WAY, client_leaf=leaf.with_key_of(BED.client_leaf("other")))
    assert found.own_files == {Cause.KEY_MISMATCH}


def test_a_drivers_own_properties_are_not_read(tmp_path: Path) -> None:
    """Whom it trusts then is not known; that the server's certificate is signed by another, is."""
    found = told(tmp_path, ONE_WAY, client_trusts=(OTHER,), client_properties=DriverProperties(()))
    versions = frozenset({"TLSv1.2", "TLSv1.3"})
    assert found == Circumstances(versions=versions, excluded=frozenset({Cause.SELF_SIGNED}))
