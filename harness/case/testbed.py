"""The testbed: what a scenario is given to make its situations of. It makes values and touches nothing."""

from dataclasses import dataclass, replace

from harness.case.rotation import Rotation
from harness.case.situation import LISTED_HOST, Situation
from harness.model.account import Demand, Require
from harness.model.certificates import AuthoritySpec, LeafSpec
from harness.model.material import IssuedLeaf, StoreKind
from harness.model.obstacle import NOT_APPLICABLE, Because, Obstacle
from harness.model.rotation import Control, How, Pools
from harness.model.tls import Can, TlsVersion, Verify

_OLD_VERSIONS = Obstacle(Because.CLIENT, "speak the server's versions")


class NotApplicable(Exception):
    """Raised by a testbed where this server and this client cannot do what a scenario asks for: the reason.

    ``obstacle`` is the class of the reason, by which reports count.
    """

    def __init__(self, reason: str, obstacle: Obstacle = NOT_APPLICABLE) -> None:
        super().__init__(reason)
        self.obstacle = obstacle


SERVER_SPEC = LeafSpec.server(common_name="localhost", dns_names=("localhost",), ip_addresses=(LISTED_HOST,))
CLIENT_SPEC = LeafSpec.client("client")
GOOD = AuthoritySpec("good")
SERVER_LEAF, CLIENT_LEAF = (IssuedLeaf(spec=spec, issuer=GOOD) for spec in (SERVER_SPEC, CLIENT_SPEC))
GOOD_ONE_WAY = Situation(server_leaf=SERVER_LEAF, server_trusts=(GOOD,), client_trusts=(GOOD,))
"""A server certificate by the authority that the client trusts; any account, no client certificate."""
GOOD_TWO_WAY = GOOD_ONE_WAY.with_(verify=Verify.CA, account=Require(Demand.X509), client_leaf=CLIENT_LEAF)
"""One-way, and the account demands the certificate that the client offers."""
OLD_URLS_ALONE = frozenset({Control.OLD_CONTEXT_POOL, Control.SILENT_RETRY})
"""Controls of the account or the properties that go with a generation: where neither changes they do no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerView:
    """What a scenario may know of the server: its name, what it said of itself, what is known of its product."""

    name: str
    vendor: str
    versions: tuple[TlsVersion, ...]
    reloads: bool
    behaviour: frozenset[str]

    def does(self, what: str) -> bool:
        """Whether servers of its product and version are known for this behaviour."""
        return what in self.behaviour


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientView:
    """What a scenario may know of the client: its name and what its probe said in hello."""

    name: str
    versions: tuple[TlsVersion, ...]
    """Those that it speaks as shipped."""
    can: frozenset[Can]
    legacy_versions: tuple[TlsVersion, ...] = ()
    """Those that it speaks once it is allowed legacy crypto, if it can be."""

    def speaks(self, version: TlsVersion, *, legacy: bool = False) -> bool:
        """Whether it can be made to speak this version: as shipped, or with legacy crypto allowed."""
        return version in self.versions or (legacy and version in self.legacy_versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Testbed:
    """One server and one client; equal specifications are the same certificate all run long."""

    __test__ = False  # pytest would take the name for a test class

    server: ServerView
    client: ClientView

    def authority(self, name: str = GOOD.name) -> AuthoritySpec:
        """The root of that name."""
        return AuthoritySpec(name)

    def server_leaf(self, authority: AuthoritySpec | str = GOOD, spec: LeafSpec = SERVER_SPEC) -> IssuedLeaf:
        """A server certificate by ``authority`` (or the root of that name), for localhost and 127.0.0.1 unless ``spec``
        says otherwise."""
        return IssuedLeaf(spec=spec, issuer=_authority(authority))

    def client_leaf(self, authority: AuthoritySpec | str = GOOD, spec: LeafSpec = CLIENT_SPEC) -> IssuedLeaf:
        """A client certificate by ``authority``, or the root of that name."""
        return IssuedLeaf(spec=spec, issuer=_authority(authority))

    def suites(self) -> tuple[str, str]:
        """Two suites for an RSA key and a version before TLS 1.3 that this server and clients both have."""
        if TlsVersion.TLS_1_2 not in self.server.versions:
            return "AES256-SHA", "AES128-SHA"
        exchange = "DHE" if self.server.does("lacks-ecdhe") else "ECDHE"
        return f"{exchange}-RSA-AES256-GCM-SHA384", f"{exchange}-RSA-AES128-GCM-SHA256"

    def alone(self, situation: Situation, version: TlsVersion) -> Situation:
        """``situation`` with the server limited to this version, and legacy crypto allowed to the client if needed.

        Raises NotApplicable where the client cannot be made to speak it.
        """
        if not self.can_meet_at(version):
            reason = f"{self.client.name} speaks no {version} with this server and cannot be told to"
            raise NotApplicable(reason, _OLD_VERSIONS)
        legacy = situation.client_legacy or self.takes_legacy(version)
        return situation.with_(server_versions=(version.value,), client_legacy=legacy)

    def can_meet_at(self, version: TlsVersion) -> bool:
        """Whether the client can be made to speak this version with this server."""
        return self.client.speaks(version, legacy=True) and (
            not self.takes_legacy(version) or Can.LEGACY_CRYPTO in self.client.can
        )

    def takes_legacy(self, version: TlsVersion) -> bool:
        """Whether today's client must be allowed legacy crypto to speak this version with this server.

        TLS 1.3 has no renegotiation; before it OpenSSL 3 asks for RFC 5746, and some servers do not have it.
        """
        if not self.client.speaks(version):
            return True
        if Can.LEGACY_RENEGOTIATION in self.client.can:
            return False
        return version is not TlsVersion.TLS_1_3 and self.server.does("lacks-secure-renegotiation")

    def choosing_suites(self, situation: Situation) -> Situation:
        """``situation`` where suites are negotiated as before TLS 1.3, whose own are another list."""
        if TlsVersion.TLS_1_3 not in self.server.versions:
            return situation
        return self.alone(situation, TlsVersion.TLS_1_2)

    def self_signed(self, spec: LeafSpec = SERVER_SPEC) -> IssuedLeaf:
        """A certificate that signs itself."""
        return IssuedLeaf(spec=spec, issuer=None)

    @property
    def needs_legacy(self) -> bool:
        """Whether this server offers, as shipped, no version that this client speaks as shipped."""
        return not any(self.client.speaks(version) for version in self.server.versions)

    def one_way(self, verify: Verify = Verify.IDENTITY) -> Situation:
        """Good: a server certificate by the authority that the client trusts; any account, no client certificate.

        For this server and client as ``meeting`` says. Raises NotApplicable.
        """
        return self.meeting(GOOD_ONE_WAY.with_(verify=verify))

    def meeting(self, situation: Situation) -> Situation:
        """``situation`` with the client allowed legacy crypto where they have no version in common as shipped.

        Raises NotApplicable where it cannot be.
        """
        legacy = self.needs_legacy and situation.verify is not Verify.DISABLED
        if legacy and not any(self.client.speaks(version, legacy=True) for version in self.server.versions):
            offered = ", ".join(str(version) for version in self.server.versions)
            reason = f"{self.client.name} speaks none of {offered} and cannot be told to; see legacy::as_shipped"
            raise NotApplicable(reason, _OLD_VERSIONS)
        return situation.with_(client_legacy=legacy)

    def two_way(self, require: Require | None = None, verify: Verify = Verify.CA) -> Situation:
        """Good: one-way, and the account demands the certificate that the client offers (REQUIRE X509 by default)."""
        return self.one_way(verify).with_(account=require or GOOD_TWO_WAY.account, client_leaf=CLIENT_LEAF)

    def rotating(self, rotation: Rotation) -> Rotation:
        """``rotation`` for this server and client: with legacy crypto where they have no version in common as shipped.

        Raises NotApplicable where it cannot be, and with a client that reads key stores for PEM files, for controls
        that have no effect on it, and for stores in place where it does not show what it presents.
        """
        if Can.KEY_STORES in self.client.can:
            rotation = self._reading_stores(rotation)
        if not self.one_way(Verify.CA).client_legacy:
            # Connector/J 5.1 offers MariaDB 10 only TLSv1 and TLSv1.1 unless given this: jdbc::guide_properties.
            named = Can.KEY_STORES in self.client.can and not self.client.speaks(TlsVersion.TLS_1_3)
            return replace(rotation, protocols=(TlsVersion.TLS_1_2.value,)) if named else rotation
        if rotation.pools is Pools.HIKARICP:
            raise NotApplicable(f"{self.client.name} needs legacy crypto here, and its HikariCP is in a JVM as shipped")
        versions = [version for version in self.server.versions if self.client.speaks(version, legacy=True)]
        return replace(rotation, protocols=tuple(version.value for version in versions))

    def _reading_stores(self, rotation: Rotation) -> Rotation:
        if rotation.stores is StoreKind.PEM:
            raise NotApplicable(f"{self.client.name} reads key stores and no PEM files")
        if rotation.control in OLD_URLS_ALONE and rotation.how is not How.NEW_URL:
            raise NotApplicable(
                f"{self.client.name} reads what is in place whenever it connects, which leaves nothing of "
                f"`{rotation.control.value}` to find: --how {How.NEW_URL.value} shows it"
            )
        rotation = replace(rotation, reads_stores=True)
        # Who does not see the TLS session sees neither end's certificate in it.
        if not rotation.proved_by_account and Can.SEE_SERVER_CERTIFICATE not in self.client.can:
            raise NotApplicable(
                f"{self.client.name} reads what is in place whenever it connects, and does not show what it presents: "
                f"--how {How.NEW_URL.value} has an account for each leaf"
            )
        return rotation


def _authority(wanted: AuthoritySpec | str) -> AuthoritySpec:
    return AuthoritySpec(wanted) if isinstance(wanted, str) else wanted
