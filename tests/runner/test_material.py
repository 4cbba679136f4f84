"""A client's side on disk: PEM files or key stores, and the files that a driver's properties name."""

from pathlib import Path

import pytest

from harness.case.properties import FILES, ClientFile, DriverProperties
from harness.case.situation import Situation
from harness.runner.material import ClientMaterial
from tests.case.beds import bed

BED = bed()
GOOD = BED.two_way()
PROPERTIES = DriverProperties((("useSSL", "true"), ("trustCertificateKeyStoreUrl", f"file:{FILES}/truststore")))
STORE = ClientFile("truststore", b"a store", "made up")


def test_a_client_gets_pem_files_or_key_stores_and_not_both(tmp_path: Path) -> None:
    material = ClientMaterial(tmp_path)
    pem, java = (material.tls(GOOD, key_stores=key_stores) for key_stores in (False, True))
    assert pem.ca is not None
    assert (pem.trust_store, pem.key_store) == (None, None)
    assert (java.ca, java.certificate, java.key) == (None, None, None)
    assert java.trust_store is not None
    assert java.key_store is not None
    assert java.trust_store.type == java.key_store.type == "JKS"
    assert java.key_store.path.read_bytes()[:4] == bytes.fromhex("feedfeed")
    assert java.key_store.path.stat().st_mode & 0o777 == 0o600
    assert "changeit" not in repr(java)


def test_properties_have_the_folder_of_their_files_which_is_written_once(tmp_path: Path) -> None:
    material = ClientMaterial(tmp_path)
    told = GOOD.with_(client_properties=PROPERTIES, client_files=(STORE,))
    pairs = dict(material.tls(told, key_stores=True).properties or ())
    path = Path(pairs["trustCertificateKeyStoreUrl"].removeprefix("file:"))
    assert pairs["useSSL"] == "true"
    assert path.read_bytes() == b"a store"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert material.tls(told, key_stores=True).properties == tuple(pairs.items())
    other = told.with_(client_files=(ClientFile("truststore", b"another"),))
    assert material.tls(other, key_stores=True).properties != tuple(pairs.items())


def test_without_properties_there_are_none(tmp_path: Path) -> None:
    assert ClientMaterial(tmp_path).tls(GOOD, key_stores=True).properties is None


@pytest.mark.parametrize("change", [{"client_properties": PROPERTIES}, {"client_files": (STORE,)}])
def test_what_a_driver_is_told_is_part_of_a_situation(change: dict[str, object]) -> None:
    assert isinstance(GOOD, Situation)
    assert GOOD.with_(**change) != GOOD  # type: ignore[arg-type]  # one change, whichever it is
