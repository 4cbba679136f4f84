"""A situation: the configuration of server, account and client before one attempt; a case is one change to it.

Situations are data: they name authorities, leaves and files by specification. Whoever carries them out makes these.

Terms: a *good* situation is one that must be accepted; a *case* is a good situation, at most one *change*, and an
*expectation*; a *journey* is a good situation changed step by step on a server that stays up.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import TypedDict, Unpack

from harness.case.kind import AnyCase
from harness.case.properties import ClientFile, DriverProperties
from harness.errors import UsageError
from harness.model.account import Require
from harness.model.expectation import ExpectAccepted, Expectation, ExpectRefused
from harness.model.material import FileRecipe, PresentedLeaf, Trusted
from harness.model.outcome import Cause, Side
from harness.model.tls import TlsVersion, Verify

LISTED_HOST = "127.0.0.1"
UNLISTED_HOST = "127.1"
"""Another spelling of the same address: it resolves to 127.0.0.1, and no certificate lists it."""


class SituationChange(TypedDict, total=False):
    """The changes that ``Situation.but`` takes: the fields of Situation, by name."""

    server_leaf: PresentedLeaf | None
    server_trusts: tuple[Trusted, ...]
    server_versions: tuple[str, ...] | None
    server_ciphers: str | None
    server_revocations: FileRecipe | None
    require_secure_transport: bool
    account: Require
    verify: Verify
    client_trusts: tuple[Trusted, ...]
    client_leaf: PresentedLeaf | None
    client_versions: tuple[str, ...] | None
    client_ciphers: str | None
    client_legacy: bool
    client_revocations: FileRecipe | None
    client_files: tuple[ClientFile, ...]
    client_properties: DriverProperties | None
    host: str


Option = FileRecipe | str | tuple[str, ...] | bool
"""What an option is given: a file, a value, several, or that it is there."""
_NO_OPTIONS = {"server_leaf", "server_trusts", "client_leaf", "client_trusts", "client_files", "client_properties"}
"""Fields of which other members of ``ServerTls`` and ``ClientTls`` are made than those of their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSide:
    """The server's part of a situation. ``server_leaf=None`` switches its TLS off.

    An option of a server is a field here, and by the same name less ``server_`` a member of ``ServerTls``; the leaf and
    whom it trusts make several.
    """

    server_leaf: PresentedLeaf | None
    server_trusts: tuple[Trusted, ...] = ()
    server_versions: tuple[str, ...] | None = None
    server_ciphers: str | None = None
    server_revocations: FileRecipe | None = None
    require_secure_transport: bool = False

    def options(self) -> Iterator[tuple[str, Option]]:
        """The server's options beside its certificate and whom it trusts, by their members' names."""
        names = (item.name for item in fields(ServerSide))
        yield from _given(self, [name for name in names if name not in _NO_OPTIONS], "server_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation(ServerSide):
    """The configuration of the server's side and the client's side.

    ``client_properties`` are for a client that takes its driver's own, and then all that it is told but
    ``client_legacy``; they may name ``client_files``. Raises UsageError for two files of one name.
    """

    account: Require = field(default_factory=Require)
    verify: Verify = Verify.IDENTITY
    client_trusts: tuple[Trusted, ...] = ()
    client_leaf: PresentedLeaf | None = None
    client_versions: tuple[str, ...] | None = None
    client_ciphers: str | None = None
    client_legacy: bool = False
    client_revocations: FileRecipe | None = None
    client_files: tuple[ClientFile, ...] = ()
    client_properties: DriverProperties | None = None
    host: str = LISTED_HOST

    def __post_init__(self) -> None:
        if len({file.name for file in self.client_files}) != len(self.client_files):
            raise UsageError("a client's file that is there twice", remedy="name each once")

    def but(self, **change: Unpack[SituationChange]) -> "Changed":
        """This situation with exactly one thing changed. Raises UsageError for none, several, or no real change."""
        if len(change) != 1:
            raise UsageError(
                f"a case changes exactly one thing, not {len(change)} ({', '.join(change) or 'none'})",
                remedy="put the rest into the good situation",
            )
        changed = replace(self, **change)
        if changed == self:
            raise UsageError(
                f"changing `{next(iter(change))}` has no effect: it already has this value",
                remedy="change it to something else",
            )
        return Changed(good=self, situation=changed)

    def with_(self, **changes: Unpack[SituationChange]) -> "Situation":
        """Another situation to begin with."""
        return replace(self, **changes)

    def accepted(self, *, encrypted: bool = True, version: TlsVersion | None = None) -> "Case":
        """The case that this very situation is accepted."""
        return Changed(good=self, situation=self).accepted(encrypted=encrypted, version=version)

    def expectation(self) -> ExpectAccepted:
        """How a good situation is accepted: encrypted, unless it is meant not to be."""
        return ExpectAccepted(encrypted=self.server_leaf is not None and self.verify is not Verify.DISABLED)

    def client_options(self) -> Iterator[tuple[str, Option]]:
        """The client's options beside its certificate and whom it trusts, by their members' names."""
        names = (item.name for item in fields(Situation) if item.name.startswith("client_"))
        yield from _given(self, [name for name in names if name not in _NO_OPTIONS], "client_")

    def server_side(self) -> ServerSide:
        """The server's side alone: equal ones configure a server equally. Without TLS it has no TLS options."""
        if self.server_leaf is None:
            return ServerSide(server_leaf=None, require_secure_transport=self.require_secure_transport)
        return ServerSide(**{item.name: getattr(self, item.name) for item in fields(ServerSide)})


def _given(side: ServerSide, names: Iterable[str], prefix: str) -> Iterator[tuple[str, Option]]:
    """Those of the fields that are set, less ``prefix``."""
    for name in names:
        value = getattr(side, name)
        if value is not None and value is not False:
            yield name.removeprefix(prefix), value


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A good situation and the one that differs in one thing; say what is expected of it."""

    good: Situation
    situation: Situation

    def accepted(self, *, encrypted: bool = True, version: TlsVersion | None = None) -> "Case":
        return self._case(ExpectAccepted(encrypted=encrypted, version=version))

    def refused(self, *, by: Side | None, cause: Cause) -> "Case":
        """Refused by ``by`` (None: by either end, where they have nothing in common), for ``cause``."""
        return self._case(ExpectRefused(by=by, cause=cause))

    def _case(self, expectation: Expectation) -> "Case":
        return Case(good=self.good, situation=self.situation, expectation=expectation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(AnyCase):
    """A good situation, the situation one change away (or itself), and what is expected of that."""

    good: Situation
    situation: Situation
    expectation: Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a journey: from the situation before it to this one, with what is then expected."""

    name: str
    situation: Situation
    expectation: Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey(AnyCase):
    """Steps taken in order on a running server, by reload where it can and by restart where it cannot.

    The good situation is proved first; a journey ends after the step at which connections break.
    """

    good: Situation
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise UsageError("a journey has no step", remedy="give it at least one")
