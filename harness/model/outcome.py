"""The result of one attempt to connect and query, as the client saw it.

A closed union: an attempt was accepted, refused for a cause a table knows, refused in words no table knows, or hung.
"""

from dataclasses import dataclass
from enum import Enum

from harness.model.tls import TlsVersion


class Side(Enum):
    """Who ended a connection."""

    CLIENT = "client"
    SERVER = "server"


class Cause(Enum):
    """Why a connection was refused. Read with a Side: the server too can find a (client's) authority unknown."""

    UNKNOWN_AUTHORITY = "unknown-authority"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    SELF_SIGNED = "self-signed"
    HOST_MISMATCH = "host-mismatch"
    NOT_AN_AUTHORITY = "not-an-authority"
    """A certificate in the chain was signed by one that may sign none."""
    WRONG_PURPOSE = "wrong-purpose"
    """The certificate is for another use: its extendedKeyUsage says so."""
    REVOKED = "revoked"
    """The certificate is on a revocation list of its authority (RFC 5280 5)."""
    BAD_SIGNATURE = "bad-signature"
    """The certificate's signature is not by the key of the authority whose name it has as its issuer."""
    UNVERIFIED_LOGIN = "unverified-login"
    """The client logged in to a server that it could not verify, and only then left."""
    KEY_MISMATCH = "key-mismatch"
    """The private key does not belong to the certificate."""
    BAD_MATERIAL = "bad-material"
    """A certificate, key or store file is missing or cannot be read."""
    BAD_OPTION = "bad-option"
    """The client's own library will not take a setting."""
    NO_TLS = "no-tls"
    """TLS was required and the server has none."""
    PROTOCOL_VERSION = "protocol-version"
    """No protocol version in common."""
    CIPHER = "cipher"
    """No cipher suite in common."""
    ACCESS_DENIED = "access-denied"
    """1045: the account's password or REQUIRE clause was not met; the text never says which."""
    SECURE_TRANSPORT_REQUIRED = "secure-transport-required"
    """3159: the server takes no plaintext connection. By the client (2061): its login needs TLS."""
    WEAK_CRYPTO = "weak-crypto"
    """What the peer offers is below what the library takes as shipped: legacy renegotiation, a small group or key."""
    CONNECTION_LOST = "connection-lost"
    """The peer closed without a word; only the server's end can say why."""
    UNREACHABLE = "unreachable"
    """Nobody listens."""
    UNKNOWN_HOST = "unknown-host"
    """The host's name has no address."""
    NOT_SERVED = "not-served"
    """The server will not start with what it was told, or starts and does not serve it."""
    RELOAD_REFUSED = "reload-refused"
    """The server would not take new material by its reload statement (3888, 1105)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawError:
    """One link of a driver's error chain, as the driver gave it. ``kind`` is the exception class or error source."""

    kind: str
    message: str
    code: int | None = None
    sqlstate: str | None = None

    def __str__(self) -> str:
        number = "" if self.code is None else f" [{self.sqlstate or ''}{'/' if self.sqlstate else ''}{self.code}]"
        return f"{self.kind}{number}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A query came back. ``version`` None means in the clear.

    ``account`` and ``connection_id`` are the server's answers to CURRENT_USER() and CONNECTION_ID(); ``version`` and
    ``cipher`` its session status; ``server_serial`` what the client's TLS library saw (None: it cannot show it);
    ``legacy`` whether the client was configured to allow legacy crypto; ``ignored`` the driver's properties that it was
    given and does not list: it ignores them in silence.
    """

    version: TlsVersion | None
    cipher: str | None
    account: str
    connection_id: int
    server_serial: int | None = None
    legacy: bool = False
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The connection was refused; ``causes`` has one member, or those between which the driver's text does not tell.

    ``ignored`` as in ``Accepted``.
    """

    by: Side
    causes: frozenset[Cause]
    chain: tuple[RawError, ...]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclassified:
    """The driver reported an error that no table knows. Never a PASS. ``ignored`` as in ``Accepted``."""

    chain: tuple[RawError, ...]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hung:
    """The client gave no answer within ``deadline_s`` and was killed. Neither accepted nor refused."""

    deadline_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFault:
    """The client's probe died while it had the attempt in hand, or answered what its protocol does not allow.

    ``how`` completes «the client's probe …»; ``last_words`` are the last lines on its standard error. The driver
    said nothing: neither accepted nor refused, and never as expected.
    """

    how: str
    last_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAttempted:
    """No attempt was made, because the client's probe is not available any more; ``reason`` says why."""

    reason: str


Outcome = Accepted | Refused | Unclassified | Hung | ClientFault | NotAttempted
