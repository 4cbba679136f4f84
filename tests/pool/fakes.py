"""A server that a test makes: a connector and its sessions, and a recorder that keeps what it is told."""

import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

from harness.clients.session import Identity, NotServed
from harness.model.account import Credentials, Endpoint
from harness.model.history import Failed, Kind, Served, Why
from harness.model.outcome import Cause, RawError, Refused, Side
from harness.model.tls import ClientTls

REFUSED = Refused(
    by=Side.SERVER, causes=frozenset({Cause.ACCESS_DENIED}), chain=(RawError(kind="E", message="denied", code=1045),)
)


class Asked(NamedTuple):
    """What a connection was asked for with."""

    endpoint: Endpoint
    account: Credentials
    tls: ClientTls

    def file(self, path: Path | None) -> bytes:
        assert path is not None
        return path.read_bytes()


class FakeSession:
    """A session that answers with who it is until it is closed or killed by the server."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.closed = 0
        self.killed = False
        self.asked = 0

    @property
    def identity(self) -> Identity:
        return self._identity

    def ask(self, *, deadline_s: float) -> Identity | NotServed:
        assert not self.closed
        self.asked += 1
        return REFUSED if self.killed else self._identity

    def close(self) -> None:
        self.closed += 1


class FakeConnector:
    """Counts connections from 1; ``answer`` may refuse one, or hold it up; ``presents`` is its driver's word."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.connects: list[Asked] = []
        self.sessions: dict[int, FakeSession] = {}
        self.answer: Callable[[Asked], NotServed | None] = lambda _: None
        self.presents: Callable[[Asked], int | None] = lambda _: None

    def once(
        self, endpoint: Endpoint, account: Credentials, tls: ClientTls, *, deadline_s: float
    ) -> Identity | NotServed:
        asked = Asked(endpoint, account, tls)
        self.connects.append(asked)
        return self.answer(asked) or self._identity(asked)

    def open(
        self, endpoint: Endpoint, account: Credentials, tls: ClientTls, *, deadline_s: float
    ) -> FakeSession | NotServed:
        answer = self.once(endpoint, account, tls, deadline_s=deadline_s)
        if not isinstance(answer, Identity):
            return answer
        session = self.sessions[answer.connection_id] = FakeSession(answer)
        return session

    @property
    def open_ids(self) -> set[int]:
        """The sessions that nobody has closed."""
        return {number for number, session in self.sessions.items() if not session.closed}

    def _identity(self, asked: Asked) -> Identity:
        return Identity(
            account=asked.account.user,
            connection_id=next(self._numbers),
            tls_version="TLSv1.3",
            cipher="TLS_AES_256_GCM_SHA384",
            server_serial=7,
            client_serial=self.presents(asked),
        )


class Attempt(NamedTuple):
    kind: Kind
    pool: str
    material: str | None
    intended_s: float | None


class Gone(NamedTuple):
    """A connection that a pool said it has closed."""

    pool: str
    connection_id: int
    material: str
    why: Why


class FakeRecorder:
    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.begun: list[Attempt] = []
        self.ended: dict[int, tuple[Served | Failed, int]] = {}
        self.gone: list[Gone] = []

    def begin(self, kind: Kind, *, pool: str = "", material: str | None = None, intended_s: float | None = None) -> int:
        with self._guard:
            self.begun.append(Attempt(kind, pool, material, intended_s))
            return len(self.begun)

    def end(self, number: int, result: Served | Failed, *, asked: int = 1) -> None:
        with self._guard:
            assert number not in self.ended
            self.ended[number] = (result, asked)

    def closed(self, pool: str, connection_id: int, material: str, why: Why) -> None:
        with self._guard:
            self.gone.append(Gone(pool, connection_id, material, why))

    def of(self, kind: Kind) -> list[Served | Failed]:
        """The results of all attempts of a kind."""
        return [self.ended[number][0] for number, begun in enumerate(self.begun, start=1) if begun.kind is kind]
