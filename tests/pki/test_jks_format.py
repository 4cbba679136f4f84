"""The format of JKS files against another implementation of it, pyjks; keytool's own stores are in test_reading."""

import struct
from collections.abc import Callable, Sequence
from typing import Any

import jks as pyjks  # type: ignore[import-untyped]  # pyjks has no types
import pytest

from harness.pki import KeyType, LeafSpec, jks_format, self_signed
from harness.pki.jks_format import DamagedStore, Entry, KeyEntry, ProtectedOtherwise, TrustedEntry, WrongPassword

PASSWORD = "changeit"  # noqa: S105 - Java's own, which keeps no secret
SECRET = self_signed(LeafSpec.client(key_type=KeyType.RSA_2048)).key_der()
TRUSTED = TrustedEntry(alias="root", time_ms=1_700_000_000_123, certificate=b"\x30\x03abc")
LONG = TrustedEntry(alias="größer als 127", time_ms=2, certificate=bytes(70_000))


def _key(password: str = PASSWORD, key: bytes = SECRET) -> KeyEntry:
    protected = jks_format.protect(key, password)
    return KeyEntry(alias="mine", time_ms=1, protected=protected, chain=(b"\x30\x01a", b"\x30\x01b"))


def _there(store: bytes) -> Any:
    return pyjks.KeyStore.loads(store, PASSWORD)


@pytest.mark.parametrize("length", [0, 1, 19, 20, 21, 127, 128, 255, 256, 1218, 70_000])
def test_what_is_protected_is_recovered(length: int) -> None:
    key = bytes(number % 256 for number in range(length))
    assert jks_format.recover(jks_format.protect(key, PASSWORD), PASSWORD) == key


def test_what_is_dumped_is_loaded_here_and_by_pyjks() -> None:
    entries: list[Entry] = [TRUSTED, _key(), LONG]
    store = jks_format.dump(entries, PASSWORD)
    assert jks_format.load(store, PASSWORD) == entries
    found = _there(store)
    assert {alias: (one.cert, one.timestamp) for alias, one in found.certs.items() if alias == TRUSTED.alias} == {
        TRUSTED.alias: (TRUSTED.certificate, TRUSTED.time_ms)
    }
    assert found.private_keys["mine"].pkey_pkcs8 == SECRET
    assert [der for _, der in found.private_keys["mine"].cert_chain] == [b"\x30\x01a", b"\x30\x01b"]


def test_what_pyjks_dumps_is_loaded() -> None:
    trusted = pyjks.TrustedCertEntry.new("root", b"\x30\x03abc")
    key = pyjks.PrivateKeyEntry.new("mine", [b"\x30\x01a"], SECRET, "pkcs8")
    store = pyjks.KeyStore.new("jks", [trusted, key]).saves(PASSWORD)
    loaded = {entry.alias: entry for entry in jks_format.load(store, PASSWORD)}
    assert loaded["root"] == TrustedEntry(alias="root", time_ms=trusted.timestamp, certificate=b"\x30\x03abc")
    mine = loaded["mine"]
    assert isinstance(mine, KeyEntry)
    assert mine.chain == (b"\x30\x01a",)
    assert jks_format.recover(mine.protected, PASSWORD) == SECRET


def test_the_same_key_is_never_hidden_alike() -> None:
    assert jks_format.protect(SECRET, PASSWORD) != jks_format.protect(SECRET, PASSWORD)


def test_a_name_is_written_as_java_writes_it() -> None:
    """``writeUTF``: a zero byte as two, what lies beyond 16 bits as two units of three bytes (DataInput's javadoc)."""
    store = jks_format.dump([TrustedEntry(alias="\0🗝", time_ms=0, certificate=b"")], PASSWORD)
    assert bytes.fromhex("0008 c080 eda0bd edb79d") in store
    (entry,) = jks_format.load(store, PASSWORD)
    assert entry.alias == "\0🗝"


def test_another_password_is_told_from_damage() -> None:
    store = jks_format.dump([TRUSTED], PASSWORD)
    with pytest.raises(WrongPassword):
        jks_format.load(store, "another")
    with pytest.raises(ProtectedOtherwise):
        jks_format.recover(_key("another").protected, PASSWORD)


def test_every_byte_that_is_altered_or_missing_is_found() -> None:
    store = jks_format.dump([TRUSTED, _key()], PASSWORD)
    for at in range(len(store)):
        altered = store[:at] + bytes((store[at] ^ 0x41,)) + store[at + 1 :]
        with pytest.raises((DamagedStore, WrongPassword)):
            jks_format.load(altered, PASSWORD)
        with pytest.raises((DamagedStore, WrongPassword)):
            jks_format.load(store[:at], PASSWORD)
    protected = _key().protected
    for at in range(len(protected)):
        altered = protected[:at] + bytes((protected[at] ^ 0x41,)) + protected[at + 1 :]
        with pytest.raises((DamagedStore, ProtectedOtherwise)):
            jks_format.recover(altered, PASSWORD)


def _entry(kind: int, *rest: bytes) -> bytes:
    return struct.pack(">I", kind) + b"\x00\x01a" + bytes(8) + b"".join(rest)


CERTIFICATE = b"\x00\x05X.509" + struct.pack(">I", 1) + b"c"


@pytest.mark.parametrize(
    ("header", "entries", "said"),
    [
        ((0xCECECECE, 2, 0), b"", "it begins as none does"),  # JCEKS
        ((0xFEEDFEED, 1, 0), b"", "it is of version 1, not 2"),
        ((0xFEEDFEED, 2, 1), _entry(3), "it has an entry of the unknown kind 3"),
        ((0xFEEDFEED, 2, 1), _entry(2, b"\x00\x03PGP"), "it has a certificate of the unknown kind PGP"),
        ((0xFEEDFEED, 2, 1), _entry(2, CERTIFICATE, b"more"), "4 bytes too many"),
        ((0xFEEDFEED, 2, 2), _entry(2, CERTIFICATE), "it is cut short"),
        ((0xFEEDFEED, 2, 1), _entry(1, b"\xff\xff\xff\xff"), "it is cut short"),
        ((0xFEEDFEED, 2, 1), b"\x00\x00\x00\x02\x00\x01\xff", "it has a name that is no text"),
    ],
)
def test_damage_is_named(header: tuple[int, int, int], entries: bytes, said: str) -> None:
    content = struct.pack(">III", *header) + entries
    with pytest.raises(DamagedStore) as caught:
        jks_format.load(content + bytes(20), PASSWORD)
    assert str(caught.value) == said


def _other_protection(protected: bytes) -> bytes:
    return protected.replace(bytes.fromhex("2a02110101"), bytes.fromhex("2a02130101"))


def _no_sequence(protected: bytes) -> bytes:
    return b"\x31" + protected[1:]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_other_protection, "its key is protected in an unknown way"),
        (_no_sequence, "its key is not in the form that a protected key has"),
        (lambda protected: protected[:-1], "it is cut short"),
        (lambda _: b"", "it is cut short"),
    ],
)
def test_a_key_that_is_damaged_is_named(spoil: Callable[[bytes], bytes], said: str) -> None:
    with pytest.raises(DamagedStore) as caught:
        jks_format.recover(spoil(_key().protected), PASSWORD)
    assert str(caught.value) == said


def test_no_secret_is_shown() -> None:
    shown: Sequence[object] = [_key()]
    assert "protected" not in repr(shown)
