"""Stores on disk, of all three kinds, as a driver is handed them; and everything that can be wrong with one."""

import threading
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.tls import Verify
from harness.pki import Authority, KeyType, StoreKind
from harness.pki.reading import fingerprint
from harness.pool import stores
from harness.pool.configuration import load_general
from harness.pool.properties import JdbcProperties
from harness.pool.stores import DriverMaterial, Stores, pinned
from tests.pool.conftest import Installation


@pytest.fixture(params=StoreKind)
def kept(request: pytest.FixtureRequest, installation: Installation) -> Installation:
    """An installation with stores of each kind."""
    installation.kind = request.param
    installation.publish(installation.leaf("client 0"))
    installation.name_stores()
    installation.write()
    return installation


@pytest.fixture
def read(tmp_path: Path) -> Stores:
    return Stores(tmp_path / "scratch")


def properties(installation: Installation) -> JdbcProperties:
    installation.write()
    return load_general(installation.files.yaml)


def handed_files(handed: DriverMaterial) -> tuple[bytes, bytes, bytes]:
    tls = handed.tls
    assert tls.ca is not None
    assert tls.certificate is not None
    assert tls.key is not None
    return tls.ca.read_bytes(), tls.certificate.read_bytes(), tls.key.read_bytes()


def test_a_driver_gets_what_is_in_the_stores(kept: Installation, read: Stores) -> None:
    leaf = kept.leaf("client 1")
    kept.publish(leaf)
    handed = read.handed(properties(kept))
    assert handed_files(handed) == (kept.servers.pem, leaf.chain_pem, leaf.oldest_key_pem())
    assert handed.material.fingerprint == fingerprint([kept.servers.certificate], leaf)
    assert handed.material.leaf == leaf
    assert handed.tls.verify is Verify.CA
    assert (handed.tls.versions, handed.tls.legacy) == (None, False)


@pytest.fixture(params=[StoreKind.JKS, StoreKind.PKCS12])
def java(request: pytest.FixtureRequest, installation: Installation) -> Installation:
    """An installation with key stores."""
    installation.kind = request.param
    installation.publish(installation.leaf("client 0"))
    installation.name_stores()
    return installation


def test_a_driver_that_reads_key_stores_gets_the_operators_own_properties(java: Installation, tmp_path: Path) -> None:
    leaf = java.leaf("client 1")
    java.publish(leaf)
    told = properties(java)
    handed = Stores(tmp_path / "scratch", key_stores=True).handed(told)
    assert (handed.tls.ca, handed.tls.certificate, handed.tls.key) == (None, None, None)
    assert handed.material.leaf == leaf
    kept = {name: value for name, value in told.values.items() if name not in {"user", "password"}}
    assert dict(handed.tls.properties or ()) == kept
    assert not (tmp_path / "scratch").exists()


def test_what_was_presented_tells_which_of_the_stores_a_driver_found(java: Installation, tmp_path: Path) -> None:
    read = Stores(tmp_path / "scratch", key_stores=True)
    leaves = [java.leaf(f"client {number}") for number in range(3)]
    java.publish(leaves[0])
    first = read.handed(properties(java))
    java.publish(leaves[1])
    second = read.handed(properties(java))
    # A driver that keeps what it read once.
    assert read.in_use(second.tls, leaves[0].serial) == first.material.fingerprint
    # One that read after they had been exchanged once more, which nobody here has seen yet.
    java.publish(leaves[2])
    assert read.in_use(second.tls, leaves[2].serial) == fingerprint([java.servers.certificate], leaves[2])


def test_a_leaf_that_was_never_in_the_stores_is_no_known_material(java: Installation, tmp_path: Path) -> None:
    read = Stores(tmp_path / "scratch", key_stores=True)
    handed = read.handed(properties(java))
    strange = java.leaf("strange")
    assert f"{strange.serial:x}" in read.in_use(handed.tls, strange.serial)
    for path in java.store.stable.directory.iterdir():
        path.unlink()
    assert handed.material.leaf is not None
    assert read.in_use(handed.tls, handed.material.leaf.serial) == handed.material.fingerprint


def test_a_leaf_comes_with_its_intermediates(kept: Installation, read: Stores) -> None:
    root = Authority.create("root", key_type=KeyType.EC_P256)
    kept.clients = root.intermediate("between", key_type=KeyType.EC_P256)
    leaf = kept.leaf("client 1")
    assert leaf.chain
    kept.publish(leaf)
    assert handed_files(read.handed(properties(kept)))[1] == leaf.chain_pem


