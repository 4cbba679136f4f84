"""The file format JKS: entries, how each key in it is protected, and the sum over all of it.

As OpenJDK reads and writes it (sun.security.provider.JavaKeyStore, KeyProtector). Big-endian; a *text* is two bytes of
length and Java's modified UTF-8, a *block* four bytes of length and bytes:

    file    magic, version 2, number of entries, entries, sum
    entry   1, alias, time, block of the protected key, number of certificates, certificates
         or 2, alias, time, certificate
    sum     SHA-1 of the password, "Mighty Aphrodite" and all that comes before the sum

A key is protected by SHA-1 alone, chained from a salt: it keeps a key from nobody who has time.
"""

import hashlib
import secrets
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_MAGIC, _VERSION = 0xFEEDFEED, 2
_KEY, _TRUSTED = 1, 2
_CERTIFICATE = "X.509"
_WHITENER = b"Mighty Aphrodite"
_SUM = hashlib.sha1(usedforsecurity=False).digest_size
_SALT = _SUM
_PROTECTION = bytes.fromhex("060a2b060104012a02110101")
"""The object identifier 1.3.6.1.4.1.42.2.17.1.1, Sun's own protection of keys, in DER."""
_NULL = b"\x05\x00"
_OCTETS, _SEQUENCE = 0x04, 0x30


class DamagedStore(Exception):
    """These bytes are no whole JKS store: how."""


class WrongPassword(Exception):
    """The sum over the store is another one, by this password: the password is wrong, or the store is damaged."""


