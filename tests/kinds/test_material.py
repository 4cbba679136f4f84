"""What situations and start-ups name, made: what a server gets, a client's files, what a driver's properties name."""

from dataclasses import fields
from pathlib import Path

import pytest

from harness.case.properties import FILES, ClientFile, DriverProperties
from harness.case.situation import Situation
from harness.case.startup import GOOD_START
from harness.case.testbed import GOOD_ONE_WAY
from harness.errors import UsageError
from harness.kinds.material import ClientMaterial, configuration, one_way_server, server_tls
from harness.model.material import AuthoritiesFile, RevocationList, TextFile
from harness.model.startup import Access, Role, ServerOptions, StartFile
from harness.model.tls import ClientTls
from tests.case.beds import bed, materials

BED = bed()
GOOD = BED.two_way()
PROPERTIES = DriverProperties((("useSSL", "true"), ("trustCertificateKeyStoreUrl", f"file:{FILES}/truststore")))
STORE = ClientFile("truststore", TextFile(text="a store"))


def test_a_client_gets_pem_files_or_key_stores_and_never_both_of_its_key(tmp_path: Path) -> None:
    material = ClientMaterial(tmp_path, materials())
    pem, java = (material.tls(GOOD, key_stores=key_stores) for key_stores in (False, True))
    assert pem.ca is not None
    assert (pem.trust_store, pem.key_store) == (None, None)
    assert (java.certificate, java.key) == (None, None)
    # For drivers that read key stores and no trust store.
    assert java.ca is not None
    assert java.ca.read_bytes() == pem.ca.read_bytes()
    assert java.trust_store is not None
    assert java.key_store is not None
    assert java.trust_store.type == java.key_store.type == "JKS"
    assert java.key_store.path.read_bytes()[:4] == bytes.fromhex("feedfeed")
    assert java.key_store.path.stat().st_mode & 0o777 == 0o600
    assert "changeit" not in repr(java)


def test_an_option_of_a_client_is_a_member_of_what_it_is_told() -> None:
    made = {"client_leaf", "client_trusts", "client_files"}
    named = {item.name.removeprefix("client_") for item in fields(Situation) if item.name.startswith("client_")}
    assert named - {name.removeprefix("client_") for name in made} <= {item.name for item in fields(ClientTls)}


def test_a_client_is_told_the_options_that_are_set(tmp_path: Path) -> None:
    material = ClientMaterial(tmp_path, materials())
    revoked = RevocationList(issuer=BED.authority(), revoked=(BED.server_leaf(),))
    told = GOOD.with_(client_versions=(), client_ciphers="A", client_legacy=True, client_revocations=revoked)
    tls = material.tls(told, key_stores=False)
    assert (tls.versions, tls.ciphers, tls.legacy) == ((), "A", True)
    assert tls.revocations is not None
    assert tls.revocations.read_bytes() == materials().file(revoked)
    assert material.tls(told, key_stores=False) == tls
    plain = material.tls(GOOD, key_stores=False)
    assert (plain.versions, plain.ciphers, plain.legacy, plain.revocations) == (None, None, False, None)


def test_properties_have_the_folder_of_their_files_which_is_written_once(tmp_path: Path) -> None:
    material = ClientMaterial(tmp_path, materials())
    told = GOOD.with_(client_properties=PROPERTIES, client_files=(STORE,))
    pairs = dict(material.tls(told, key_stores=True).properties or ())
    path = Path(pairs["trustCertificateKeyStoreUrl"].removeprefix("file:"))
    assert pairs["useSSL"] == "true"
    assert path.read_bytes() == b"a store"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert material.tls(told, key_stores=True).properties == tuple(pairs.items())
    other = told.with_(client_files=(ClientFile("truststore", TextFile(text="another")),))
    assert material.tls(other, key_stores=True).properties != tuple(pairs.items())


def test_without_properties_there_are_none(tmp_path: Path) -> None:
    assert ClientMaterial(tmp_path, materials()).tls(GOOD, key_stores=True).properties is None


@pytest.mark.parametrize("change", [{"client_properties": PROPERTIES}, {"client_files": (STORE,)}])
def test_what_a_driver_is_told_is_part_of_a_situation(change: dict[str, object]) -> None:
    assert isinstance(GOOD, Situation)
    assert GOOD.with_(**change) != GOOD  # type: ignore[arg-type]  # one change, whichever it is


def test_a_server_is_told_its_side_made() -> None:
    other = BED.authority("other")
    told = GOOD.with_(server_trusts=(BED.authority(), other), server_versions=("TLSv1.2",), server_ciphers="A:B")
    tls, leaf = server_tls(told.server_side(), materials()), materials().leaf(BED.server_leaf())
    assert (tls.certificate, tls.key, tls.authorities) == (
        leaf.chain_pem,
        leaf.oldest_key_pem(),
        materials().authority(BED.authority()).pem + materials().authority(other).pem,
    )
    assert (tls.serial, tls.versions, tls.ciphers, tls.enabled) == (leaf.serial, ("TLSv1.2",), "A:B", True)


def test_a_server_without_a_leaf_is_told_no_material() -> None:
    tls = server_tls(GOOD.with_(server_leaf=None, require_secure_transport=True).server_side(), materials())
    assert (tls.enabled, tls.serial, tls.require_secure_transport) == (False, None, True)


def test_a_server_that_trusts_nobody_is_told_no_authorities() -> None:
    assert server_tls(GOOD.with_(server_trusts=()).server_side(), materials()).authorities is None


def test_a_server_before_its_testbed_is_told_the_good_one_way_situation() -> None:
    assert one_way_server(materials()) == server_tls(BED.one_way().server_side(), materials())
    assert BED.one_way() == GOOD_ONE_WAY


def test_a_start_up_is_told_its_files_made() -> None:
    good = GOOD_START
    made = configuration(good, materials())
    leaf, authority = materials().leaf(BED.server_leaf()), materials().authority(BED.authority())
    assert made.options == good.options
    files = {file.role: file for file in made.files}
    assert files[Role.CERTIFICATE].content == leaf.chain_pem
    assert (files[Role.KEY].content, files[Role.KEY].access) == (leaf.oldest_key_pem(), Access.SERVER_ALONE)
    folder = files[Role.AUTHORITIES_FOLDER]
    assert (folder.content, folder.inside) == (authority.pem, f"{authority.subject_hash}.0")


def test_a_folder_has_a_file_for_each_authority_and_nothing_else() -> None:
    both = AuthoritiesFile(of=(BED.authority(), BED.authority("other")))
    made = configuration(
        ServerOptions(options=(), files=(StartFile(role=Role.AUTHORITIES_FOLDER, content=both),)), materials()
    )
    assert len({file.inside for file in made.files}) == 2
    with pytest.raises(UsageError, match="a folder of authorities holds nothing else"):
        StartFile(role=Role.AUTHORITIES_FOLDER, content=TextFile(text=""))