def test_every_authority_of_the_store_is_trusted(kept: Installation, read: Stores) -> None:
    other = Authority.create("other", key_type=KeyType.EC_P256)
    leaf = kept.leaf("client 1")
    kept.publish(leaf, trust=(kept.servers, other))
    handed = read.handed(properties(kept))
    assert set(handed.material.trusted) == {kept.servers.certificate, other.certificate}
    assert handed.material.fingerprint == fingerprint([other.certificate, kept.servers.certificate], leaf)


def test_of_several_keys_in_a_jks_the_newest_is_presented(installation: Installation, read: Stores) -> None:
    installation.kind = StoreKind.JKS
    old, new = installation.leaf("old"), installation.leaf("new")
    installation.publish(new, older=(old,))
    installation.name_stores()
    assert read.handed(properties(installation)).material.leaf == new


def test_files_for_drivers_are_private_and_written_once(kept: Installation, read: Stores, tmp_path: Path) -> None:
    handed = read.handed(properties(kept))
    assert handed.tls.key is not None
    assert handed.tls.key.stat().st_mode & 0o777 == 0o600
    assert handed.tls.key.parent.stat().st_mode & 0o777 == 0o700
    assert Stores(tmp_path / "scratch").handed(properties(kept)) == handed
    assert [path.name for path in (tmp_path / "scratch" / "material").iterdir()] == [handed.tls.key.parent.name]


def test_a_change_in_place_is_seen_though_size_and_time_are_the_same(kept: Installation, read: Stores) -> None:
    told = properties(kept)
    before = read.handed(told)
    digest = Stores.digest(told)
    leaf = kept.leaf("client 1")
    kept.publish(leaf)
    assert read.handed(told).material.leaf == leaf
    assert read.handed(told) != before
    assert Stores.digest(told) != digest


def test_a_key_that_does_not_match_reaches_the_driver_as_it_is(installation: Installation, read: Stores) -> None:
    leaf, other = installation.leaf("client 1"), installation.leaf("other")
    before = read.handed(properties(installation))
    for kind in (StoreKind.PEM, StoreKind.JKS):
        installation.kind = kind
        installation.publish(leaf.with_key_of(other))
        installation.name_stores()
        handed = read.handed(properties(installation))
        assert handed_files(handed)[1:] == (leaf.chain_pem, other.oldest_key_pem())
        assert handed.tls.key != before.tls.key


@pytest.mark.parametrize(
    ("named", "legacy"), [("TLSv1.2", False), ("TLSv1,TLSv1.2", True), ("TLSv1.1", True), ("TLSv1.2,TLSv1.3", False)]
)
def test_old_versions_need_old_crypto(named: str, legacy: bool, installation: Installation, read: Stores) -> None:
    installation.jdbc["enabledTLSProtocols"] = named
    tls = read.handed(properties(installation)).tls
    assert tls.versions == tuple(named.split(","))
    assert tls.legacy is legacy


def test_without_tls_no_store_is_looked_at(installation: Installation, read: Stores) -> None:
    told = JdbcProperties({"useSSL": "false", "trustCertificateKeyStoreUrl": "file:/nowhere"})
    handed = read.handed(told)
    assert handed.tls.verify is Verify.DISABLED
    assert (handed.tls.ca, handed.tls.certificate) == (None, None)
    assert handed.material.fingerprint == fingerprint([], None)
    assert Stores.digest(told) == ""


def test_trust_alone_is_enough(installation: Installation, read: Stores) -> None:
    for name in [name for name in installation.jdbc if name.startswith("clientCertificate")]:
        del installation.jdbc[name]
    handed = read.handed(properties(installation))
    assert handed.tls.certificate is None
    assert handed.material.fingerprint == fingerprint([installation.servers.certificate], None)


def test_nobody_is_trusted_by_default(read: Stores) -> None:
    with pytest.raises(UsageError, match="no store says whom to trust"):
        read.handed(JdbcProperties({"useSSL": "true", "verifyServerCertificate": "true"}))


