"""The course of a rotation: what is published at the client and told the server, step by step, as values.

Whom the server's certificate is by is one authority, whom clients' certificates are by another, which stays: so what
a step changes is at one end alone. The guide's order for an authority: trust is widened to old and new, the server's
certificate follows, the old one is retired.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from harness import limits
from harness.case.rotation import Rotation
from harness.case.testbed import SERVER_SPEC
from harness.errors import HarnessError
from harness.model.account import Demand, Require
from harness.model.history import Generation
from harness.model.rotation import Control, How, What
from harness.model.tls import ServerTls
from harness.pki import Authority, Leaf, LeafSpec, StoreContents, StoreKind
from harness.pki.reading import fingerprint
from harness.pki.stores import rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """New material at the client, which is told to reload, or not. ``generation`` is what is in force then.

    ``demands`` is the account that the server must know for its leaf; with ``account_follows`` it learns of it only
    after the client has begun to use the leaf.
    """

    rotation: int
    step: str
    contents: StoreContents
    generation: Generation
    demands: Require
    reload: bool
    account_follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A change of the client's configuration that has no part in its key material."""

    rotation: int
    step: str
    property_changed: bool = False
    """A property of the configDB's own; else a limit of the pools."""
    yaml_broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerMoves:
    """The server is told ``tls``."""

    rotation: int
    step: str
    tls: ServerTls


Step = Published | Configured | ServerMoves


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """What both ends have before the first step, and the authorities of their certificates.

    ``name`` is in every client's subject: a server that had rotations before knows none of its accounts.
    """

    name: str
    clients: Authority
    servers: Authority
    client_leaf: Leaf
    server_leaf: Leaf

    @classmethod
    def made(cls) -> "Parties":
        """New ones."""
        name = secrets.token_hex(4)
        clients, servers = Authority.create("clients"), Authority.create("servers 0")
        return cls(
            name=name,
            clients=clients,
            servers=servers,
            client_leaf=clients.issue(_client_spec(name, 0)),
            server_leaf=servers.issue(SERVER_SPEC),
        )

    def new_client_leaf(self, number: int) -> Leaf:
        """The clients' next."""
        return self.clients.issue(_client_spec(self.name, number))

    def server_tls(self) -> ServerTls:
        """What the server is told with these."""
        return ServerTls(
            certificate=self.server_leaf.chain_pem,
            key=self.server_leaf.oldest_key_pem(),
            # Its own authority too: MySQL reloads no certificate that does not chain to its ssl_ca.
            authorities=self.clients.pem + self.servers.pem,
            serial=self.server_leaf.serial,
        )


def require(leaf: Leaf) -> Require:
    """What the account of ``leaf`` demands: that very one."""
    return Require(Demand.SUBJECT, leaf.subject_oneline)


