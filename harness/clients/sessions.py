"""ProbeConnector: sessions and brief connections through a client's probe."""

from functools import lru_cache
from typing import TypeVar

from harness.clients.build import ClientBuild
from harness.clients.process import Held, Probe, Silence
from harness.clients.protocol import AttemptRequest, Connected, DriverError, OpenRequest, Rows, Value
from harness.clients.requests import (
    GRACE_S,
    IDENTITY,
    account_field,
    connection_id_of,
    endpoint_field,
    missing_rows_fault,
    refused,
    tls_field,
)
from harness.clients.session import Identity, NotServed
from harness.model.account import Credentials, Endpoint
from harness.model.outcome import Hung
from harness.model.tls import ClientTls


class ProbeSession:
    """A session that a probe holds; a ``Session``. It ends with the probe's process, which any hang ends."""

    def __init__(self, probe: Probe, held: Held, *, deadline_s: float) -> None:
        self._probe = probe
        self._held = held
        self._deadline_s = deadline_s
        self._closed = False
        self._identity = _identity(probe.build, held.connected)

    @property
    def identity(self) -> Identity:
        return self._identity

    def ask(self, *, deadline_s: float) -> Identity | NotServed:
        match self._probe.query(self._held, (IDENTITY,), deadline_s, deadline_s + GRACE_S):
            case Rows(rows=rows):
                account, number = _answered(self._probe.build, rows)
                seen = self._identity
                return Identity(
                    account=account,
                    connection_id=number,
                    tls_version=seen.tls_version,
                    cipher=seen.cipher,
                    server_serial=seen.server_serial,
                    client_serial=seen.client_serial,
                )
            case DriverError() as error:
                return refused(self._probe.build, error, deadline_s)
            case Silence():
                return Hung(deadline_s=deadline_s)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._probe.release(self._held, self._deadline_s + GRACE_S)


class ProbeConnector:
    """Connects through ``probe``; a ``Connector``."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    def once(
        self, endpoint: Endpoint, account: Credentials, tls: ClientTls, *, deadline_s: float
    ) -> Identity | NotServed:
        """Connect, ask, disconnect; the driver is given ``deadline_s`` seconds, past it the attempt hung.

        Raises ProbeFault.
        """
        request = _request(AttemptRequest, endpoint, account, tls, deadline_s)
        return became(self._probe.build, self._probe.exchange(request, deadline_s + GRACE_S), deadline_s)

    def open(
        self, endpoint: Endpoint, account: Credentials, tls: ClientTls, *, deadline_s: float
    ) -> ProbeSession | NotServed:
        """Connect, ask, stay connected; closing it later may take as long.

        Raises ProbeFault, also for a client that cannot hold sessions.
        """
        request = _request(OpenRequest, endpoint, account, tls, deadline_s)
        match self._probe.open(request, deadline_s + GRACE_S):
            case Held() as held:
                return ProbeSession(self._probe, held, deadline_s=deadline_s)
            case DriverError() as error:
                return refused(self._probe.build, error, deadline_s)
            case Silence():
                return Hung(deadline_s=deadline_s)


R = TypeVar("R", AttemptRequest, OpenRequest)


# A load asks the same of the few generations that there are, over and over.
@lru_cache(maxsize=64)
def _request(kind: type[R], endpoint: Endpoint, account: Credentials, tls: ClientTls, deadline_s: float) -> R:
    return kind(
        endpoint=endpoint_field(endpoint),
        account=account_field(account),
        tls=tls_field(tls),
        queries=(IDENTITY,),
        timeout_s=deadline_s,
    )


def became(build: ClientBuild, answer: Connected | DriverError | Silence, deadline_s: float) -> Identity | NotServed:
    """What became of an attempt whose driver was given ``deadline_s`` seconds. Raises ProbeFault."""
    match answer:
        case Connected() as connected:
            return _identity(build, connected)
        case DriverError() as error:
            return refused(build, error, deadline_s)
        case Silence():
            return Hung(deadline_s=deadline_s)


def _identity(build: ClientBuild, connected: Connected) -> Identity:
    """Who a connection is, by its answer to IDENTITY. Raises ProbeFault where that is no server's."""
    account, number = _answered(build, connected.rows)
    return Identity(
        account=account,
        connection_id=number,
        tls_version=connected.tls_version,
        cipher=connected.cipher,
        server_serial=_serial(connected.server_serial),
        client_serial=_serial(connected.client_serial),
    )


def _serial(text: str | None) -> int | None:
    return None if text is None else int(text, 16)


def _answered(build: ClientBuild, rows: tuple[tuple[tuple[Value, ...], ...], ...]) -> tuple[str, int]:
    """The user and the connection id that IDENTITY's rows say. Raises ProbeFault."""
    match rows:
        case (((str(account), number),),) if "@" in account:
            # A host part has no `@`; a user's name may.
            return account.rpartition("@")[0], connection_id_of(build, number)
        case _:
            raise missing_rows_fault(build, rows)
