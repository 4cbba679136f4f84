"""Stores: key stores, read anew for every connection; drivers get what they hold as PEM files, or read them as well."""

import contextlib
import hashlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from cryptography.hazmat.primitives.serialization import Encoding

from harness.errors import UsageError
from harness.model.tls import ClientTls, TlsVersion, Verify
from harness.pki import StoreKind, keys
from harness.pki.leaf import Leaf
from harness.pki.reading import Material, read_leaf, read_trust
from harness.pool.properties import JdbcProperties

_KINDS = {"JKS": StoreKind.JKS, "PKCS12": StoreKind.PKCS12, "PEM": StoreKind.PEM}
_ACCOUNT = frozenset({"user", "password"})
_READINGS = 5
"""Three files change in one step at the latest by the third reading; a publisher that is slower is read half-way."""
_REMEMBERED = 64


class DriverMaterial(NamedTuple):
    """What a driver gets: settings that name files, and what is in them."""

    tls: ClientTls
    material: Material


StoreReader = Callable[[JdbcProperties], DriverMaterial]
"""JDBC properties -> what they hand to a driver now. Raises UsageError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A store, as properties name it; PEM has its key in a file of its own. The password never shows."""

    path: Path
    key: Path | None
    kind: StoreKind
    password: str = field(repr=False)


class _Content(NamedTuple):
    trust: bytes | None
    store: bytes | None
    key: bytes | None


class Stores:
    """StoreReader the stores that properties name. Safe between threads.

    Each call reads the files' bytes: time and size say nothing of a file that was changed in place. What has been read
    before is not taken apart again. PEM files for drivers stay below ``scratch``, a directory for each content.

    A driver that reads ``key_stores`` gets the properties as they are. What it finds in the stores that they name is
    its own reading, a moment after this one or from a cache of its own: ``in_use`` tells which it was.
    """

    def __init__(self, scratch: Path, *, key_stores: bool = False) -> None:
        self._scratch = scratch
        self._key_stores = key_stores
        self._guard = threading.Lock()
        self._known: dict[tuple[object, ...], DriverMaterial] = {}

    def handed(self, properties: JdbcProperties) -> DriverMaterial:
        """What a connection with ``properties`` is given now. Raises UsageError for a store that cannot be used."""
        verify = properties.verify
        if verify is Verify.DISABLED:
            unchanged = _without_account(properties) if self._key_stores else None
            return DriverMaterial(ClientTls(verify=verify, properties=unchanged), Material.of((), None))
        trust, store = _named("trustCertificate", properties), _named("clientCertificate", properties)
        if trust is None and verify in {Verify.CA, Verify.IDENTITY}:
            raise UsageError(
                "the server's certificate is to be verified, and no store says whom to trust",
                remedy="set trustCertificateKeyStoreUrl; the reference client trusts nobody by itself",
            )
        known = (verify, _without_account(properties) if self._key_stores else properties.versions, trust, store)
        # What was handed out before was read whole then: it need not be read a second time to know that.
        if (before := self._known.get((*known, _read_once(trust, store)))) is not None:
            return before
        content = _read(trust, store)
        with self._guard:
            found = self._known.get((*known, content))
            if found is None:
                while len(self._known) >= _REMEMBERED:
                    self._known.pop(next(iter(self._known)))
                found = self._known[*known, content] = self._handed(properties, trust, store, content)
        return found

    def in_use(self, tls: ClientTls, presented: int) -> str:
        """The fingerprint of the material of a connection that presented another leaf than was in the stores before.

        They were exchanged since, or the driver keeps what it read once: of what was ever read here, the last that has
        a leaf of that serial number. Material that nobody can have declared, where there is none.
        """
        # Gone or half written meanwhile: what was read before remains.
        with contextlib.suppress(UsageError):
            if tls.properties is not None:
                self.handed(JdbcProperties(dict(tls.properties)))
        with self._guard:
            read = [handed.material for handed in self._known.values()]
        found = (each for each in reversed(read) if each.leaf is not None and each.leaf.serial == presented)
        return next((each.fingerprint for each in found), f"unknown, with the leaf {presented:x}")

    @staticmethod
    def digest(properties: JdbcProperties) -> str:
        """Tells contents of the stores apart, byte by byte. Raises UsageError for a store that cannot be read."""
        if properties.verify is Verify.DISABLED:
            return ""
        content = _read(_named("trustCertificate", properties), _named("clientCertificate", properties))
        return hashlib.sha256(repr(content).encode()).hexdigest()

    def _handed(
        self, properties: JdbcProperties, trust: _Named | None, store: _Named | None, content: _Content
    ) -> DriverMaterial:
        trusted: tuple[bytes, ...] = ()
        material = Material.of((), None)
        if trust is not None and content.trust is not None:
            with _at(trust.path):
                certificates = read_trust(trust.kind, content.trust, trust.password)
            material = Material.of(certificates, None)
            trusted = tuple(each.public_bytes(Encoding.PEM) for each in certificates)
        leaf: Leaf | None = None
        if store is not None and content.store is not None:
            leaf = _leaf(store, content.store, content.key)
            material = Material.of(material.trusted, leaf)
        versions = properties.versions
        old = {TlsVersion.TLS_1_0, TlsVersion.TLS_1_1}
        legacy = not old.isdisjoint(TlsVersion.parse(name) for name in versions or ())
        if self._key_stores:
            unchanged = _without_account(properties)
            return DriverMaterial(ClientTls(verify=properties.verify, legacy=legacy, properties=unchanged), material)
        files = self._written(_pem(b"".join(trusted), leaf))
        tls = ClientTls(
            verify=properties.verify,
            ca=files / "ca.pem" if trusted else None,
            certificate=None if leaf is None else files / "cert.pem",
            key=None if leaf is None else files / "key.pem",
            versions=versions,
            legacy=legacy,
        )
        return DriverMaterial(tls, material)

    def _written(self, files: Mapping[str, bytes]) -> Path:
        """The folder that has just these files."""
        name = hashlib.sha256(repr(files).encode()).hexdigest()[:32]
        folder = self._scratch / "material" / name
        if folder.is_dir():
            return folder
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
        for file, content in files.items():
            (fresh / file).touch(mode=0o600)
            (fresh / file).write_bytes(content)
        # Another worker that shares the folder may have been quicker: what it wrote is the same.
        with contextlib.suppress(OSError):
            fresh.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
        return folder


