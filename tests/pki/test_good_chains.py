"""Correct certificates, as OpenSSL reads them at its strictest."""

import pytest

from harness.pki import Authority, KeyType, Leaf, LeafSpec, Usage, self_signed
from tests.pki.programs import CLIENT, FAST, SERVER, Verifier, text


def test_the_defaults_pass_the_strictest_verification(verify: Verifier) -> None:
    authority = Authority.create("by default")
    assert verify(authority.issue(LeafSpec.server()), authority, "-x509_strict", "-purpose", "sslserver") == "OK"
    assert verify(authority.issue(LeafSpec.client()), authority, "-x509_strict", "-purpose", "sslclient") == "OK"


@pytest.mark.parametrize("issuer_type", [KeyType.RSA_1024, KeyType.EC_P384, KeyType.EC_P521, KeyType.ED25519])
@pytest.mark.parametrize("key_type", [KeyType.RSA_1024, KeyType.EC_P256, KeyType.ED25519])
def test_every_kind_of_key_signs_every_other(verify: Verifier, issuer_type: KeyType, key_type: KeyType) -> None:
    authority = Authority.create("any", key_type=issuer_type)
    leaf = authority.issue(LeafSpec.server(key_type=key_type))
    assert verify(leaf, authority, "-x509_strict", "-purpose", "sslserver") == "OK"


@pytest.mark.parametrize(
    ("key_type", "shown"),
    [
        (KeyType.RSA_1024, "Public-Key: (1024 bit)"),
        (KeyType.RSA_2048, "Public-Key: (2048 bit)"),
        (KeyType.RSA_3072, "Public-Key: (3072 bit)"),
        (KeyType.RSA_4096, "Public-Key: (4096 bit)"),
        (KeyType.EC_P256, "NIST CURVE: P-256"),
        (KeyType.EC_P384, "NIST CURVE: P-384"),
        (KeyType.EC_P521, "NIST CURVE: P-521"),
        (KeyType.ED25519, "ED25519 Public-Key"),
    ],
)
def test_a_leaf_has_the_kind_of_key_asked_for(good: Authority, key_type: KeyType, shown: str) -> None:
    assert shown in text(good.issue(LeafSpec.client(key_type=key_type)).certificate_pem)


def test_the_listed_names_are_found_and_no_others(verify: Verifier, good: Authority) -> None:
    leaf = good.issue(
        LeafSpec.server(dns_names=("db.example", "*.wild.example"), ip_addresses=("127.0.0.1", "::1"), key_type=FAST)
    )
    for name in ("db.example", "a.wild.example"):
        assert verify(leaf, good, "-verify_hostname", name) == "OK"
    for address in ("127.0.0.1", "::1"):
        assert verify(leaf, good, "-verify_ip", address) == "OK"
    assert "error 62 at 0 depth lookup: hostname mismatch" in verify(leaf, good, "-verify_hostname", "localhost")
    assert "error 64 at 0 depth lookup: IP address mismatch" in verify(leaf, good, "-verify_ip", "127.0.0.2")


def test_a_leaf_below_an_intermediate_carries_it(verify: Verifier, good: Authority) -> None:
    leaf = good.intermediate("middle", key_type=FAST).issue(SERVER)
    assert verify(leaf, good, "-x509_strict", "-purpose", "sslserver") == "OK"
    assert leaf.chain_pem.count(b"BEGIN CERTIFICATE") == 2
    assert "error 20 at 0 depth lookup: unable to get local issuer" in verify(leaf.without_chain(), good)


def test_two_intermediates_come_nearest_first(verify: Verifier, good: Authority) -> None:
    upper = good.intermediate("upper", path_length=1, key_type=FAST)
    lower = upper.intermediate("lower", key_type=FAST)
    leaf = lower.issue(SERVER)
    assert leaf.chain == (lower.certificate, upper.certificate)
    assert verify(leaf, good, "-x509_strict") == "OK"


def test_a_self_signed_leaf_is_its_own_issuer(verify: Verifier, good: Authority) -> None:
    leaf = self_signed(SERVER)
    assert leaf.issuer_oneline == leaf.subject_oneline
    assert "error 18 at 0 depth lookup: self-signed certificate" in verify(leaf, good)


def test_both_usages_serve_both_ends(verify: Verifier, good: Authority) -> None:
    leaf = good.issue(LeafSpec.server(usage=frozenset(Usage), key_type=FAST))
    for purpose in ("sslserver", "sslclient"):
        assert verify(leaf, good, "-purpose", purpose) == "OK"


def test_another_authority_of_the_same_name_is_another(verify: Verifier, server: Leaf) -> None:
    impostor = Authority.create("good", key_type=FAST)
    assert "error 20 at 0 depth lookup: unable to get local issuer" in verify(server, impostor)


def test_serial_and_fingerprint_are_what_openssl_prints(good: Authority) -> None:
    drawn, named = good.issue(CLIENT), good.issue(LeafSpec.client(serial=1, key_type=FAST))
    for leaf in (drawn, named):
        assert int(text(leaf.certificate_pem, "-serial").removeprefix("serial="), 16) == leaf.serial
        printed = text(leaf.certificate_pem, "-fingerprint", "-sha256").strip().partition("=")[2]
        assert printed.replace(":", "").lower() == leaf.fingerprint_sha256
    assert named.serial == 1
    assert good.issue(CLIENT).serial != drawn.serial


@pytest.mark.parametrize("name", ["client", "with space, comma", "Zoë", "tab\there"])
def test_the_one_line_subject_is_openssls(good: Authority, name: str) -> None:
    leaf = good.issue(LeafSpec.client(name, organizational_unit="unit", key_type=FAST))
    shown = text(leaf.certificate_pem, "-subject", "-issuer", "-nameopt", "compat")
    assert shown == f"subject={leaf.subject_oneline}\nissuer={leaf.issuer_oneline}\n"


def test_the_plain_subject_is_as_published(good: Authority, server: Leaf) -> None:
    assert good.issue(CLIENT).subject_oneline == "/O=dbtls/CN=client"
    assert server.issuer_oneline == good.subject_oneline == "/O=dbtls authority/CN=good"
