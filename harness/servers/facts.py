"""ServerFacts: what a server says of itself when asked."""

from dataclasses import dataclass

from harness.model.tls import TlsVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What a server says of itself when asked."""

    vendor: str
    version: str
    tls_library: str
    versions: tuple[TlsVersion, ...]
    """The protocol versions that it offers as shipped: a query was answered over each."""
    reload_statement: str | None