def pinned(reads: StoreReader) -> StoreReader:
    """StoreReader once for each properties, and hands that out ever after."""
    first: dict[tuple[tuple[str, str], ...], DriverMaterial] = {}

    def read(properties: JdbcProperties) -> DriverMaterial:
        key = tuple(sorted(properties.values.items()))
        if key not in first:
            first[key] = reads(properties)
        return first[key]

    return read


def _pem(trusted: bytes, leaf: Leaf | None) -> Mapping[str, bytes]:
    """PEM files by name; the driver gets a key that does not match as it is."""
    if leaf is None:
        return {"ca.pem": trusted}
    return {"ca.pem": trusted, "cert.pem": leaf.chain_pem, "key.pem": leaf.oldest_key_pem()}


def _without_account(properties: JdbcProperties) -> tuple[tuple[str, str], ...]:
    """The properties as a driver gets them; whom to log in as goes beside them."""
    return tuple((name, value) for name, value in properties.values.items() if name not in _ACCOUNT)


def _named(whose: str, properties: JdbcProperties) -> _Named | None:
    text = properties.text
    url = text(f"{whose}KeyStoreUrl")
    if url is None:
        return None
    kind = _KINDS[(text(f"{whose}KeyStoreType") or "JKS").upper()]
    key = text(f"{whose}KeyUrl") if kind is StoreKind.PEM else None
    return _store(url, key, kind, text(f"{whose}KeyStorePassword") or "")


# Every connection asks, for the same few: paths take as long to make as a file to read.
@lru_cache(maxsize=64)
def _store(url: str, key: str | None, kind: StoreKind, password: str) -> _Named:
    return _Named(path=_path(url), key=None if key is None else _path(key), kind=kind, password=password)


def _path(url: str) -> Path:
    """RFC 8089: ``file:/path`` and ``file:///path``."""
    path = unquote(url.removeprefix("file:"))
    return Path(path.removeprefix("//") if path.startswith("///") else path)


def _read(trust: _Named | None, store: _Named | None) -> _Content:
    """The files' bytes, of one moment: files that are exchanged together must not be seen old and new."""
    content = _read_once(trust, store)
    for _ in range(_READINGS):
        before, content = content, _read_once(trust, store)
        if content == before:
            break
    return content


def _read_once(trust: _Named | None, store: _Named | None) -> _Content:
    return _Content(
        None if trust is None else _bytes(trust.path),
        None if store is None else _bytes(store.path),
        None if store is None or store.key is None else _bytes(store.key),
    )


def _bytes(path: Path) -> bytes:
    try:
        # Not Path.read_bytes, whose layers take twice as long as the reading: every connection asks.
        with path.open("rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        remedy = "put it there, or correct the URL that names it"
        raise UsageError(f"the store cannot be read: {error.strerror}", place=str(path), remedy=remedy) from error


def _leaf(named: _Named, store: bytes, key: bytes | None) -> Leaf:
    apart = None
    if named.key is not None and key is not None:
        with _at(named.key):
            apart = keys.from_pem(key, proved=False)
    with _at(named.path):
        return read_leaf(named.kind, store, named.password, key=apart)


@contextlib.contextmanager
def _at(path: Path) -> Iterator[None]:
    """Whatever is wrong is wrong there."""
    try:
        yield
    except UsageError as error:
        raise UsageError(error.what, place=str(path), remedy=error.remedy) from error
