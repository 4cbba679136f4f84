"""Stores: what one end trusts and presents, as files that change all at once.

Terms: a *generation* is one set of files that belong together, in a directory of its own, never changed once published;
the *current* generation is the one that the symbolic link ``current`` names. Publishing writes a generation beside the
others and then moves the link in one step (rename(2)). A reader that resolves ``current`` once sees one generation
whole; one that goes through the link for every file can see two when a publish falls in between, as any program that is
given stable paths can.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from cryptography import x509

from harness.errors import UsageError
from harness.model.material import STORE_PASSWORD, KeyFormat, StoreKind
from harness.pki import jks, pkcs12
from harness.pki.authority import Authority, TrustedCertificate
from harness.pki.leaf import Leaf

_CURRENT = "current"
_PREFIX = "generation-"
_KEY_ALIAS = "mysqlclient"
"""As in the guide's `openssl pkcs12 -export -name`; Java takes whichever key it finds."""

_CA_PEM = "ca.pem"
_CERT_PEM = "cert.pem"
_KEY_PEM = "key.pem"
_TRUST_P12 = "truststore.p12"
_KEYS_P12 = "keystore.p12"
_TRUST_JKS = "truststore.jks"
_KEYS_JKS = "keystore.jks"
_STORES = {StoreKind.PKCS12: (_TRUST_P12, _KEYS_P12), StoreKind.JKS: (_TRUST_JKS, _KEYS_JKS)}
"""Whom one trusts, and what one presents, by the kind of store."""
_SECRET = frozenset({_KEY_PEM, _KEYS_P12, _KEYS_JKS})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreContents:
    """What a generation holds: whom one end trusts, and what it presents. Raises UsageError for what no store can hold.

    ``older`` are leaves that a JKS key store still has beside ``leaf``, as while one is being exchanged; the other
    kinds hold one. ``password`` guards PKCS#12 and JKS stores, and the PEM key where ``key_format`` is encrypted. Its
    default is Java's own and the guide's: it keeps no secret.
    """

    trust: tuple[Authority | TrustedCertificate, ...] = ()
    leaf: Leaf | None = None
    older: tuple[Leaf, ...] = ()
    kinds: frozenset[StoreKind] = frozenset({StoreKind.PEM})
    key_format: KeyFormat = KeyFormat.PKCS8
    password: str = field(default=STORE_PASSWORD, repr=False)

    def __post_init__(self) -> None:
        if not self.kinds:
            raise UsageError("a store of no kind", remedy=f"name one of {', '.join(kind.value for kind in StoreKind)}")
        if not self.password:
            raise UsageError("an empty store password", remedy="give one; Java reads a store without one as empty")


@dataclass(frozen=True, slots=True)
class StoreFiles:
    """The files in a directory; each is None where there is no such file at the time of asking."""

    directory: Path

    @property
    def ca_pem(self) -> Path | None:
        """The trusted authorities, in the order given."""
        return self._file(_CA_PEM)

    @property
    def cert_pem(self) -> Path | None:
        """The leaf, then its intermediates."""
        return self._file(_CERT_PEM)

    @property
    def key_pem(self) -> Path | None:
        """The leaf's private key."""
        return self._file(_KEY_PEM)

    @property
    def truststore_p12(self) -> Path | None:
        """The trusted authorities as PKCS#12, marked as trusted for Java."""
        return self._file(_TRUST_P12)

    @property
    def keystore_p12(self) -> Path | None:
        """Leaf, intermediates and key as PKCS#12."""
        return self._file(_KEYS_P12)

    @property
    def truststore_jks(self) -> Path | None:
        """The trusted authorities as JKS."""
        return self._file(_TRUST_JKS)

    @property
    def keystore_jks(self) -> Path | None:
        """Leaf, intermediates and key as JKS."""
        return self._file(_KEYS_JKS)

    def _file(self, name: str) -> Path | None:
        path = self.directory / name
        return path if path.is_file() else None


@dataclass(frozen=True, slots=True)
class Generation(StoreFiles):
    """One published generation, pinned: these paths keep their content whatever is published later."""

    number: int


