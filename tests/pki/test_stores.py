"""Stores: what Java and OpenSSL find in them, and that they change all at once."""

import itertools
import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.pki import (
    Authority,
    Generation,
    KeyFormat,
    KeyType,
    Leaf,
    LeafSpec,
    Store,
    StoreContents,
    StoreKind,
    self_signed,
)
from tests.pki.programs import CLIENT, FAST, keytool, openssl

PASSWORD = "not-the-default"  # noqa: S105 - a made-up one; a store that ignored its password would open with the default


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    generation: Generation
    trust: tuple[Authority, ...]
    leaf: Leaf
    listed: dict[str, str]
    """What keytool said of each store."""


def _path(path: Path | None) -> Path:
    assert path is not None
    return path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    root = Authority.create("Root", key_type=FAST)
    trust = (root, Authority.create("Root", key_type=FAST))
    leaf = root.intermediate("middle", key_type=FAST).issue(LeafSpec.client())
    contents = StoreContents(trust=trust, leaf=leaf, kinds=frozenset(StoreKind), password=PASSWORD)
    generation = Store(tmp_path_factory.mktemp("pki") / "store").publish(contents)
    running = {
        "truststore.p12": keytool(_path(generation.truststore_p12), PASSWORD),
        "keystore.p12": keytool(_path(generation.keystore_p12), PASSWORD),
        "truststore.jks": keytool(_path(generation.truststore_jks), PASSWORD),
        "keystore.jks": keytool(_path(generation.keystore_jks), PASSWORD),
        "wrong password": keytool(_path(generation.keystore_jks), "changeit"),
    }
    listed = {name: process.communicate()[0] for name, process in running.items()}
    return Written(generation=generation, trust=trust, leaf=leaf, listed=listed)


@pytest.mark.parametrize("store", ["truststore.p12", "truststore.jks"])
def test_java_trusts_every_authority_in_a_trust_store(written: Written, store: str) -> None:
    said = written.listed[store]
    assert said.count("Entry type: trustedCertEntry") == 2
    assert "Alias name: root\n" in said
    assert "Alias name: root-2\n" in said
    for authority in written.trust:
        assert f"Serial number: {authority.serial:x}\n" in said


@pytest.mark.parametrize("store", ["keystore.p12", "keystore.jks"])
def test_java_finds_key_and_chain_in_a_key_store(written: Written, store: str) -> None:
    said = written.listed[store]
    assert said.count("Entry type: PrivateKeyEntry") == 1
    assert "Certificate chain length: 2" in said
    assert f"Serial number: {written.leaf.serial:x}\n" in said


def test_a_jks_store_is_jks(written: Written) -> None:
    assert _path(written.generation.truststore_jks).read_bytes()[:4] == bytes.fromhex("feedfeed")


def test_java_refuses_a_wrong_password(written: Written) -> None:
    assert "password was incorrect" in written.listed["wrong password"]


def test_openssl_reads_the_pkcs12_key_store_with_its_password_alone(written: Written) -> None:
    store = _path(written.generation.keystore_p12)
    key = openssl("pkcs12", "-in", store, "-passin", f"pass:{PASSWORD}", "-nodes", "-nocerts")
    assert written.leaf.key_pem().decode() in key
    refused = openssl("pkcs12", "-in", store, "-passin", "pass:changeit", "-noout", check=False)
    assert "invalid password" in refused


def test_keys_are_for_their_owner_alone(written: Written) -> None:
    directory = written.generation.directory
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert modes == {
        "ca.pem": 0o644,
        "cert.pem": 0o644,
        "key.pem": 0o600,
        "truststore.p12": 0o644,
        "keystore.p12": 0o600,
        "truststore.jks": 0o644,
        "keystore.jks": 0o600,
    }
    assert stat.S_IMODE(directory.stat().st_mode) == stat.S_IMODE(directory.parent.stat().st_mode) == 0o700


def test_pem_files_hold_what_was_published(tmp_path: Path, good: Authority) -> None:
    leaf = good.intermediate("middle", key_type=FAST).issue(CLIENT)
    files = Store(tmp_path).publish(StoreContents(trust=(good, good), leaf=leaf))
    assert _path(files.ca_pem).read_bytes() == good.pem * 2
    assert _path(files.cert_pem).read_bytes() == leaf.chain_pem
    assert _path(files.key_pem).read_bytes() == leaf.key_pem()
    assert (files.truststore_p12, files.keystore_p12, files.truststore_jks, files.keystore_jks) == (None,) * 4


