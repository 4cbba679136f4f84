"""Material of specifications: equal ones are the same certificate all run long, and every recipe makes its file."""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from harness.errors import UsageError
from harness.model.certificates import AuthoritySpec, KeyType, LeafSpec
from harness.model.material import (
    AuthoritiesFile,
    CertificateFile,
    DocumentAuthority,
    DocumentFile,
    DocumentLeaf,
    IssuedLeaf,
    KeyFile,
    KeyFormat,
    KeyStoreFile,
    RevocationList,
    StoreKind,
    TextFile,
    TrustStoreFile,
)
from harness.pki import Materials
from harness.pki.reading import read_leaf, read_trust

FAST = KeyType.EC_P256
ROOT = AuthoritySpec("root", key_type=FAST)
BELOW = ROOT.intermediate("below", key_type=FAST)
LEAF = IssuedLeaf(spec=LeafSpec.client(key_type=FAST), issuer=ROOT)
STRANGER = replace(LEAF, spec=LeafSpec.client("stranger", key_type=FAST))
MADE = Materials()


def test_equal_specifications_are_one_certificate_and_others_are_others() -> None:
    again = AuthoritySpec("root", key_type=FAST)
    assert MADE.authority(again) is MADE.authority(ROOT)
    assert MADE.leaf(replace(LEAF, issuer=again)) is MADE.leaf(LEAF)
    assert len({MADE.leaf(LEAF), MADE.leaf(STRANGER), MADE.leaf(replace(LEAF, issuer=None))}) == 3


def test_two_authorities_of_one_name_have_a_key_each() -> None:
    impostor = replace(ROOT, key="second")
    one, other = MADE.authority(ROOT), MADE.authority(impostor)
    assert one.subject_oneline == other.subject_oneline == ROOT.subject_oneline == impostor.subject_oneline
    assert one.certificate.public_key() != other.certificate.public_key()
    by_one, by_other = MADE.leaf(LEAF), MADE.leaf(replace(LEAF, issuer=impostor))
    by_one.certificate.verify_directly_issued_by(one.certificate)
    with pytest.raises(Exception):  # noqa: B017, PT011  which one, the library leaves open
        by_other.certificate.verify_directly_issued_by(one.certificate)


def test_names_of_specifications_are_those_of_their_certificates() -> None:
    odd = LeafSpec.client("Ünïcode / a+b", organization=None, organizational_unit="x\ty", key_type=FAST)
    for recipe in (LEAF, replace(LEAF, spec=odd), replace(LEAF, issuer=BELOW), replace(LEAF, issuer=None)):
        made = MADE.leaf(recipe)
        assert (recipe.subject_oneline, recipe.issuer_oneline) == (made.subject_oneline, made.issuer_oneline)


def test_what_a_leaf_presents_and_whose_key_it_has_leave_its_certificate_as_it_is() -> None:
    chained = replace(LEAF, issuer=BELOW)
    whole, alone = MADE.leaf(chained), MADE.leaf(chained.without_chain())
    assert (len(whole.chain), len(alone.chain)) == (1, 0)
    assert alone.certificate is whole.certificate
    mismatched = MADE.leaf(LEAF.with_key_of(STRANGER))
    assert mismatched == MADE.leaf(LEAF).with_key_of(MADE.leaf(STRANGER))
    assert not mismatched.key_matches


@pytest.mark.timeout(20)
def test_what_is_made_may_be_made_of_others() -> None:
    made = Materials()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(made.authority, BELOW).result(timeout=10).name == "below"


def test_threads_that_ask_at_once_get_one_certificate() -> None:
    made = Materials()
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(made.authority, ROOT) for _ in range(16)]
        assert len({future.result() for future in futures}) == 1


def test_files_of_pem() -> None:
    leaf = MADE.leaf(LEAF)
    assert MADE.file(CertificateFile(of=LEAF)) == leaf.chain_pem
    assert MADE.file(KeyFile(of=LEAF)) == leaf.oldest_key_pem()
    assert MADE.file(KeyFile(of=LEAF, format=KeyFormat.PKCS8)) == leaf.key_pem(KeyFormat.PKCS8)
    authorities = (ROOT, AuthoritySpec("other", key_type=FAST))
    assert MADE.file(AuthoritiesFile(of=authorities)) == b"".join(MADE.authority(one).pem for one in authorities)
    assert MADE.file(TextFile(text="ü")) == "ü".encode()


def test_an_encrypted_key_is_the_same_text_each_time() -> None:
    recipe = KeyFile(of=LEAF, format=KeyFormat.PKCS8_ENCRYPTED, passphrase="secret")  # noqa: S106  it guards nothing
    first = MADE.file(recipe)
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in first
    assert MADE.file(recipe) == first


