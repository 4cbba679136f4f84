"""Certificates of a reference environment."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from harness.errors import UsageError
from harness.pki import Authority, KeyType
from harness.reference.material import Material, portable_path, spans


def material(*names: str) -> Material:
    """With keys that cost nothing."""
    authority = Authority.create("reference", key_type=KeyType.EC_P256)
    return Material(authority=authority, names=names, issued={"key_type": KeyType.EC_P256})


@pytest.mark.parametrize("days", [-3650, -1, 0, 1, 3650])
def test_leaves_end_when_asked_and_their_authority_is_good(days: int) -> None:
    issuer, issued = spans(days)
    assert issued["not_after"] == timedelta(days=days)
    assert issuer["not_before"] <= issued["not_before"] < issued["not_after"] < issuer["not_after"]
    assert issuer["not_after"] > timedelta()


def test_fresh_certificates_are_what_every_server_can_be_given() -> None:
    made = Material.fresh(names=("localhost",), days=-1)
    leaf = made.server_leaf()
    assert leaf.certificate.not_valid_after_utc < datetime.now(UTC) < made.authority.certificate.not_valid_after_utc
    told = made.server_tls(leaf, None)
    assert told.key is not None
    assert told.key.startswith(b"-----BEGIN RSA PRIVATE KEY-----")


def test_names_and_addresses_are_told_apart_and_the_first_is_the_subject() -> None:
    leaf = material("db.dbtls.test", "10.0.0.1", "localhost", "127.0.0.1").server_leaf()
    listed = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert listed.get_values_for_type(x509.DNSName) == ["db.dbtls.test", "localhost"]
    assert [str(one) for one in listed.get_values_for_type(x509.IPAddress)] == ["10.0.0.1", "127.0.0.1"]
    assert leaf.common_name == "db.dbtls.test"


def test_a_name_too_long_for_a_subject_is_listed_all_the_same() -> None:
    assert material(f"{'a' * 63}.dbtls.test").server_leaf().common_name is None


@pytest.mark.parametrize("two_way", [False, True])
def test_the_stores_that_are_told_are_there(tmp_path: Path, two_way: bool) -> None:
    stores = material("localhost").publish(tmp_path / "stores", two_way=two_way)
    told = {stores.ca_pem, stores.truststore_p12, stores.truststore_jks}
    if stores.client is not None:
        told |= {stores.client.cert_pem, stores.client.key_pem, stores.client.keystore_p12, stores.client.keystore_jks}
    assert two_way == (stores.client is not None)
    assert told == set(stores.folder.iterdir())


@pytest.mark.parametrize("name", ["a b", "a&b", "a'b", "a#b", "ä"])
def test_a_path_that_some_client_would_misread_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot stand in every client's configuration"):
        portable_path(tmp_path / name)
    assert portable_path(tmp_path) == tmp_path
