"""Stores read back: what was put in comes out, of every kind, and what cannot be read is said."""

import shutil
import subprocess
from pathlib import Path

import jks as pyjks  # type: ignore[import-untyped]  # pyjks has no types
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12

from harness.errors import UsageError
from harness.pki import Authority, KeyType, Leaf, LeafSpec, Store, StoreContents, StoreKind, keys
from harness.pki.reading import Material, fingerprint, read_leaf, read_trust

PASSWORD = "changeit"  # noqa: S105 - Java's own, which keeps no secret


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("clients", key_type=KeyType.EC_P256)


@pytest.fixture(scope="module")
def leaf(authority: Authority) -> Leaf:
    return authority.issue(LeafSpec.client("client", key_type=KeyType.EC_P256))


def written(kind: StoreKind, trust: tuple[Authority, ...], leaf: Leaf, folder: Path) -> tuple[bytes, bytes, bytes]:
    """Trust store, key store, and PEM's key."""
    files = Store(folder).publish(StoreContents(trust=trust, leaf=leaf, kinds=frozenset({kind, StoreKind.PEM})))
    trusted, kept = {
        StoreKind.PEM: (files.ca_pem, files.cert_pem),
        StoreKind.PKCS12: (files.truststore_p12, files.keystore_p12),
        StoreKind.JKS: (files.truststore_jks, files.keystore_jks),
    }[kind]
    assert trusted is not None
    assert kept is not None
    assert files.key_pem is not None
    return trusted.read_bytes(), kept.read_bytes(), files.key_pem.read_bytes()


@pytest.mark.parametrize("kind", StoreKind)
@pytest.mark.parametrize("key_type", [KeyType.EC_P256, KeyType.RSA_2048, KeyType.ED25519])
def test_what_was_put_in_comes_out(kind: StoreKind, key_type: KeyType, authority: Authority, tmp_path: Path) -> None:
    leaf = authority.intermediate("between").issue(LeafSpec.client("client", key_type=key_type))
    other = Authority.create("other", key_type=KeyType.EC_P256)
    trust, store, key = written(kind, (authority, other), leaf, tmp_path)
    trusted = read_trust(kind, trust, PASSWORD)
    assert set(trusted) == {authority.certificate, other.certificate}
    found = read_leaf(kind, store, PASSWORD, key=keys.from_pem(key) if kind is StoreKind.PEM else None)
    assert found == leaf
    assert Material.of(trusted, found).fingerprint == fingerprint([other.certificate, authority.certificate], leaf)


def test_pem_may_have_its_key_in_the_same_file(leaf: Leaf) -> None:
    assert read_leaf(StoreKind.PEM, leaf.chain_pem + leaf.key_pem(), "") == leaf


def test_a_jks_entry_with_a_password_of_its_own(leaf: Leaf) -> None:
    entry = pyjks.PrivateKeyEntry.new("mine", [leaf.certificate.public_bytes(Encoding.DER)], leaf.key_der(), "pkcs8")
    entry.encrypt("another")
    store = pyjks.KeyStore.new("jks", [entry]).saves(PASSWORD)
    with pytest.raises(UsageError, match="another password than the store"):
        read_leaf(StoreKind.JKS, store, PASSWORD)


def test_a_pkcs12_whose_key_is_not_its_certificates(authority: Authority, leaf: Leaf) -> None:
    store = pkcs12.serialize_key_and_certificates(b"k", leaf.key, None, [authority.certificate], NoEncryption())
    with pytest.raises(UsageError, match="no private key with its certificate"):
        read_leaf(StoreKind.PKCS12, store, "")


@pytest.mark.parametrize("kind", StoreKind)
@pytest.mark.parametrize("cut", [3, 40, 200])
def test_a_store_cut_short_is_never_read_and_never_a_traceback(
    kind: StoreKind, cut: int, authority: Authority, leaf: Leaf, tmp_path: Path
) -> None:
    trust, store, key = written(kind, (authority,), leaf, tmp_path)
    for length in range(0, len(trust) - cut, 97):
        with pytest.raises(UsageError):
            read_trust(kind, trust[:length], PASSWORD)
    for length in range(0, len(store) - cut, 97):
        with pytest.raises(UsageError):
            read_leaf(kind, store[:length], PASSWORD, key=keys.from_pem(key) if kind is StoreKind.PEM else None)


@pytest.mark.skipif(shutil.which("keytool") is None, reason="there is no keytool here")
@pytest.mark.parametrize(("kind", "named"), [(StoreKind.JKS, "JKS"), (StoreKind.PKCS12, "PKCS12")])
def test_javas_own_stores_are_read(
    kind: StoreKind, named: str, authority: Authority, leaf: Leaf, tmp_path: Path
) -> None:
    trust, store = tmp_path / "truststore", tmp_path / "keystore"
    ca, source = tmp_path / "ca.pem", tmp_path / "client.p12"
    ca.write_bytes(authority.pem)
    contents = StoreContents(leaf=leaf, kinds=frozenset({StoreKind.PKCS12}))
    made = Store(tmp_path / "made").publish(contents).keystore_p12
    assert made is not None
    source.write_bytes(made.read_bytes())
    imported = ("-importcert", "-noprompt", "-alias", "MySQLCACert", "-file", str(ca), "-keystore", str(trust))
    _keytool(*imported, "-storetype", named, "-storepass", PASSWORD)
    from_p12 = ("-importkeystore", "-srckeystore", str(source), "-srcstoretype", "PKCS12", "-srcstorepass", PASSWORD)
    _keytool(*from_p12, "-destkeystore", str(store), "-deststoretype", named, "-deststorepass", PASSWORD)
    assert read_trust(kind, trust.read_bytes(), PASSWORD) == (authority.certificate,)
    assert read_leaf(kind, store.read_bytes(), PASSWORD) == leaf


def _keytool(*arguments: str) -> None:
    subprocess.run(["keytool", *arguments], check=True, capture_output=True, timeout=60)
