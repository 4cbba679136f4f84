"""What is up: values that the printed forms are made of."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from harness.model.account import Credentials
from harness.model.tls import TlsVersion

TODAYS = (TlsVersion.TLS_1_2, TlsVersion.TLS_1_3)
"""What today's clients speak without being told anything (RFC 8996 deprecates the older ones)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStores:
    """A client's certificate and key, in every form."""

    cert_pem: Path
    key_pem: Path
    keystore_p12: Path
    keystore_jks: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The files that clients are given; ``password`` guards PKCS#12 and JKS. ``client`` is None for one-way TLS."""

    folder: Path
    ca_pem: Path
    truststore_p12: Path
    truststore_jks: Path
    client: ClientStores | None
    password: str = "changeit"  # noqa: S105  Java's own and the guide's: it keeps no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where one server of an environment is."""

    name: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUp:
    """One server that is up: what it says of itself, where it is found, and whom it lets in."""

    name: str
    vendor: str
    version: str
    tls_library: str
    versions: tuple[TlsVersion, ...]
    """What it offers now, oldest first."""
    renegotiates_safely: bool = True
    """False: OpenSSL 3 refuses its handshakes for want of RFC 5746, be they of TLS 1.2, unless told otherwise."""
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    serial: int
    not_after: datetime
    folder: Path
    """Where its own files are: what is printed, a file a form."""
    stores: Stores
    admin: Credentials | None = None
    """An account that may do and grant everything."""

    @property
    def old(self) -> bool:
        """Whether it offers nothing that today's clients speak unless they are told otherwise."""
        return not any(version in self.versions for version in TODAYS)

    @property
    def takes_openssl_conf(self) -> bool:
        """Whether OpenSSL 3 must be told otherwise, for one reason or the other."""
        return self.old or not self.renegotiates_safely

    @property
    def offers(self) -> str:
        """Its versions for a reader: ``TLSv1 and TLSv1.1``."""
        return " and ".join(str(version) for version in self.versions)

    @property
    def openssl_legacy(self) -> Path:
        """The OpenSSL configuration that lets a program speak to it; there where ``takes_openssl_conf``."""
        return self.folder / "openssl-legacy.cnf"

    @property
    def java_legacy(self) -> Path:
        """The Java security properties that let a JVM speak to it; there where ``old``."""
        return self.folder / "java-legacy.security"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Servers that are up together, with one authority and one client certificate for all of them."""

    folder: Path
    names: tuple[str, ...]
    """Whom the servers' certificates are for."""
    stores: Stores
    servers: tuple[ServerUp, ...]
    notes: tuple[str, ...] = ()
    """What a reader must know before wondering: certificates that have expired, a name that leads elsewhere."""
