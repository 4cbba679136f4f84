"""What passed between client and server in one attempt, as far as it was in the clear: the third testimony.

The *wire* is the connection itself, read by a forwarder that changes nothing. Names are those of the protocols:
MySQL's client/server protocol until the client asks for TLS, RFC 5246 and RFC 8446 from then on. TLS 1.3 hides what
follows ServerHello, certificates included.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, ClassVar

from harness.model.outcome import Side

_READ: dict[str, Any] = {"extra": "forbid", "use_attribute_docstrings": True}
"""How a report's model reads these values: every key, and no other."""


class Parting(Enum):
    """How one end of a connection left it (RFC 9293)."""

    CLOSED = "closed"
    """FIN: it sends no more."""
    RESET = "reset"
    """RST: it neither sends nor reads any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEnd:
    """One end left the connection."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _READ

    by: Side
    """Which end left."""
    how: Parting
    """How it left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireHello:
    """A ClientHello."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _READ

    versions: tuple[str, ...]
    """The protocol versions that the client offers; one name where it offers that version and lower ones."""
    up_to: bool
    """Whether it offers all versions up to the one named (before TLS 1.3 there is no list)."""
    suites: str
    """The cipher suites that it offers, as OpenSSL writes a list: names and colons; a number where it has no name."""
    groups: str
    """The groups that it offers for the key exchange, with colons."""
    server_name: str | None
    """The host that it asks for (SNI); null where it names none."""
    ticket: bool
    """Whether it takes a session ticket."""
    resumes: bool
    """Whether it asks to resume a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireChoice:
    """A ServerHello."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _READ

    version: str
    """The protocol version that the server chose."""
    suite: str
    """The cipher suite that it chose."""
    resumed: bool
    """Whether it resumed a session, and so presents no certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireCertificate:
    """A certificate that was presented in the clear (RFC 5280)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _READ

    subject: str
    """Whom it is for."""
    issuer: str
    """Who signed it."""
    serial: str
    """Its serial number, hexadecimal."""
    not_before: str
    """From when on it is valid, ISO 8601."""
    not_after: str
    """Until when it is valid, ISO 8601."""
    authority: bool
    """Whether it may sign others (basicConstraints)."""
    purposes: tuple[str, ...]
    """Its extended key usages, dotted numbers; empty: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireAlert:
    """An alert in the clear."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _READ

    by: Side
    """Who sent it."""
    name: str
    """Its name in RFC 8446 or RFC 5246; a number where it has none."""
    fatal: bool
    """Whether it ends the connection by its own word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireError:
    """A server's error packet in the clear."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _READ

    code: int
    """The error's number."""
    message: str
    """The error's text, with its SQLSTATE if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireTraffic:
    """What one end sent."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _READ

    bytes: int
    """Bytes that it sent."""
    passed: int
    """Bytes of these that the forwarder passed on."""
    encrypted_records: int
    """TLS records of these that are encrypted."""
    encrypted_bytes: int
    """Bytes in those records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireConnection:
    """One connection."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _READ

    greeting: str
    """The version with which the server greeted; empty where it sent no greeting."""
    tls_asked: bool
    """Whether the client sent SSLRequest."""
    login_in_clear: bool
    """Whether the client sent its login in the clear."""
    hello: WireHello | None
    """The ClientHello; null where the client sent none."""
    retry_asked: bool
    """Whether the server asked for another ClientHello (HelloRetryRequest); ``hello`` is then the second."""
    choice: WireChoice | None
    """The ServerHello; null where the server sent none."""
    server_chain: tuple[WireCertificate, ...]
    """The server's certificates; TLS 1.3 hides them."""
    client_asked: bool
    """Whether the server asked for a certificate of the client's; TLS 1.3 hides it."""
    authorities_named: tuple[str, ...]
    """The authorities that the server named as it asked."""
    client_chain: tuple[WireCertificate, ...] | None
    """The client's certificates; null where it sent no such message, or TLS 1.3 hides it."""
    alerts: tuple[WireAlert, ...]
    """The alerts in the clear, in order."""
    error: WireError | None
    """An error in the clear with which the server ended the connection."""
    client: WireTraffic
    """What the client sent."""
    server: WireTraffic
    """What the server sent."""
    ends: tuple[WireEnd, ...]
    """Who left the connection, in order; whoever is not named had not left when it was looked at."""
    after: str
    """What had passed last before the first end left."""
    garbled: tuple[str, ...]
    """What is neither MySQL's protocol nor TLS, or was not read."""

    @property
    def fatal(self) -> WireAlert | None:
        """The first fatal alert in the clear."""
        return next((alert for alert in self.alerts if alert.fatal and alert.name != "close_notify"), None)

    def words(self) -> str:
        """It in one line, in the order in which it happened."""
        return "; ".join(self._phrases()) or "nothing was sent"

    def _phrases(self) -> Iterator[str]:
        if not self.greeting and self.error is None:
            yield "no greeting"
        if self.login_in_clear:
            yield "login in the clear"
        elif self.greeting and not self.tls_asked:
            yield "TLS not asked for"
        if self.tls_asked and self.hello is None:
            yield "SSLRequest and no ClientHello"
        if self.hello is not None:
            name = "" if self.hello.server_name is None else f" for {self.hello.server_name}"
            resumes = ", resuming a session" if self.hello.resumes else ""
            yield f"ClientHello{name} with {offered(self.hello)}{resumes}"
        if self.retry_asked:
            yield "asked to try again (HelloRetryRequest)"
        if self.choice is not None:
            yield f"ServerHello {self.choice.version} {self.choice.suite}{', resumed' if self.choice.resumed else ''}"
        if self.server_chain:
            yield f"server certificate serial {self.server_chain[0].serial} of {len(self.server_chain)} sent"
        if self.client_asked:
            named = f", {len(self.authorities_named)} authorities named" if self.authorities_named else ""
            yield f"client certificate asked for{named}"
        if self.client_chain is not None:
            sent = f"serial {self.client_chain[0].serial}" if self.client_chain else "not sent"
            yield f"client certificate {sent}"
        for alert in self.alerts:
            yield f"alert {alert.name} of the {alert.by.value}"
        if self.error is not None:
            yield f"error {self.error.code} of the server in the clear"
        if self.ends:
            first = self.ends[0]
            yield f"{first.how.value} first by the {first.by.value} after {self.after}"
        else:
            yield "closed by neither"
        yield from self.garbled


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEvidence:
    """What passed in one attempt: each connection that the client made, in order."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _READ

    connections: tuple[WireConnection, ...]
    """The connections, in the order in which they were made."""
    told: str
    """Between which causes the client's words leave it open, where the wire tells which one it was; or empty."""
    faults: tuple[str, ...]
    """What dbtls's own verifier finds wrong with the certificate that the refusing end saw, where words do not say."""

    def words(self) -> Iterator[str]:
        """A line for each connection."""
        if not self.connections:
            yield "no connection"
        for number, one in enumerate(self.connections, 1):
            counted = f"connection {number} of {len(self.connections)}: " if len(self.connections) > 1 else ""
            yield f"{counted}{one.words()} [client {one.client.bytes} bytes, server {one.server.bytes}]"

    def as_json(self) -> dict[str, Any]:
        """It as a report has it."""
        return asdict(self, dict_factory=_plain)


def offered(hello: WireHello) -> str:
    """The versions that ``hello`` offers, as words."""
    if hello.up_to:
        return f"up to {hello.versions[0]}"
    return ", ".join(reversed(hello.versions)) or "no version"


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: _json(value) for name, value in pairs}


def _json(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case tuple():
            return [_json(one) for one in value]
        case _:
            return value