@pytest.mark.parametrize("due", [timedelta(days=7), timedelta(hours=-1)])
def test_a_revocation_list_names_whom_it_revokes_and_when_it_is_due(due: timedelta) -> None:
    made = x509.load_pem_x509_crl(MADE.file(RevocationList(issuer=ROOT, revoked=(LEAF,), due=due)))
    assert [one.serial_number for one in made] == [MADE.leaf(LEAF).serial]
    assert made.next_update_utc is not None
    assert (made.next_update_utc < datetime.now(UTC)) is (due < timedelta())
    assert made.is_signature_valid(MADE.authority(ROOT).certificate.public_key())  # type: ignore[arg-type]  # an EC key


@pytest.mark.parametrize("kind", [StoreKind.JKS, StoreKind.PKCS12])
def test_stores_hold_whom_one_trusts_and_what_one_presents(kind: StoreKind) -> None:
    trusted = MADE.file(TrustStoreFile(kind=kind, of=(ROOT,)))
    assert read_trust(kind, trusted, "changeit") == (MADE.authority(ROOT).certificate,)
    presented = MADE.file(KeyStoreFile(kind=kind, of=LEAF, store_password="other"))  # noqa: S106  it guards nothing
    assert read_leaf(kind, presented, "other") == MADE.leaf(LEAF)
    assert MADE.file(KeyStoreFile(kind=kind, of=LEAF)) == MADE.file(KeyStoreFile(kind=kind, of=LEAF))


def test_an_unmarked_store_has_the_certificate_and_not_the_mark() -> None:
    marked, unmarked = (
        MADE.file(TrustStoreFile(kind=StoreKind.PKCS12, of=(ROOT,), marked=marked)) for marked in (True, False)
    )
    for store in (marked, unmarked):
        (held,) = pkcs12.load_pkcs12(store, b"changeit").additional_certs
        assert held.certificate == MADE.authority(ROOT).certificate
    listed = subprocess.run(
        ["openssl", "pkcs12", "-nokeys", "-passin", "pass:changeit"], input=unmarked, capture_output=True, check=True
    )
    assert b"2.16.840.1.113894.746875.1.1" not in listed.stdout
    assert b"BEGIN CERTIFICATE" in listed.stdout


def test_what_a_documents_commands_made_is_found_by_their_name() -> None:
    made, leaf = Materials(), MADE.leaf(LEAF)
    files = {"ca.pem": MADE.authority(ROOT).pem, "cert.pem": leaf.chain_pem, "key.pem": leaf.key_pem()}
    recipe = DocumentLeaf(commands="openssl", certificate="cert.pem", key="key.pem")
    with pytest.raises(UsageError, match="the commands `openssl` were not carried out"):
        made.leaf(recipe)
    made.keep_document("openssl", files)
    assert made.leaf(recipe) == leaf
    trusted = made.trusted(DocumentAuthority(commands="openssl", file="ca.pem", name="theirs"))
    assert (trusted.name, trusted.pem) == ("theirs", files["ca.pem"])
    assert made.file(DocumentFile(commands="openssl", file="key.pem")) == files["key.pem"]
    with pytest.raises(UsageError, match="the commands `openssl` made no `none`"):
        made.file(DocumentFile(commands="openssl", file="none"))
    with pytest.raises(UsageError, match="two documents have commands called `openssl`"):
        made.keep_document("openssl", files)


REFUSED: dict[str, Callable[[], object]] = {
    "a password for a key in clear": lambda: KeyFile(of=LEAF, passphrase="x"),  # noqa: S106  it guards nothing
    "an encrypted key without one": lambda: KeyFile(of=LEAF, format=KeyFormat.PKCS8_ENCRYPTED),
    "a trust store of PEM": lambda: TrustStoreFile(kind=StoreKind.PEM, of=(ROOT,)),
    "a key store of PEM": lambda: KeyStoreFile(kind=StoreKind.PEM, of=LEAF),
    "a store without a password": lambda: KeyStoreFile(kind=StoreKind.JKS, of=LEAF, store_password=""),
    "an unmarked JKS": lambda: TrustStoreFile(kind=StoreKind.JKS, of=(ROOT,), marked=False),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_recipe_that_nothing_can_be_made_of_is_refused(refused: Callable[[], object]) -> None:
    with pytest.raises(UsageError) as caught:
        refused()
    assert caught.value.remedy


def test_another_authority_revokes_nothing() -> None:
    with pytest.raises(UsageError, match="cannot revoke"):
        MADE.file(RevocationList(issuer=AuthoritySpec("other", key_type=FAST), revoked=(LEAF,)))