@dataclass(slots=True)
class Course:
    """Makes a rotation's steps, in order, each when it is asked for: keys take time."""

    rotation: Rotation
    ends: Parties
    server_moves: bool
    _trust: tuple[Authority, ...] = field(init=False)
    _leaf: Leaf = field(init=False)
    _number: int = field(init=False, default=1)
    _in_force: str = field(init=False)

    def __post_init__(self) -> None:
        self._trust = (self.ends.servers,)
        self._leaf = self.ends.client_leaf
        self._in_force = self._fingerprint()

    def first(self) -> tuple[StoreContents, Generation]:
        """What the client begins with."""
        return self._contents(), self._generation(0, ())

    def steps(self) -> Iterator[Step]:
        """All steps of all rotations."""
        for number in range(1, self.rotation.rotations + 1):
            match self.rotation.what:
                case What.LEAF:
                    yield from self._leaf_steps(number)
                case What.AUTHORITY | What.BOTH:
                    yield from self._authority_steps(number)
                case What.CONFIGDB:
                    step = f"rotation {number}: configdb.properties changed"
                    yield Configured(rotation=number, step=step, property_changed=True)
                case What.SETTINGS:
                    yield Configured(rotation=number, step=f"rotation {number}: pool settings changed")

    def _leaf_steps(self, number: int) -> Iterator[Step]:
        name = f"rotation {number}"
        old = self._leaf
        new = self._new_leaf(number)
        match self.rotation.control:
            case Control.PLAINTEXT_DOWNGRADE:
                yield Configured(rotation=number, step=f"{name}: dbconnector.yaml broken", yaml_broken=True)
                return
            case Control.KEY_MISMATCH:
                yield self._published(number, f"{name}: new certificate with another's key", new.with_key_of(old))
                return
            case Control.KEY_BEFORE_CERTIFICATE:
                # The material is the old one's: only the key, which is no part of it, is not.
                step = f"{name}: new key published before its certificate"
                yield replace(self._published(number, step, old.with_key_of(new)), reload=False)
            case _:
                pass
        late = self.rotation.control is Control.SILENT_RETRY
        if self.rotation.how.reloads:
            yield replace(self._published(number, f"{name}: new leaf published", new), account_follows=late)
        else:
            yield self._published(number, f"{name}: new leaf added", new, older=(old,))
            yield self._published(number, f"{name}: old leaf deleted", new)

    def _authority_steps(self, number: int) -> Iterator[Step]:
        name = f"rotation {number}"
        old_leaf = self._leaf
        leaf = self._new_leaf(number) if self.rotation.what is What.BOTH else old_leaf
        older = (old_leaf,) if leaf is not old_leaf and self.rotation.how is How.ADD_THEN_DELETE else ()
        new = Authority.create(f"servers {number}")
        old = self._trust[0]
        with_leaf = " and new leaf" if leaf is not old_leaf else ""
        self._trust = (old, new)
        yield self._published(number, f"{name}: trust widened{with_leaf} published", leaf, older=older)
        if not self.server_moves:
            return
        ends = replace(self.ends, servers=new, server_leaf=new.issue(SERVER_SPEC))
        moves = ServerMoves(
            rotation=number, step=f"{name}: server's certificate by the new authority", tls=ends.server_tls()
        )
        self._trust = (new,)
        retired = self._published(number, f"{name}: old authority retired", leaf)
        yield from (retired, moves) if self.rotation.control is Control.AUTHORITY_TOO_EARLY else (moves, retired)

    def _new_leaf(self, number: int) -> Leaf:
        """The clients' next; whose stores are as large as those of the last where that was asked for.

        Numbers in keys and signatures vary by some bytes in DER: another is drawn until they come to the same. Raises
        HarnessError where none does.
        """
        if not self.rotation.same_stat:
            return self.ends.new_client_leaf(number)
        wanted = self._sizes(self._leaf)
        for _ in range(limits.LEAVES_DRAWN):
            leaf = self.ends.new_client_leaf(number)
            if self._sizes(leaf) == wanted:
                return leaf
        raise HarnessError(
            f"none of {limits.LEAVES_DRAWN} certificates made a store of the size of the one before",
            remedy=f"try again; --stores {StoreKind.PKCS12.value} have the fewest sizes, whose encryption rounds them",
        )

    def _sizes(self, leaf: Leaf) -> Mapping[str, int]:
        contents = StoreContents(leaf=leaf, kinds=frozenset({self.rotation.stores}))
        return {name: len(content) for name, content in rendered(contents).items()}

    def _published(self, number: int, step: str, leaf: Leaf, *, older: tuple[Leaf, ...] = ()) -> Published:
        self._leaf = leaf
        retires: tuple[int, ...] = ()
        if (material := self._fingerprint()) != self._in_force:
            retires = (self._number,)
            self._number += 1
            self._in_force = material
        return Published(
            rotation=number,
            step=step,
            contents=self._contents(older),
            generation=self._generation(number, retires),
            demands=require(leaf),
            reload=self.rotation.how.reloads,
        )

    def _contents(self, older: tuple[Leaf, ...] = ()) -> StoreContents:
        kinds = frozenset({self.rotation.stores})
        return StoreContents(trust=self._trust, leaf=self._leaf, older=older, kinds=kinds)

    def _fingerprint(self) -> str:
        return fingerprint((authority.certificate for authority in self._trust), self._leaf)

    def _generation(self, number: int, retires: tuple[int, ...]) -> Generation:
        account = require(self._leaf).user if self.rotation.proved_by_account else None
        return Generation(self._number, number, self._fingerprint(), account, retires, self._leaf.serial)


def _client_spec(name: str, number: int) -> LeafSpec:
    return LeafSpec.client(f"client {name} {number}")