@dataclass(frozen=True, slots=True)
class Store:
    """Generations below ``root``, counted from 1, made at the first publish. One publisher at a time."""

    root: Path

    def publish(self, contents: StoreContents, *, modified_ns: Mapping[str, int] | None = None) -> Generation:
        """Write a new generation and make it current; when that fails, the old one stays and nothing is left behind.

        ``modified_ns`` are modification times that files get, in nanoseconds since the epoch, by name; all others: now.

        Raises UsageError for contents that cannot be written, OSError from the file system.
        """
        files = rendered(contents)
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = max(self._numbers(), default=0) + 1
        directory = self.root / f"{_PREFIX}{number:06}"
        with contextlib.ExitStack() as undo:
            # mkdtemp makes it 0700. A name that no generation has, so that a killed publish is not taken for one.
            fresh = Path(tempfile.mkdtemp(prefix=".unpublished-", dir=self.root))
            undo.callback(shutil.rmtree, fresh, ignore_errors=True)
            for name, content in files.items():
                _write(fresh / name, content, 0o600 if name in _SECRET else 0o644)
                if (at_ns := (modified_ns or {}).get(name)) is not None:
                    os.utime(fresh / name, ns=(at_ns, at_ns))
            fresh.rename(directory)
            undo.callback(self._abandon, directory)
            link = self.root / f".{_CURRENT}-{number:06}"
            link.unlink(missing_ok=True)
            undo.callback(link.unlink, missing_ok=True)
            link.symlink_to(directory.name, target_is_directory=True)
            link.replace(self.root / _CURRENT)
            undo.pop_all()
        return Generation(directory=directory, number=number)

    @property
    def current(self) -> Generation | None:
        """The generation published last, pinned; None before the first."""
        try:
            name = (self.root / _CURRENT).readlink().name
        except FileNotFoundError:
            return None
        return Generation(directory=self.root / name, number=int(name.removeprefix(_PREFIX)))

    @property
    def stable(self) -> StoreFiles:
        """The paths through ``current``: they stay the same and their content changes with each publish."""
        return StoreFiles(self.root / _CURRENT)

    def _abandon(self, directory: Path) -> None:
        # An interrupt can fall between the moved link and the end of publish: what is current stays.
        current = self.current
        if current is None or current.directory != directory:
            shutil.rmtree(directory, ignore_errors=True)

    def _numbers(self) -> list[int]:
        return [int(found.name.removeprefix(_PREFIX)) for found in self.root.glob(_PREFIX + "[0-9]*")]


def rendered(contents: StoreContents) -> dict[str, bytes]:
    """Every file's content, by name, before any is written: what cannot be rendered leaves no debris.

    Raises UsageError for contents that cannot be written.
    """
    files: dict[str, bytes] = {}
    leaf, password = contents.leaf, contents.password
    if StoreKind.PEM in contents.kinds:
        if contents.trust:
            files[_CA_PEM] = b"".join(authority.pem for authority in contents.trust)
        if leaf is not None:
            passphrase = password.encode() if contents.key_format is KeyFormat.PKCS8_ENCRYPTED else None
            files[_CERT_PEM] = leaf.chain_pem
            files[_KEY_PEM] = leaf.key_pem(contents.key_format, passphrase)
    for kind, (trust_name, keys_name) in _STORES.items():
        if kind in contents.kinds:
            if contents.trust:
                files[trust_name] = trust_store(kind, contents.trust, password)
            if leaf is not None:
                files[keys_name] = key_store(kind, leaf, password, older=contents.older)
    return files


def trust_store(
    kind: StoreKind, trust: tuple[Authority | TrustedCertificate, ...], password: str, *, marked: bool = True
) -> bytes:
    """A store of authorities, PKCS#12 or JKS; ``marked=False`` as `openssl pkcs12 -export -nokeys` makes one.

    Raises UsageError for PEM, of which no store is one file, and for what cannot be written.
    """
    match kind:
        case StoreKind.PKCS12 if marked:
            return pkcs12.trust_store(_aliases(trust), password)
        case StoreKind.PKCS12:
            return pkcs12.unmarked_store([authority.certificate for authority in trust], password)
        case StoreKind.JKS:
            return jks.trust_store(_aliases(trust), password)
        case StoreKind.PEM:
            raise _no_one_file()
        case _:
            assert_never(kind)


def key_store(kind: StoreKind, leaf: Leaf, password: str, *, older: tuple[Leaf, ...] = ()) -> bytes:
    """A store of a leaf with its key, PKCS#12 or JKS, which has ``older`` ones as well. Raises as ``trust_store``."""
    match kind:
        case StoreKind.PKCS12:
            return pkcs12.key_store(_KEY_ALIAS, leaf, password)
        case StoreKind.JKS:
            return jks.key_store(_numbered(_KEY_ALIAS, (leaf, *older)), password)
        case StoreKind.PEM:
            raise _no_one_file()
        case _:
            assert_never(kind)


def _no_one_file() -> UsageError:
    return UsageError("a store of PEM files is several files", remedy="name a certificate's file and a key's")


def _aliases(authorities: tuple[Authority | TrustedCertificate, ...]) -> dict[str, x509.Certificate]:
    """Each authority under its name, in lower case as Java keeps aliases, and numbered where names are the same."""
    found: dict[str, x509.Certificate] = {}
    for authority in authorities:
        name = alias = authority.name.lower()
        count = 1
        while alias in found:
            count += 1
            alias = f"{name}-{count}"
        found[alias] = authority.certificate
    return found


def _numbered(alias: str, leaves: tuple[Leaf, ...]) -> dict[str, Leaf]:
    """The newest leaf under ``alias``, those before it under the same with a number."""
    return {alias if number == 1 else f"{alias}-{number}": leaf for number, leaf in enumerate(leaves, start=1)}


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a new file that has its mode before it has its content, whatever the umask."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