class ProtectedOtherwise(Exception):
    """A key's own sum is another one: it is protected by another password than the store's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedEntry:
    """A certificate in DER. ``time_ms`` is since the epoch."""

    alias: str
    time_ms: int
    certificate: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """A private key, protected, and its certificate with those that issued it, each in DER."""

    alias: str
    time_ms: int
    protected: bytes = field(repr=False)
    chain: tuple[bytes, ...]


Entry = TrustedEntry | KeyEntry


def dump(entries: Sequence[Entry], password: str) -> bytes:
    """The store that holds ``entries``."""
    parts = [struct.pack(">III", _MAGIC, _VERSION, len(entries))]
    for entry in entries:
        kind = _KEY if isinstance(entry, KeyEntry) else _TRUSTED
        parts += [struct.pack(">I", kind), _text(entry.alias), struct.pack(">Q", entry.time_ms)]
        if isinstance(entry, KeyEntry):
            parts += [_block(entry.protected), struct.pack(">I", len(entry.chain)), *map(_certificate, entry.chain)]
        else:
            parts.append(_certificate(entry.certificate))
    content = b"".join(parts)
    return content + _sum(password, content)


def load(store: bytes, password: str) -> list[Entry]:
    """The entries of ``store``, keys still protected. Raises DamagedStore, WrongPassword."""
    content, stored = store[:-_SUM], store[-_SUM:]
    found = _Reader(content)
    if found.number() != _MAGIC:
        raise DamagedStore("it begins as none does")
    if (version := found.number()) != _VERSION:
        raise DamagedStore(f"it is of version {version}, not {_VERSION}")
    entries = [found.entry() for _ in range(found.number())]
    if found.left:
        raise DamagedStore(f"{found.left} bytes too many")
    # Last: a store that is cut short has another sum too, and its password may be right.
    if not secrets.compare_digest(_sum(password, content), stored):
        raise WrongPassword
    return entries


def protect(key: bytes, password: str) -> bytes:
    """``key`` (PKCS#8 in clear) as an EncryptedPrivateKeyInfo (RFC 5958) of Sun's own kind."""
    salt = secrets.token_bytes(_SALT)
    hidden = salt + _masked(key, salt, password) + _digest(_secret(password), key)
    return _der(_SEQUENCE, _der(_SEQUENCE, _PROTECTION + _NULL) + _der(_OCTETS, hidden))


def recover(protected: bytes, password: str) -> bytes:
    """The key in clear, as PKCS#8. Raises DamagedStore, ProtectedOtherwise."""
    outer, after = _read_der(protected, _SEQUENCE)
    algorithm, rest = _read_der(outer, _SEQUENCE)
    hidden, inside = _read_der(rest, _OCTETS)
    if algorithm not in (_PROTECTION, _PROTECTION + _NULL) or len(hidden) < _SALT + _SUM or after or inside:
        raise DamagedStore("its key is protected in an unknown way")
    salt, masked, stored = hidden[:_SALT], hidden[_SALT:-_SUM], hidden[-_SUM:]
    key = _masked(masked, salt, password)
    if not secrets.compare_digest(_digest(_secret(password), key), stored):
        raise ProtectedOtherwise
    return key


class _Reader:
    """Reads a store's content from its beginning. Every method raises DamagedStore where it ends too early."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._content) - self._at

    def take(self, length: int) -> bytes:
        if length > self.left:
            raise DamagedStore("it is cut short")
        self._at += length
        return self._content[self._at - length : self._at]

    def number(self, length: int = 4) -> int:
        return int.from_bytes(self.take(length), "big")

    def entry(self) -> Entry:
        kind, alias, time_ms = self.number(), self._text(), self.number(8)
        if kind == _TRUSTED:
            return TrustedEntry(alias=alias, time_ms=time_ms, certificate=self._certificate())
        if kind != _KEY:
            raise DamagedStore(f"it has an entry of the unknown kind {kind}")
        protected = self.take(self.number())
        chain = tuple(self._certificate() for _ in range(self.number()))
        return KeyEntry(alias=alias, time_ms=time_ms, protected=protected, chain=chain)

    def _certificate(self) -> bytes:
        if (kind := self._text()) != _CERTIFICATE:
            raise DamagedStore(f"it has a certificate of the unknown kind {kind}")
        return self.take(self.number())

    def _text(self) -> str:
        written = self.take(self.number(2)).replace(b"\xc0\x80", b"\0")
        try:
            units = written.decode("utf-8", "surrogatepass").encode("utf-16-be", "surrogatepass")
            return units.decode("utf-16-be", "surrogatepass")
        except UnicodeDecodeError as error:
            raise DamagedStore("it has a name that is no text") from error


def _text(text: str) -> bytes:
    """java.io.DataOutput.writeUTF: each UTF-16 unit for itself, and none of a zero byte."""
    units = struct.iter_unpack(">H", text.encode("utf-16-be", "surrogatepass"))
    written = "".join(chr(unit) for (unit,) in units).encode("utf-8", "surrogatepass").replace(b"\0", b"\xc0\x80")
    return struct.pack(">H", len(written)) + written


def _block(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _certificate(der: bytes) -> bytes:
    return _text(_CERTIFICATE) + _block(der)


def _secret(password: str) -> bytes:
    return password.encode("utf-16-be")


def _digest(*parts: bytes) -> bytes:
    return hashlib.sha1(b"".join(parts), usedforsecurity=False).digest()


def _sum(password: str, content: bytes) -> bytes:
    return _digest(_secret(password), _WHITENER, content)


def _masked(text: bytes, salt: bytes, password: str) -> bytes:
    """``text`` with the password's key stream over it; the same again takes it off."""
    stream = b"".join(_key_stream(salt, _secret(password), len(text)))
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))


def _key_stream(salt: bytes, secret: bytes, length: int) -> Iterator[bytes]:
    digest = salt
    for _ in range(0, length, _SUM):
        digest = _digest(secret, digest)
        yield digest


def _der(tag: int, content: bytes) -> bytes:
    """One element of DER (X.690, 8.1): tag, length, content."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    long = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(long))) + long + content


def _read_der(content: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, which must have ``tag``, and what comes after it. Raises DamagedStore."""
    found = _Reader(content)
    if found.number(1) != tag:
        raise DamagedStore("its key is not in the form that a protected key has")
    length = found.number(1)
    if length >= 0x80:
        length = found.number(length - 0x80)
    return found.take(length), found.take(found.left)
