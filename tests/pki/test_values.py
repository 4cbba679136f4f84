"""Leaves and authorities as values: equality, text, keys, and what they refuse."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.pki import (
    Authority,
    Digest,
    KeyFormat,
    KeyType,
    Leaf,
    LeafSpec,
    StoreContents,
    TrustedCertificate,
    self_signed,
)
from tests.pki.programs import CLIENT, FAST, SERVER, openssl, text

RSA_LEAF = self_signed(LeafSpec.client(key_type=KeyType.RSA_1024))
EC_LEAF = self_signed(CLIENT)
ED_LEAF = self_signed(LeafSpec.client(key_type=KeyType.ED25519))


@pytest.mark.parametrize(
    ("leaf", "form", "header"),
    [
        (RSA_LEAF, KeyFormat.PKCS1, "-----BEGIN RSA PRIVATE KEY-----"),
        (RSA_LEAF, KeyFormat.PKCS8, "-----BEGIN PRIVATE KEY-----"),
        (RSA_LEAF, KeyFormat.PKCS8_ENCRYPTED, "-----BEGIN ENCRYPTED PRIVATE KEY-----"),
        (EC_LEAF, KeyFormat.PKCS1, "-----BEGIN EC PRIVATE KEY-----"),
        (EC_LEAF, KeyFormat.PKCS8, "-----BEGIN PRIVATE KEY-----"),
        (ED_LEAF, KeyFormat.PKCS8_ENCRYPTED, "-----BEGIN ENCRYPTED PRIVATE KEY-----"),
    ],
)
def test_openssl_reads_the_key_in_every_form(tmp_path: Path, leaf: Leaf, form: KeyFormat, header: str) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    key.write_bytes(leaf.key_pem(form, b"secret" if form is KeyFormat.PKCS8_ENCRYPTED else None))
    certificate.write_bytes(leaf.certificate_pem)
    assert key.read_text().splitlines()[0] == header
    public = openssl("pkey", "-in", key, "-passin", "pass:secret", "-pubout")
    assert public == openssl("x509", "-in", certificate, "-noout", "-pubkey")


def test_an_rsa_key_is_read_by_openssl_rsa_with_its_passphrase_alone(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(RSA_LEAF.key_pem(KeyFormat.PKCS8_ENCRYPTED, b"secret"))
    assert "RSA key ok" in openssl("rsa", "-in", key, "-passin", "pass:secret", "-check", "-noout")
    assert "Could not read private key" in openssl("rsa", "-in", key, "-passin", "pass:wrong", "-noout", check=False)


def test_der_is_read_by_openssl(tmp_path: Path) -> None:
    key = tmp_path / "key.der"
    key.write_bytes(EC_LEAF.key_der())
    assert "BEGIN PUBLIC KEY" in openssl("pkey", "-inform", "DER", "-in", key, "-pubout")


def test_a_leaf_equals_itself_and_nothing_with_a_difference(good: Authority, server: Leaf) -> None:
    other = good.issue(SERVER)
    chained = good.intermediate("middle", key_type=FAST).issue(SERVER)
    mismatch = server.with_key_of(other)
    different = {server, other, chained, chained.without_chain(), mismatch}
    assert len(different) == 5
    assert mismatch.with_key_of(server) == server
    assert mismatch.key_pem() == other.key_pem()
    assert server.key_matches
    assert not mismatch.key_matches
    assert server != good


def test_authorities_of_one_name_differ(good: Authority) -> None:
    again = Authority.create("good", key_type=FAST)
    assert len({good, again, good}) == 2
    assert good != again


def test_the_text_is_short_and_tells_the_peculiar(good: Authority) -> None:
    leaf = good.issue(LeafSpec.server(serial=255, key_type=FAST))
    below = good.intermediate("middle", key_type=FAST).issue(LeafSpec.server(serial=0x123456789, key_type=FAST))
    assert [repr(leaf), repr(below.with_key_of(leaf)), repr(self_signed(LeafSpec.client(serial=1, key_type=FAST)))] == [
        "Leaf(CN=localhost, serial 0xff, by «good»)",
        "Leaf(CN=localhost, serial 0x12345678…, by «middle», with 1 intermediate, key of another)",
        "Leaf(CN=client, serial 0x1, self-signed)",
    ]
    nameless = LeafSpec.client(None, organization=None, serial=1, key_type=FAST)
    assert repr(good.issue(nameless)) == "Leaf(no subject, serial 0x1, by «good»)"
    assert str(good) == f"Authority(«good», serial 0x{f'{good.serial:x}'[:8]}…)"


def test_a_password_does_not_show() -> None:
    assert "hidden" not in repr(StoreContents(password="hidden"))  # noqa: S106 - a made-up one, for this very test


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "address": (lambda: LeafSpec.server(ip_addresses=("localhost",)), "`localhost` is not an IP address"),
    "zone": (lambda: LeafSpec.server(ip_addresses=("fe80::1%lo",)), "`fe80::1%lo` is not an IP address"),
    "unicode name": (lambda: LeafSpec.server(dns_names=("bücher.example",)), "`bücher.example` is not a DNS name"),
    "empty name": (lambda: LeafSpec.server(dns_names=("",)), "`` is not a DNS name"),
    "long common name": (lambda: LeafSpec.client("x" * 65), "cannot be part of a subject"),
    "empty common name": (lambda: LeafSpec.client(""), "`` cannot be part of a subject"),
    "validity": (lambda: LeafSpec.client(not_after=timedelta(days=-2)), "ends (-2 days, 0:00:00) before it begins"),
    "far future": (
        lambda: Authority.create("x", key_type=FAST, not_after=timedelta(days=9_000_000)),
        "no certificate can be valid",
    ),
    "distant past": (
        lambda: self_signed(LeafSpec.client(key_type=FAST, not_before=timedelta(days=-100_000))),
        "no certificate can be valid",
    ),
    "no usage": (lambda: LeafSpec.client(usage=frozenset()), "extendedKeyUsage without any usage"),
    "serial 0": (lambda: LeafSpec.client(serial=0), "serial 0 cannot be"),
    "long serial": (lambda: LeafSpec.client(serial=2**159), "cannot be"),
    "path length": (lambda: Authority.create("x", key_type=FAST, path_length=-1), "path length -1"),
    "MD5 with ECDSA": (
        lambda: self_signed(LeafSpec.client(key_type=FAST, digest=Digest.MD5)),
        "ECDSA has no md5 signature",
    ),
    "no passphrase": (lambda: EC_LEAF.key_pem(KeyFormat.PKCS8_ENCRYPTED), "an encrypted key needs a passphrase"),
    "passphrase unused": (lambda: EC_LEAF.key_pem(passphrase=b"x"), "a passphrase for a key in clear (pkcs8)"),
    "Ed25519 as PKCS#1": (lambda: ED_LEAF.key_pem(KeyFormat.PKCS1), "no PKCS#1 form"),
    "overdue before its date": (
        lambda: Authority.create("x", key_type=FAST).crl([], next_update=timedelta(days=-1)),
        "before its date",
    ),
    "another's leaf revoked": (
        lambda: Authority.create("x", key_type=FAST).crl([EC_LEAF]),
        "cannot revoke Leaf(CN=client",
    ),
    "no kind of store": (lambda: StoreContents(kinds=frozenset()), "a store of no kind"),
    "no store password": (lambda: StoreContents(password=""), "an empty store password"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_a_usage_error_with_a_remedy(case: str) -> None:
    attempt, what = REFUSED[case]
    with pytest.raises(UsageError) as refused:
        attempt()
    assert what in refused.value.what
    assert refused.value.remedy


def test_a_specification_is_a_key_of_a_dictionary() -> None:
    assert {LeafSpec.client(): 1}[LeafSpec.client("client")] == 1


@pytest.mark.parametrize("name", ["good", "Ünïcode  in  RUNS", "a" * 64])
def test_the_name_in_a_folder_of_authorities_is_openssls(name: str) -> None:
    authority = Authority.create(name, key_type=FAST)
    assert authority.subject_hash == text(authority.pem, "-subject_hash").strip()


def test_what_others_have_made_is_read_back(good: Authority, server: Leaf) -> None:
    leaf = Leaf.from_pem(server.chain_pem, server.key_pem())
    assert leaf == server
    assert TrustedCertificate.from_pem("good", good.pem).pem == good.pem


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN NOTHING-----"])
def test_what_is_no_certificate_or_key_is_a_usage_error(server: Leaf, pem: bytes) -> None:
    for certificate, key in ((pem, server.key_pem()), (server.chain_pem, pem)):
        with pytest.raises(UsageError):
            Leaf.from_pem(certificate, key)


def test_an_encrypted_key_is_a_usage_error(server: Leaf) -> None:
    with pytest.raises(UsageError, match="no private key in clear"):
        Leaf.from_pem(server.chain_pem, server.key_pem(KeyFormat.PKCS8_ENCRYPTED, b"secret"))
