"""The two ends of a connection, as far as a lane knows them: the seams at which tests put others."""

from typing import Protocol

from harness.clients.build import ClientBuild
from harness.clients.protocol import Hello
from harness.errors import ProbeFault
from harness.model.account import Credentials, Endpoint, Require
from harness.model.evidence import ServerEvidence
from harness.model.outcome import Outcome
from harness.model.startup import ServerConfiguration, StartOutcome
from harness.model.tls import ClientTls, ServerTls
from harness.model.wire import WireEvidence
from harness.servers.build import ServerBuild
from harness.servers.facts import ServerFacts
from harness.servers.server import Applied
from harness.servers.witness import Mark


class WitnessEnd(Protocol):
    """What a server says about one attempt; see ``harness.servers.witness``."""

    def mark(self) -> Mark: ...

    def testimony(
        self, mark: Mark, *, refused: bool, logged: bool = True, claimed: int | None = None
    ) -> ServerEvidence: ...


class WireEnd(Protocol):
    """What stands between clients and a server and reads what passes; see ``harness.wire.forwarder.Forwarder``."""

    @property
    def port(self) -> int: ...

    def mark(self) -> int: ...

    def testimony(self, mark: int) -> WireEvidence: ...


class ServerEnd(Protocol):
    """A running server; see ``harness.servers.server.RunningServer``."""

    @property
    def build(self) -> ServerBuild: ...

    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def facts(self) -> ServerFacts: ...

    @property
    def live(self) -> ServerTls | None: ...

    @property
    def witness(self) -> WitnessEnd: ...

    def apply(self, tls: ServerTls) -> Applied: ...

    def change(self, tls: ServerTls) -> Applied: ...

    def try_start(self, configuration: ServerConfiguration) -> StartOutcome: ...

    def account(self, require: Require) -> Credentials: ...


class ClientEnd(Protocol):
    """A client under test; see ``harness.clients.client.Client``."""

    @property
    def build(self) -> ClientBuild: ...

    @property
    def name(self) -> str: ...

    @property
    def facts(self) -> Hello: ...

    def attempt(
        self,
        endpoint: Endpoint,
        account: Credentials,
        tls: ClientTls,
        *,
        deadline_s: float,
        server_names_version: bool = True,
    ) -> Outcome: ...

    def unheard(self) -> ProbeFault | None: ...
