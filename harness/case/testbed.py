"""The testbed: what a scenario is given to make its situations of. It makes values and touches nothing."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from harness.case.situation import LISTED_HOST, Situation
from harness.model.account import Demand, Require
from harness.model.tls import Can, ServerTls, TlsVersion, Verify
from harness.pki import Authority, Leaf, LeafSpec
from harness.pki import self_signed as make_self_signed

V = TypeVar("V", Authority, Leaf)

SERVER_SPEC = LeafSpec.server(common_name="localhost", dns_names=("localhost",), ip_addresses=(LISTED_HOST,))
CLIENT_SPEC = LeafSpec.client("client")


class Materials:
    """Authorities and leaves of one run, each made once, by name; shared by all testbeds, safe between threads."""

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}
        self._lock = threading.RLock()  # what is made may be made of others

    def once(self, key: object, make: Callable[[], V]) -> V:
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            made: V = self._made[key]
            return made

    def authority(self, name: str) -> Authority:
        """The authority of that name, made at its first use."""
        return self.once(("authority", name), lambda: Authority.create(name))


def one_way_server(materials: Materials) -> ServerTls:
    """What a server is told in the good one-way situation, for whoever needs a server before it has a testbed."""
    nobody = Testbed(
        server=ServerView(name="", vendor="", versions=(), reloads=False, behaviour=frozenset()),
        client=ClientView(name="", versions=(), can=frozenset()),
        materials=materials,
    )
    return nobody.one_way().server_tls()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerView:
    """What a scenario may know of the server: its build's name, what it said of itself, what its data declares."""

    name: str
    vendor: str
    versions: tuple[TlsVersion, ...]
    reloads: bool
    behaviour: frozenset[str]

    def does(self, what: str) -> bool:
        """Whether the build's data declares this behaviour."""
        return what in self.behaviour


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientView:
    """What a scenario may know of the client: its name and what its probe said in hello."""

    name: str
    versions: tuple[TlsVersion, ...]
    can: frozenset[Can]


@dataclass(frozen=True, slots=True, kw_only=True)
class Testbed:
    """One server and one client, and certificates by name: the same name is the same certificate all run long."""

    __test__ = False  # pytest would take the name for a test class

    server: ServerView
    client: ClientView
    materials: Materials

    def authority(self, name: str = "good") -> Authority:
        """The authority of that name, made at its first use."""
        return self.materials.authority(name)

    def server_leaf(self, authority: str = "good", spec: LeafSpec = SERVER_SPEC) -> Leaf:
        """A server certificate by ``authority``: for localhost and 127.0.0.1, unless ``spec`` says otherwise."""
        return self._leaf(authority, spec)

    def client_leaf(self, authority: str = "good", spec: LeafSpec = CLIENT_SPEC) -> Leaf:
        """A client certificate by ``authority``."""
        return self._leaf(authority, spec)

    def suites(self) -> tuple[str, str]:
        """Two TLS 1.2 suites for an RSA key that this server and today's clients both have."""
        exchange = "DHE" if self.server.does("lacks-ecdhe") else "ECDHE"
        return f"{exchange}-RSA-AES256-GCM-SHA384", f"{exchange}-RSA-AES128-GCM-SHA256"

    def self_signed(self, spec: LeafSpec = SERVER_SPEC) -> Leaf:
        """A certificate that signs itself."""
        return self.materials.once(("self-signed", spec), lambda: make_self_signed(spec))

    def one_way(self, verify: Verify = Verify.IDENTITY) -> Situation:
        """Good: a server certificate by the authority that the client trusts; any account, no client certificate."""
        good = self.authority()
        return Situation(server_leaf=self.server_leaf(), server_trusts=(good,), verify=verify, client_trusts=(good,))

    def two_way(self, require: Require | None = None, verify: Verify = Verify.CA) -> Situation:
        """Good: one-way, and the account demands the certificate that the client offers (REQUIRE X509 unless told)."""
        demanded = require or Require(Demand.X509)
        return replace(self.one_way(verify), account=demanded, client_leaf=self.client_leaf())

    def _leaf(self, authority: str, spec: LeafSpec) -> Leaf:
        issuer = self.authority(authority)
        return self.materials.once(("leaf", authority, spec), lambda: issuer.issue(spec))
