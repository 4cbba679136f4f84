"""The TLS configuration of a server and of a client."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Self


class TlsVersion(Enum):
    """A protocol version; values are the names MySQL's ``tls_version`` and OpenSSL use (RFC 2246, 4346, 5246, 8446)."""

    TLS_1_0 = "TLSv1"
    TLS_1_1 = "TLSv1.1"
    TLS_1_2 = "TLSv1.2"
    TLS_1_3 = "TLSv1.3"

    def __str__(self) -> str:
        return self.value

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read a version as servers and drivers spell it; ``TLSv1.0`` is MariaDB's and Python's name for ``TLSv1``.

        Raises ValueError for a name that is no TLS version.
        """
        return cls("TLSv1" if name == "TLSv1.0" else name)


class Verify(Enum):
    """How much a client asks of TLS, weakest first; values are MySQL's ``--ssl-mode`` names in lower case."""

    DISABLED = "disabled"
    PREFERRED = "preferred"
    REQUIRED = "required"
    CA = "verify-ca"
    IDENTITY = "verify-identity"


class Can(Enum):
    """A capability that a probe states in its ``hello`` and a scenario may need."""

    DISABLE = "disable"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_IDENTITY = "verify-identity"
    CLIENT_CERTIFICATE = "client-certificate"
    LIMIT_VERSIONS = "limit-versions"
    NAME_VERSIONS = "name-versions"
    """Takes protocol versions by name, so that a nonsense name can be given."""
    CHOOSE_CIPHERS = "choose-ciphers"
    SEE_SERVER_CERTIFICATE = "see-server-certificate"
    LEGACY_CRYPTO = "legacy-crypto"
    """Can be told to take what today's libraries refuse as shipped: TLSv1, small keys, legacy renegotiation."""
    HOLD_SESSIONS = "hold-sessions"
    """Keeps connections open between requests, as a pool needs them."""
    KEY_STORES = "key-stores"
    """Reads Java's key stores, not PEM files, and takes a driver's own properties."""
    TRUST_STORES = "trust-stores"
    """Of a driver that reads key stores: whom to trust, too, and by the names that MySQL's driver has for it."""
    CHECK_REVOCATION = "check-revocation"
    """Takes a list of revoked certificates, and refuses a server whose own is on it."""
    LEGACY_RENEGOTIATION = "legacy-renegotiation"
    """Takes, as shipped, a server that lacks secure renegotiation (RFC 5746)."""

    @property
    def words(self) -> str:
        """What a client with it can do, for a reader: completes «the client cannot …»."""
        return _ABILITIES[self]


_ABILITIES = {
    Can.DISABLE: "connect without TLS",
    Can.PREFER: "prefer TLS",
    Can.REQUIRE: "demand TLS and verify nothing",
    Can.VERIFY_CA: "verify a certificate's chain",
    Can.VERIFY_IDENTITY: "verify a certificate's name",
    Can.CLIENT_CERTIFICATE: "present a certificate",
    Can.LIMIT_VERSIONS: "limit TLS versions",
    Can.NAME_VERSIONS: "name TLS versions",
    Can.CHOOSE_CIPHERS: "choose ciphers",
    Can.SEE_SERVER_CERTIFICATE: "show the server's certificate",
    Can.LEGACY_CRYPTO: "allow legacy crypto",
    Can.HOLD_SESSIONS: "hold connections",
    Can.KEY_STORES: "read key stores",
    Can.TRUST_STORES: "name a trust store",
    Can.CHECK_REVOCATION: "take a revocation list",
    Can.LEGACY_RENEGOTIATION: "take legacy renegotiation",
}


Option = bytes | str | tuple[str, ...] | bool
"""What an option of a server is given: a file's content, a value, several, or that it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """What a server is configured with: PEM files and values in the field's spelling; a dialect writes them as options.

    ``certificate`` is the leaf followed by its intermediates; ``authorities`` are those trusted to sign client
    certificates, and ``revocations`` lists those that they have revoked. ``certificate=None`` means TLS off.
    ``ciphers`` is a TLS 1.2 OpenSSL cipher list. ``serial`` is that of the certificate, by which it is known again.

    A member is an option: ``harness/knowledge/options.toml`` has its spellings, ``harness.case.situation.ServerSide`` a
    field of its name.
    """

    certificate: bytes | None = field(default=None, repr=False)
    key: bytes | None = field(default=None, repr=False)
    authorities: bytes | None = field(default=None, repr=False)
    revocations: bytes | None = field(default=None, repr=False)
    versions: tuple[str, ...] | None = None
    ciphers: str | None = None
    require_secure_transport: bool = False
    serial: int | None = None

    @property
    def enabled(self) -> bool:
        return self.certificate is not None

    def options(self) -> Iterator[tuple[str, Option]]:
        """The options that it has, in order."""
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name != "serial" and value is not None and value is not False:
                yield item.name, value


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStore:
    """A file that Java reads as a ``java.security.KeyStore``: ``type`` is JKS or PKCS12."""

    path: Path
    type: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTls:
    """A client's configuration: files on its own disk, and how much to check. ``ciphers`` is a TLS 1.2 OpenSSL list.

    A member that ``harness.case.situation.Situation`` has by the same name after ``client_`` is an option.
    ``legacy`` allows TLSv1 and up, SECLEVEL=0 and legacy renegotiation (RFC 5746 section 4.1), by the driver's own
    means. ``revocations`` is a list of revoked certificates, as PEM. ``trust_store`` and ``key_store`` are for a client
    that reads key stores; ``properties`` are handed to its driver unchanged, instead of all else but ``legacy``.
    """

    verify: Verify
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    versions: tuple[str, ...] | None = None
    ciphers: str | None = None
    legacy: bool = False
    revocations: Path | None = None
    trust_store: KeyStore | None = None
    key_store: KeyStore | None = None
    properties: tuple[tuple[str, str], ...] | None = None
