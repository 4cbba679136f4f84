"""Sessions: connections that stay open between requests, and brief ones, for pools and loads.

Unlike ``Client.attempt``, which asks all that a verdict on one attempt needs, these ask the server one thing: who the
connection is.
"""

from dataclasses import dataclass
from typing import Protocol

from harness.model.account import Credentials, Endpoint
from harness.model.outcome import Hung, Refused, Unclassified
from harness.model.tls import ClientTls

NotServed = Refused | Unclassified | Hung


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a connection is, by a query's answer, and what the driver's side saw of it.

    ``account`` is the user that the server let in (CURRENT_USER() without its host part); version and cipher are ''
    in the clear and None where the driver cannot see, as ``server_serial`` is. ``client_serial`` is that of the
    certificate which it presented; None where it presented none or does not say.
    """

    account: str
    connection_id: int
    tls_version: str | None
    cipher: str | None
    server_serial: int | None
    client_serial: int | None = None


class Session(Protocol):
    """A connection that is open. One thread at a time."""

    @property
    def identity(self) -> Identity:
        """As it was when the connection was opened."""

    def ask(self, *, deadline_s: float) -> Identity | NotServed:
        """Have the server say again who this is: proof that the connection works. Raises ProbeFault."""

    def close(self) -> None:
        """Close it at the server; nothing if it is closed. A connection that is broken is closed all the same."""


class Connector(Protocol):
    """What makes connections. Safe between threads."""

    def once(
        self, endpoint: Endpoint, account: Credentials, tls: ClientTls, *, deadline_s: float
    ) -> Identity | NotServed:
        """Connect, ask, disconnect. Raises ProbeFault."""

    def open(
        self, endpoint: Endpoint, account: Credentials, tls: ClientTls, *, deadline_s: float
    ) -> Session | NotServed:
        """Connect, ask, stay connected. Raises ProbeFault."""