def test_files_that_change_between_two_readings_are_read_again(
    installation: Installation, read: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = properties(installation)
    new = installation.leaf("client 1")
    reading = stores._read_once
    readings = 0

    def published_half_way(*named: object) -> object:
        nonlocal readings
        readings += 1
        content = reading(*named)  # type: ignore[arg-type]  # handed on as it came
        if readings == 1:
            installation.publish(new)
            # The certificate of before with the key of after.
            content = content._replace(key=new.key_pem())
        return content

    monkeypatch.setattr(stores, "_read_once", published_half_way)
    assert read.handed(told).material.leaf == new
    assert readings == 3


def test_threads_that_read_at_once_get_the_same(kept: Installation, read: Stores) -> None:
    told = properties(kept)
    found: list[DriverMaterial] = []
    threads = [threading.Thread(target=lambda: found.append(read.handed(told))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert all(handed is found[0] for handed in found)


def test_what_is_pinned_stays_as_it_was_first_read(installation: Installation, read: Stores) -> None:
    told = properties(installation)
    reads = pinned(read.handed)
    first = reads(told)
    installation.publish(installation.leaf("client 1"))
    assert reads(told) == first


def _path(installation: Installation, what: str) -> Path:
    return Path(str(installation.jdbc[f"{what}KeyStoreUrl"]).removeprefix("file:"))


@pytest.mark.parametrize("what", ["clientCertificate", "trustCertificate"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "the store cannot be read: No such file or directory"),
        (b"", "the store is empty"),
        (
            b"hello",
            {"pem": "no certificate", "p12": "this store cannot be opened", "jks": "this is no whole JKS store"},
        ),
        (-40, {"pem": "no certificate", "p12": "this store cannot be opened", "jks": "this is no whole JKS store"}),
    ],
    ids=["missing", "empty", "other", "truncated"],
)
def test_a_store_that_is_not_whole(
    what: str, content: bytes | int | None, said: str | dict[str, str], kept: Installation, read: Stores
) -> None:
    told = properties(kept)
    path = _path(kept, what)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:content] if isinstance(content, int) else content)
    with pytest.raises(UsageError) as raised:
        read.handed(told)
    assert raised.value.place == str(path)
    assert (said if isinstance(said, str) else said[kept.kind.value]) in raised.value.what
    assert raised.value.remedy


@pytest.mark.parametrize("what", ["clientCertificate", "trustCertificate"])
@pytest.mark.parametrize(("kind", "said"), [(StoreKind.JKS, "password is wrong"), (StoreKind.PKCS12, "password")])
def test_a_wrong_password(what: str, kind: StoreKind, said: str, installation: Installation, read: Stores) -> None:
    installation.kind = kind
    installation.publish(installation.leaf("client 1"))
    installation.name_stores()
    for wrong in ("wrong", ""):
        installation.jdbc[f"{what}KeyStorePassword"] = wrong
        with pytest.raises(UsageError, match=said) as raised:
            read.handed(properties(installation))
        assert raised.value.place == str(_path(installation, what))


@pytest.mark.parametrize("what", ["clientCertificate", "trustCertificate"])
@pytest.mark.parametrize(
    ("named", "said"),
    [("JKS", "where JKS was said"), ("PKCS12", "where PKCS#12 was said"), ("PEM", "where PEM was said")],
)
def test_a_store_of_another_type(what: str, named: str, said: str, kept: Installation, read: Stores) -> None:
    if kept.jdbc[f"{what}KeyStoreType"] == named:
        assert read.handed(properties(kept))
        return
    kept.jdbc[f"{what}KeyStoreType"] = named
    with pytest.raises(UsageError, match=said) as raised:
        read.handed(properties(kept))
    assert raised.value.place == str(_path(kept, what))


@pytest.mark.parametrize("kind", [StoreKind.JKS, StoreKind.PKCS12])
def test_a_trust_store_where_a_key_store_belongs(kind: StoreKind, installation: Installation, read: Stores) -> None:
    installation.kind = kind
    installation.publish(installation.leaf("client 1"))
    installation.name_stores()
    installation.jdbc["clientCertificateKeyStoreUrl"] = installation.jdbc["trustCertificateKeyStoreUrl"]
    with pytest.raises(UsageError, match="the store has no private key"):
        read.handed(properties(installation))


@pytest.mark.parametrize("kind", [StoreKind.JKS, StoreKind.PKCS12])
def test_a_key_store_where_a_trust_store_belongs(kind: StoreKind, installation: Installation, read: Stores) -> None:
    installation.kind = kind
    installation.publish(installation.leaf("client 1"))
    installation.name_stores()
    installation.jdbc["trustCertificateKeyStoreUrl"] = installation.jdbc["clientCertificateKeyStoreUrl"]
    with pytest.raises(UsageError, match="the store trusts nobody"):
        read.handed(properties(installation))


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_pem_key_that_is_none(content: bytes, installation: Installation, read: Stores) -> None:
    told = properties(installation)
    path = Path(str(installation.jdbc["clientCertificateKeyUrl"]).removeprefix("file:"))
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no private key in clear") as raised:
        read.handed(told)
    assert raised.value.place == str(path)


def test_a_url_may_have_slashes_and_signs(installation: Installation, read: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    installation.publish(installation.leaf("client 1"))
    path = folder / "ca.pem"
    path.write_bytes(_path(installation, "trustCertificate").read_bytes())
    for url in (f"file:{path}", f"file://{path}", f"file:{str(path).replace(' ', '%20')}"):
        installation.jdbc["trustCertificateKeyStoreUrl"] = url
        assert read.handed(properties(installation))
