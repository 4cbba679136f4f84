"""Material as data: which leaf an end presents, whom it trusts, and how each file is made. No keys, no bytes.

``harness.pki.materials`` makes what these name. What a document's commands make is named by the commands and the file.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from harness.errors import UsageError
from harness.model.certificates import AuthoritySpec, LeafSpec
from harness.model.words import in_brackets, words

STORE_PASSWORD = "changeit"  # noqa: S105  Java's own and the guide's: it keeps no secret


class StoreKind(Enum):
    """A family of files."""

    PEM = "pem"
    PKCS12 = "p12"
    JKS = "jks"


class KeyFormat(Enum):
    """How a private key is written as PEM."""

    PKCS1 = "pkcs1"
    """``BEGIN RSA PRIVATE KEY`` or ``BEGIN EC PRIVATE KEY`` (SEC 1): what yaSSL needs. Ed25519 has no such form."""
    PKCS8 = "pkcs8"
    """``BEGIN PRIVATE KEY``."""
    PKCS8_ENCRYPTED = "pkcs8-encrypted"
    """``BEGIN ENCRYPTED PRIVATE KEY``; needs a passphrase."""


class Presents(Enum):
    """What an end shows of its chain."""

    CHAIN = "its chain"
    LEAF_ALONE = "its leaf alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedLeaf:
    """A leaf by ``issuer``, or one that signs itself where that is None. Equal ones are one certificate, all run long.

    ``key_of`` names the leaf whose private key it has instead of its own: the mismatch of a half-done rotation.
    """

    spec: LeafSpec
    issuer: AuthoritySpec | None
    presents: Presents = Presents.CHAIN
    key_of: "IssuedLeaf | None" = None

    @property
    def certified(self) -> "IssuedLeaf":
        """The same with its own chain and key: what is issued."""
        return replace(self, presents=Presents.CHAIN, key_of=None)

    @property
    def subject_oneline(self) -> str:
        """The subject as ``REQUIRE SUBJECT`` wants it."""
        return self.spec.subject_oneline

    @property
    def issuer_oneline(self) -> str:
        """The issuer as ``REQUIRE ISSUER`` wants it."""
        return self.subject_oneline if self.issuer is None else self.issuer.subject_oneline

    @property
    def issuer_words(self) -> str:
        """What a reader calls the issuer."""
        return "itself" if self.issuer is None else str(self.issuer)

    @property
    def key_words(self) -> str:
        """Whose key it has, for a reader."""
        return "its own" if self.key_of is None else f"that of {self.key_of}"

    def with_key_of(self, other: "IssuedLeaf") -> "IssuedLeaf":
        """This certificate with the other's key."""
        return replace(self, key_of=other)

    def without_chain(self) -> "IssuedLeaf":
        """This certificate presented without its intermediates."""
        return replace(self, presents=Presents.LEAF_ALONE)

    def __str__(self) -> str:
        parts = list(self.spec.peculiarities())
        parts += [] if self.presents is Presents.CHAIN else [f"presents {self.presents.value}"]
        parts += [] if self.key_of is None else [f"key {self.key_words}"]
        return f"{self.spec.name_words} by {self.issuer_words}{in_brackets(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLeaf:
    """A leaf that the ``commands`` of a document made: a certificate's file, intermediates after it, and a key's."""

    commands: str
    certificate: str
    key: str

    def __str__(self) -> str:
        return f"{self.certificate} with {self.key} (made by the commands `{self.commands}`)"


PresentedLeaf = IssuedLeaf | DocumentLeaf


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAuthority:
    """An authority's certificate that the ``commands`` of a document made, and what to call it."""

    commands: str
    file: str
    name: str

    def __str__(self) -> str:
        return f"«{self.name}» ({self.file}, made by the commands `{self.commands}`)"


Trusted = AuthoritySpec | DocumentAuthority


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFile:
    """PEM: what a leaf presents."""

    of: PresentedLeaf

    def __str__(self) -> str:
        return f"certificate of {self.of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """PEM: a leaf's private key. ``format=None`` is the oldest that it has, which every server reads.

    ``passphrase`` is for a format that is encrypted, and for no other.
    """

    of: PresentedLeaf
    format: KeyFormat | None = None
    passphrase: str = ""

    def __post_init__(self) -> None:
        if (self.format is KeyFormat.PKCS8_ENCRYPTED) != bool(self.passphrase):
            raise UsageError(
                "an encrypted key needs a passphrase, and no other has one",
                remedy=f"give both {KeyFormat.PKCS8_ENCRYPTED.value} and a passphrase, or neither",
            )

    def __str__(self) -> str:
        parts = [] if self.format is None else [f"as {self.format.value}"]
        parts += [f"passphrase {self.passphrase}"] if self.passphrase else []
        return f"key of {self.of}{in_brackets(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoritiesFile:
    """PEM: certificates of authorities."""

    of: tuple[Trusted, ...]

    def __str__(self) -> str:
        return f"authorities {words(self.of)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationList:
    """PEM: what ``issuer`` has revoked, dated a day back, due ``due`` from its making (below zero: overdue)."""

    issuer: AuthoritySpec
    revoked: tuple[IssuedLeaf, ...] = ()
    due: timedelta = timedelta(days=7)

    def __str__(self) -> str:
        usual = self.due == timedelta(days=7)
        when = "" if usual else f", due {words(self.due)}"
        return f"revocation list of {self.issuer} ({words(self.revoked)}{when})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStoreFile:
    """A store of authorities, JKS or PKCS#12. ``marked=False``: without the mark by which Java knows whom it trusts."""

    kind: StoreKind
    of: tuple[Trusted, ...]
    store_password: str = STORE_PASSWORD
    marked: bool = True

    def __post_init__(self) -> None:
        _check_store(self.kind, self.store_password)
        if not self.marked and self.kind is not StoreKind.PKCS12:
            raise UsageError("a mark that this kind of store does not have", remedy="leave `marked` as it is")

    def __str__(self) -> str:
        parts = [] if self.store_password == STORE_PASSWORD else [f"password {self.store_password}"]
        parts += [] if self.marked else ["without the mark that Java asks for"]
        return f"{self.kind.value} trusting {words(self.of)}{in_brackets(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStoreFile:
    """A store of one leaf with its key, JKS or PKCS#12."""

    kind: StoreKind
    of: PresentedLeaf
    store_password: str = STORE_PASSWORD

    def __post_init__(self) -> None:
        _check_store(self.kind, self.store_password)

    def __str__(self) -> str:
        parts = [] if self.store_password == STORE_PASSWORD else [f"password {self.store_password}"]
        return f"{self.kind.value} with {self.of}{in_brackets(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A file that the ``commands`` of a document made, as it is."""

    commands: str
    file: str

    def __str__(self) -> str:
        return f"{self.file} (made by the commands `{self.commands}`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file with this text in it, as UTF-8."""

    text: str

    def __str__(self) -> str:
        return f"the text `{self.text}`" if self.text else "empty"


FileRecipe = (
    CertificateFile
    | KeyFile
    | AuthoritiesFile
    | RevocationList
    | TrustStoreFile
    | KeyStoreFile
    | DocumentFile
    | TextFile
)


def _check_store(kind: StoreKind, password: str) -> None:
    if kind is StoreKind.PEM:
        raise UsageError("a store of PEM files is several files", remedy="name a certificate's file and a key's")
    if not password:
        raise UsageError("an empty store password", remedy="give one; Java reads a store without one as empty")