def test_an_encrypted_key_opens_with_the_stores_password(tmp_path: Path) -> None:
    contents = StoreContents(leaf=self_signed(CLIENT), key_format=KeyFormat.PKCS8_ENCRYPTED, password=PASSWORD)
    files = Store(tmp_path).publish(contents)
    assert files.ca_pem is None
    assert "BEGIN PRIVATE KEY" in openssl("pkey", "-in", _path(files.key_pem), "-passin", f"pass:{PASSWORD}")


def test_a_mismatched_pair_goes_to_pem_and_jks_and_not_to_pkcs12(tmp_path: Path, server: Leaf) -> None:
    mismatch = server.with_key_of(self_signed(CLIENT))
    store = Store(tmp_path)
    files = store.publish(StoreContents(leaf=mismatch, kinds=frozenset({StoreKind.PEM, StoreKind.JKS})))
    assert files.keystore_jks is not None
    with pytest.raises(UsageError, match="no PKCS#12 store can hold"):
        store.publish(StoreContents(leaf=mismatch, kinds=frozenset({StoreKind.PKCS12})))


def test_generations_are_counted_and_kept(tmp_path: Path, good: Authority, server: Leaf) -> None:
    store = Store(tmp_path / "deep" / "store")
    assert store.current is None
    assert store.stable.ca_pem is None
    first = store.publish(StoreContents(trust=(good,)))
    second = Store(store.root).publish(StoreContents(leaf=server))
    assert [first.number, second.number] == [1, 2]
    assert store.current == second
    assert _path(first.ca_pem).read_bytes() == good.pem
    assert store.stable.ca_pem is None
    assert store.stable.cert_pem == store.root / "current" / "cert.pem"


def test_a_failed_publish_keeps_the_old_generation_and_leaves_nothing(
    tmp_path: Path, good: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    old = store.publish(StoreContents(trust=(good,)))
    before = sorted(tmp_path.rglob("*"))

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    for step in ("rename", "symlink_to", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, step, fail)
            with pytest.raises(OSError, match="disk full"):
                store.publish(StoreContents(leaf=self_signed(CLIENT)))
        assert store.current == old
        assert sorted(tmp_path.rglob("*")) == before
    with monkeypatch.context() as patch:
        patch.setattr(os, "fchmod", fail)
        with pytest.raises(OSError, match="disk full"):
            store.publish(StoreContents(leaf=self_signed(CLIENT)))
    unwritable = StoreContents(leaf=self_signed(LeafSpec.client(key_type=KeyType.ED25519)), key_format=KeyFormat.PKCS1)
    with pytest.raises(UsageError):
        store.publish(unwritable)
    assert sorted(tmp_path.rglob("*")) == before
    assert store.publish(StoreContents(trust=(good,))).number == 2


def test_an_interrupt_after_the_switch_leaves_the_new_generation(
    tmp_path: Path, good: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.publish(StoreContents(trust=(good,)))
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> None:
        replace(self, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.publish(StoreContents(trust=(good, good)))
    assert _path(store.stable.ca_pem).read_bytes() == good.pem * 2


def test_a_reader_never_sees_a_mixed_pair(tmp_path: Path) -> None:
    store = Store(tmp_path)
    leaves = [self_signed(CLIENT) for _ in range(2)]
    pairs = {(leaf.chain_pem, leaf.key_pem()) for leaf in leaves}
    store.publish(StoreContents(leaf=leaves[0]))
    seen: set[tuple[bytes, bytes]] = set()
    reads = itertools.count()
    published, reading = threading.Event(), threading.Event()

    def read() -> None:
        while not published.is_set():
            directory = store.stable.directory.resolve()
            seen.add(((directory / "cert.pem").read_bytes(), (directory / "key.pem").read_bytes()))
            if next(reads) == 10:
                reading.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert reading.wait(5)
        for leaf, _ in zip(itertools.cycle(leaves), range(200)):
            store.publish(StoreContents(leaf=leaf))
    finally:
        published.set()
        reader.join()
    assert seen == pairs


def test_a_jks_password_outside_ascii_is_refused(tmp_path: Path, good: Authority) -> None:
    contents = StoreContents(trust=(good,), kinds=frozenset({StoreKind.JKS}), password=f"{PASSWORD} ü")
    with pytest.raises(UsageError, match="outside ASCII"):
        Store(tmp_path).publish(contents)
