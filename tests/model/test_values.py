"""Values that cannot be wrong, and never show a secret."""

import itertools

import pytest

from harness.model.account import Credentials, Demand, Endpoint, Require
from harness.model.expectation import ExpectAccepted, ExpectRefused
from harness.model.outcome import Cause, RawError, Side
from harness.model.startup import Access
from harness.model.tls import ServerTls, TlsVersion
from harness.model.verdict import Status
from harness.pki import Authority, KeyType, LeafSpec, StoreContents
from harness.servers.process import PlacedFile

SECRET = "correct horse"  # noqa: S105 - made up, to be looked for


def test_no_text_of_a_value_shows_a_secret() -> None:
    authority = Authority.create("good", key_type=KeyType.EC_P256)
    leaf = authority.issue(LeafSpec.client(key_type=KeyType.EC_P256))
    pem = leaf.key_pem()
    shown = [
        Credentials("user", SECRET),
        ServerTls(certificate=leaf.chain_pem, key=pem, authorities=authority.pem, serial=leaf.serial),
        PlacedFile("/dbtls/tls/key.pem", pem + SECRET.encode(), Access.SERVER_ALONE),
        StoreContents(trust=(authority,), leaf=leaf, password=SECRET),
        leaf,
        authority,
    ]
    line_of_key = pem.decode().splitlines()[1]
    for value in shown:
        for text in (repr(value), str(value), f"{[value]}"):
            assert SECRET not in text
            assert "PRIVATE KEY" not in text
            assert line_of_key not in text


def test_statuses_are_ordered_by_badness() -> None:
    order = [Status.PASS, Status.KNOWN, Status.SKIPPED, Status.INCONCLUSIVE, Status.FAIL]
    for (i, one), (j, other) in itertools.product(enumerate(order), repeat=2):
        assert ((one < other), (one > other), (one <= other)) == ((i < j), (i > j), (i <= j))
    assert max(order) is Status.FAIL


@pytest.mark.parametrize(
    ("require", "text"),
    [
        (Require(), "REQUIRE NONE"),
        (Require(Demand.X509), "REQUIRE X509"),
        (Require(Demand.SUBJECT, "/CN=client"), "REQUIRE SUBJECT '/CN=client'"),
    ],
)
def test_a_require_clause_reads_as_sql(require: Require, text: str) -> None:
    assert str(require) == text


@pytest.mark.parametrize(
    ("demand", "value", "what"),
    [
        (Demand.SUBJECT, "", "REQUIRE SUBJECT needs value"),
        (Demand.CIPHER, "", "REQUIRE CIPHER needs value"),
        (Demand.X509, "/CN=client", "REQUIRE X509 takes no value"),
        (Demand.NONE, "x", "REQUIRE NONE takes no value"),
    ],
)
def test_a_require_clause_has_a_value_where_its_kind_has_one(demand: Demand, value: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Require(demand, value)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("TLSv1", TlsVersion.TLS_1_0),
        ("TLSv1.0", TlsVersion.TLS_1_0),
        ("TLSv1.1", TlsVersion.TLS_1_1),
        ("TLSv1.2", TlsVersion.TLS_1_2),
        ("TLSv1.3", TlsVersion.TLS_1_3),
    ],
)
def test_a_version_is_read_in_each_spelling(name: str, version: TlsVersion) -> None:
    assert TlsVersion.parse(name) is version


@pytest.mark.parametrize("name", ["", "TLSv9.9", "SSLv3", "tlsv1.2"])
def test_what_is_no_version_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="is not a valid TlsVersion"):
        TlsVersion.parse(name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Endpoint("127.0.0.1", 3306), "127.0.0.1:3306"),
        (ExpectAccepted(), "accepted over TLS"),
        (ExpectAccepted(version=TlsVersion.TLS_1_2), "accepted over TLSv1.2"),
        (ExpectAccepted(encrypted=False), "accepted in the clear"),
        (ExpectRefused(by=Side.CLIENT, cause=Cause.EXPIRED), "refused by the client: expired"),
        (ExpectRefused(by=None, cause=Cause.CIPHER), "refused by either side: cipher"),
        (RawError(kind="K", message="m"), "K: m"),
        (RawError(kind="K", message="m", code=0), "K [0]: m"),
        (RawError(kind="K", message="m", code=1045, sqlstate="28000"), "K [28000/1045]: m"),
    ],
)
def test_values_read_as_words(value: object, text: str) -> None:
    assert str(value) == text


def test_a_distinguished_name_is_quoted_as_sql() -> None:
    require = Require(Demand.SUBJECT, r"/O=O'Brien\x/CN=a")
    assert require.sql() == r"REQUIRE SUBJECT '/O=O''Brien\\x/CN=a'"
    assert Require(Demand.X509).sql() == "REQUIRE X509"
