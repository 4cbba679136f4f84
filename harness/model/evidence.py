"""What the server reports about one attempt."""

from dataclasses import dataclass, field
from enum import Enum


class Seen(Enum):
    """The result of the client's connection, by the server's counters and log."""

    NOTHING = "no connection"
    LEFT_IN_CLEAR = "the client left before TLS began"
    HANDSHAKE_FAILED = "the TLS handshake failed"
    LEFT_IN_TLS = "the client asked for TLS and left before login; this server does not count handshakes"
    LEFT_BEFORE_LOGIN = "the connection ended before login; this server does not count whether TLS began"
    LEFT_AFTER_HANDSHAKE = "the client left after the TLS handshake, before login"
    DENIED = "login denied"
    LOGGED_IN = "logged in"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvidence:
    """``seen`` sums up the rest: the ids of this attempt's connections, counter movements, log lines about them."""

    seen: Seen
    connection_ids: tuple[int, ...]
    counters: dict[str, int] = field(default_factory=dict)
    log: tuple[str, ...] = ()
