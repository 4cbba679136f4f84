"""Attempts: connections made over a connector, each recorded before it is dispatched and when it has its result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar, assert_never

from harness.clients.session import Connector, Identity, NotServed, Session
from harness.errors import UsageError
from harness.model.account import Credentials, Demand, Endpoint, Require
from harness.model.history import Failed, Failure, Kind, Served
from harness.model.outcome import Cause, Hung, RawError, Refused, Side, Unclassified
from harness.model.tls import ClientTls
from harness.pki.reading import Material
from harness.pool.properties import JdbcProperties
from harness.pool.recorder import Recorder
from harness.pool.stores import StoreReader

AccountChooser = Callable[[Mapping[str, str], Material], Credentials]
"""JDBC properties, and the material that will be presented -> whom to log in as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """With what connections are made: where, and the properties."""

    endpoint: Endpoint
    properties: JdbcProperties


class Dispatch(NamedTuple):
    """What goes to the driver, and the fingerprint of the material in it; ``presents`` is the serial of its leaf."""

    endpoint: Endpoint
    account: Credentials
    tls: ClientTls
    material: str
    presents: int | None


MaterialInUse = Callable[[ClientTls, int], str]
"""What went to a driver, and the serial of another leaf that it presented -> the fingerprint of the material in use."""
Prepare = Callable[[Setup], Dispatch]
"""StoreReader the stores as they are now. Raises UsageError for what cannot be handed to a driver."""


R = TypeVar("R", Served, Failed, Served | Failed)


class Opened(NamedTuple):
    """A connection that stays open, and what its first query said."""

    session: Session
    served: Served


def preparing(reads: StoreReader, log_in: AccountChooser) -> Prepare:
    """Prepares with what ``reads`` finds in the stores."""

    def prepare(setup: Setup) -> Dispatch:
        tls, material = reads(setup.properties)
        account = log_in(setup.properties.values, material)
        presents = None if material.leaf is None else material.leaf.serial
        return Dispatch(setup.endpoint, account, tls, material.fingerprint, presents)

    return prepare


class Attempts:
    """Makes connections and records them. Safe between threads; raises ProbeFault, and then an attempt has no end."""

    def __init__(self, connector: Connector, recorder: Recorder, *, in_use: MaterialInUse, deadline_s: float) -> None:
        self._connector = connector
        self._recorder = recorder
        self._in_use = in_use
        self._deadline_s = deadline_s

    def once(self, kind: Kind, dispatch: Dispatch, *, intended_s: float | None = None) -> Served | Failed:
        """Connect, ask, disconnect."""
        number = self._recorder.begin(kind, material=dispatch.material, intended_s=intended_s)
        answer = self._connector.once(dispatch.endpoint, dispatch.account, dispatch.tls, deadline_s=self._deadline_s)
        result = self._served(answer, dispatch) if isinstance(answer, Identity) else failed_of(answer)
        return self._ended(number, result)

    def open(self, pool: str, dispatch: Dispatch) -> Opened | Failed:
        """Connect for ``pool``, ask, stay connected."""
        number = self._recorder.begin(Kind.OPEN, pool=pool, material=dispatch.material)
        answer = self._connector.open(dispatch.endpoint, dispatch.account, dispatch.tls, deadline_s=self._deadline_s)
        if isinstance(answer, Refused | Unclassified | Hung):
            return self._ended(number, failed_of(answer))
        served = self._served(answer.identity, dispatch)
        self._ended(number, served)
        return Opened(answer, served)

    def made(
        self, pool: str, dispatch: Dispatch | None, connect: Callable[[], Identity | NotServed]
    ) -> Served | Failed:
        """A connection that another's pool makes for itself: ``connect`` gives it leave, and says what came of it.

        ``dispatch`` is what the stores come to now; None: nothing that could be handed to a driver.
        """
        number = self._recorder.begin(Kind.OPEN, pool=pool, material=None if dispatch is None else dispatch.material)
        answer = connect()
        if not isinstance(answer, Identity):
            return self._ended(number, failed_of(answer))
        return self._ended(number, served_of(answer, "") if dispatch is None else self._served(answer, dispatch))

    def unprepared(self, kind: Kind, error: UsageError, *, pool: str = "", intended_s: float | None = None) -> Failed:
        """A connection that did not come about: the client cannot hand its stores to the driver."""
        number = self._recorder.begin(kind, pool=pool, intended_s=intended_s)
        failed = Failed(Failure.REFUSED, Side.CLIENT.value, (Cause.BAD_MATERIAL.value,), str(error))
        self._ended(number, failed)
        return failed

    def ask(self, opened: Opened) -> Served | Failed:
        """Ask an open connection. Not recorded: it is part of an attempt."""
        answer = opened.session.ask(deadline_s=self._deadline_s)
        return served_of(answer, opened.served.material) if isinstance(answer, Identity) else failed_of(answer)

    def _served(self, identity: Identity, dispatch: Dispatch) -> Served:
        """What was used goes by what was presented, where the driver says so."""
        presented = identity.client_serial
        if presented is None or presented == dispatch.presents:
            return served_of(identity, dispatch.material)
        return served_of(identity, self._in_use(dispatch.tls, presented))

    def _ended(self, number: int, result: R) -> R:
        self._recorder.end(number, result, asked=1 if isinstance(result, Served) else 0)
        return result


def by_leaf(password: str) -> AccountChooser:
    """Log in as the account that demands the very leaf which is presented; without a leaf, as configured."""

    def log_in(properties: Mapping[str, str], material: Material) -> Credentials:
        if material.leaf is None:
            return as_configured(properties, material)
        return Credentials(Require(Demand.SUBJECT, material.leaf.subject_oneline).user, password)

    return log_in


def as_configured(properties: Mapping[str, str], _: Material) -> Credentials:
    """Log in as the properties say."""
    return Credentials(properties.get("user", ""), properties.get("password", ""))


def served_of(identity: Identity, material: str) -> Served:
    """A connection that was opened with ``material``."""
    return Served(
        account=identity.account,
        connection_id=identity.connection_id,
        version=identity.tls_version,
        cipher=identity.cipher,
        server_serial=identity.server_serial,
        material=material,
        client_serial=identity.client_serial,
    )


def failed_of(answer: NotServed) -> Failed:
    """A connection that is none."""
    match answer:
        case Refused():
            causes = tuple(sorted(cause.value for cause in answer.causes))
            return Failed(Failure.REFUSED, answer.by.value, causes, _said(answer.chain))
        case Unclassified():
            return Failed(Failure.UNCLASSIFIED, None, (), _said(answer.chain))
        case Hung():
            return Failed(Failure.HUNG, None, (), f"no answer within {answer.deadline_s:g} s")
        case _:
            assert_never(answer)


def _said(chain: tuple[RawError, ...]) -> str:
    # Connector/J's messages have empty lines in them; what quotes them is a line.
    return "; ".join(" ".join(str(link).split()) for link in chain)
