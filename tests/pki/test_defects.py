"""Each defect is one argument, and OpenSSL names it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from harness.pki import Authority, Digest, KeyType, KeyUse, Leaf, LeafSpec, Usage
from tests.pki.programs import CLIENT, FAST, SERVER, Verifier, text

STRICT = ("-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost")


@pytest.mark.parametrize(
    ("spec", "options", "error"),
    [
        pytest.param(
            replace(SERVER, not_after=timedelta(hours=-1)),
            STRICT,
            "10 at 0 depth lookup: certificate has expired",
            id="expired",
        ),
        pytest.param(
            replace(SERVER, not_before=timedelta(hours=1)),
            STRICT,
            "9 at 0 depth lookup: certificate is not yet valid",
            id="future",
        ),
        pytest.param(
            replace(SERVER, usage=frozenset({Usage.CLIENT})),
            STRICT,
            "26 at 0 depth lookup: unsuitable certificate purpose",
            id="eku",
        ),
        pytest.param(
            replace(SERVER, key_use=KeyUse.WRONG),
            STRICT,
            "26 at 0 depth lookup: unsuitable certificate purpose",
            id="key-usage",
        ),
        pytest.param(
            replace(SERVER, unknown_critical=True),
            STRICT,
            "34 at 0 depth lookup: unhandled critical extension",
            id="unknown-critical",
        ),
        pytest.param(
            replace(SERVER, common_name="127.0.0.1", ip_addresses=()),
            ("-verify_ip", "127.0.0.1"),
            "64 at 0 depth lookup: IP address mismatch",
            id="ip-in-cn",
        ),
        pytest.param(
            replace(SERVER, dns_names=("127.0.0.1",), ip_addresses=()),
            ("-verify_ip", "127.0.0.1"),
            "64 at 0 depth lookup: IP address mismatch",
            id="ip-as-dns-name",
        ),
        pytest.param(
            replace(SERVER, dns_names=("other.example",)),
            STRICT,
            "62 at 0 depth lookup: hostname mismatch",
            id="cn-ignored",
        ),
        pytest.param(
            LeafSpec.server(None, dns_names=(), ip_addresses=(), key_type=FAST),
            ("-verify_hostname", "localhost"),
            "62 at 0 depth lookup: hostname mismatch",
            id="no-names",
        ),
        pytest.param(
            LeafSpec.server(None, organizational_unit="localhost", dns_names=(), ip_addresses=(), key_type=FAST),
            ("-verify_hostname", "localhost"),
            "62 at 0 depth lookup: hostname mismatch",
            id="name-in-ou",
        ),
        pytest.param(
            replace(SERVER, key_type=KeyType.RSA_1024),
            ("-auth_level", "2"),
            "66 at 0 depth lookup: EE certificate key too weak",
            id="weak-key",
        ),
        pytest.param(
            replace(SERVER, digest=Digest.SHA1),
            ("-auth_level", "2"),
            "68 at 0 depth lookup: CA signature digest algorithm too weak",
            id="sha1",
        ),
        pytest.param(
            replace(CLIENT, usage=frozenset({Usage.SERVER})),
            ("-purpose", "sslclient"),
            "26 at 0 depth lookup: unsuitable",
            id="client-eku",
        ),
    ],
)
def test_a_leaf_with_a_defect(
    verify: Verifier, good: Authority, spec: LeafSpec, options: tuple[str, ...], error: str
) -> None:
    assert f"error {error}" in verify(good.issue(spec), good, *options)


@pytest.mark.parametrize(
    ("authority", "options", "error"),
    [
        (Authority.create("odd", key_type=FAST, is_ca=False), (), "79 at 1 depth lookup: invalid CA certificate"),
        (
            Authority.create("odd", key_type=FAST, key_use=KeyUse.WRONG),
            (),
            "32 at 1 depth lookup: key usage does not include certificate signing",
        ),
        (
            Authority.create("odd", key_type=FAST, key_use=KeyUse.ABSENT),
            ("-x509_strict",),
            "92 at 1 depth lookup: CA cert does not include key usage extension",
        ),
        (
            Authority.create("odd", key_type=FAST, not_after=timedelta(hours=-1)),
            (),
            "10 at 1 depth lookup: certificate has expired",
        ),
        (
            Authority.create("odd", key_type=FAST, permitted_dns=("example.com",)),
            (),
            "47 at 0 depth lookup: permitted subtree violation",
        ),
        (
            Authority.create("odd", key_type=KeyType.RSA_1024),
            ("-auth_level", "2"),
            "67 at 1 depth lookup: CA certificate key too weak",
        ),
    ],
    ids=["no-ca", "key-usage", "no-key-usage", "expired", "name-constraints", "weak-key"],
)
def test_an_authority_with_a_defect(
    verify: Verifier, authority: Authority, options: tuple[str, ...], error: str
) -> None:
    assert f"error {error}" in verify(authority.issue(SERVER), authority, *options)


def test_a_path_too_long(verify: Verifier) -> None:
    root = Authority.create("short", path_length=0, key_type=FAST)
    assert verify(root.issue(SERVER), root, "-x509_strict") == "OK"
    below = root.intermediate("below", key_type=FAST).issue(SERVER)
    assert "error 25 at 2 depth lookup: path length constraint exceeded" in verify(below, root)


def test_a_certificate_with_a_common_name_alone_is_matched_by_it(verify: Verifier, good: Authority) -> None:
    leaf = good.issue(replace(SERVER, dns_names=(), ip_addresses=()))
    assert "Subject Alternative Name" not in text(leaf.certificate_pem)
    assert verify(leaf, good, *STRICT) == "OK"


def test_no_usage_at_all(verify: Verifier, good: Authority) -> None:
    leaf = good.issue(replace(SERVER, usage=None))
    assert "Extended Key Usage" not in text(leaf.certificate_pem)
    assert verify(leaf, good, *STRICT) == "OK"


def test_an_empty_subject_makes_the_names_critical(verify: Verifier, good: Authority) -> None:
    leaf = good.issue(replace(SERVER, common_name=None, organization=None))
    assert "X509v3 Subject Alternative Name: critical" in text(leaf.certificate_pem)
    assert verify(leaf, good, *STRICT) == "OK"


@pytest.mark.parametrize("issuer_type", [KeyType.RSA_1024, KeyType.EC_P256, KeyType.ED25519])
def test_version_1_has_no_extensions_and_a_good_signature(verify: Verifier, issuer_type: KeyType) -> None:
    authority = Authority.create("any", key_type=issuer_type)
    leaf = authority.issue(replace(SERVER, x509_v1=True, serial=1))
    shown = text(leaf.certificate_pem)
    assert "Version: 1 (0x0)" in shown
    assert "X509v3" not in shown
    assert leaf.serial == 1
    assert verify(leaf, authority) == "OK"


def test_a_leaf_named_as_its_authority_is_taken_for_self_signed(verify: Verifier, good: Authority) -> None:
    leaf = good.issue(replace(SERVER, common_name="good", organization="dbtls authority", x509_v1=True))
    assert "error 18 at 0 depth lookup: self-signed certificate" in verify(leaf, good)


@pytest.mark.parametrize(
    ("issuer_type", "digest", "shown"),
    [
        (KeyType.RSA_1024, Digest.MD5, "md5WithRSAEncryption"),
        (KeyType.RSA_1024, Digest.SHA1, "sha1WithRSAEncryption"),
        (KeyType.RSA_1024, Digest.SHA384, "sha384WithRSAEncryption"),
        (KeyType.EC_P256, Digest.SHA1, "ecdsa-with-SHA1"),
        (KeyType.EC_P256, Digest.SHA384, "ecdsa-with-SHA384"),
        (KeyType.ED25519, Digest.SHA1, "ED25519"),
    ],
)
def test_the_digest_asked_for_is_signed(verify: Verifier, issuer_type: KeyType, digest: Digest, shown: str) -> None:
    authority = Authority.create("any", key_type=issuer_type, digest=digest)
    for x509_v1 in (False, True):
        leaf = authority.issue(replace(SERVER, digest=digest, x509_v1=x509_v1))
        assert text(leaf.certificate_pem).count(f"Signature Algorithm: {shown}") == 2
        assert verify(leaf, authority, "-check_ss_sig") == "OK"
    assert text(authority.pem).count(f"Signature Algorithm: {shown}") == 2


def test_a_revocation_list(verify: Verifier, good: Authority, server: Leaf, tmp_path: Path) -> None:
    revoked = good.issue(SERVER)
    crl = tmp_path / "crl.pem"
    check = ("-crl_check", "-CRLfile", crl)
    crl.write_bytes(good.crl([revoked]))
    assert verify(server, good, *check) == "OK"
    assert "error 23 at 0 depth lookup: certificate revoked" in verify(revoked, good, *check)
    crl.write_bytes(good.crl([], next_update=timedelta(hours=-1)))
    assert "error 12 at 0 depth lookup: CRL has expired" in verify(server, good, *check)
    crl.write_bytes(Authority.create("other", key_type=KeyType.ED25519).crl([]))
    assert "error 3 at 0 depth lookup: unable to get certificate CRL" in verify(server, good, *check)
