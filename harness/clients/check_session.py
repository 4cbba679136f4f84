"""A session with a probe that is being checked: asked one thing after the other."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from harness.clients.fields import AccountField, EndpointField, TlsField
from harness.clients.pool_protocol import Done, Next, PoolRequest
from harness.clients.probe_process import Masks, ProbeProcess, Reply, Silence, probe_environment
from harness.clients.protocol import (
    Answer,
    AttemptRequest,
    Closed,
    CloseRequest,
    Connected,
    DriverError,
    Hello,
    OpenRequest,
    QueryRequest,
    Request,
    Rows,
    Unsupported,
    Value,
    request_line,
)
from harness.clients.table import chain_text
from harness.model.tls import Can

IDENTITY_QUERY = "SELECT CONNECTION_ID()"

R = TypeVar("R", AttemptRequest, OpenRequest)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckServer:
    """A real server to try a probe with.

    ``ca`` signed its certificate and ``other_ca`` did not. ``connections`` reads its ``Connections`` status, which
    counts every connection begun, and is CONNECTION_ID() of the latest.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    ca: Path
    other_ca: Path
    connections: Callable[[], int]


class Broken(Exception):
    """A rule is broken: what was seen."""


class ProbeSession:
    """A probe that is started when it is asked something, and again when it has ended.

    ``patience_s`` seconds is what its driver is told to wait, and what is waited beyond it.
    """

    def __init__(self, command: Sequence[str], scratch: Path, patience_s: float) -> None:
        self._command = command
        self._environment = probe_environment(scratch, {})
        self.patience_s = patience_s
        self.masks = Masks()
        self._life: ProbeProcess | None = None
        self._hello: Hello | None = None

    def finish(self) -> None:
        """End the probe, if it lives."""
        if self._life is not None:
            self._life.farewell(deadline_s=0)

    def living(self) -> ProbeProcess:
        """The probe's process. Raises ProbeFault."""
        if self._life is None or self._life.over:
            self._life = ProbeProcess(Path(self._command[0]).name, self._command, self._environment, self.masks)
            self._hello = self._life.greet()
        return self._life

    @property
    def hello(self) -> Hello | None:
        """What it said of itself, if it has been started and did."""
        return self._hello

    @property
    def holds_sessions(self) -> bool:
        """Whether it says that it does."""
        return self._hello is not None and Can.HOLD_SESSIONS in self._hello.can

    @property
    def has_pool(self) -> bool:
        """Whether it names one."""
        return self._hello is not None and bool(self._hello.pool)

    def nonsense(self) -> Answer | Silence:
        """What it answers to an operation that there is not. Raises ProbeFault."""
        return self.living().ask(_nonsense, self.patience_s).answer

    def attempt(self, port: int, *, server: CheckServer | None = None, ca: Path | None = None) -> Answer | Silence:
        """Its answer to an attempt: by a server's account, or by none. Raises ProbeFault."""
        return self._ask(self._connecting(AttemptRequest, port, server, ca)).answer

    def attempt_with(self, members: Mapping[str, object], port: int) -> Answer | Silence:
        """Its answer to an attempt that has ``members`` more, and ``tls`` as well. Raises ProbeFault."""
        request = self._connecting(AttemptRequest, port, None, None)

        def line(number: int) -> bytes:
            said = json.loads(request_line(number, request))
            return json.dumps({**said, **members, "tls": {**said["tls"], **members}}).encode() + b"\n"

        return self.living().ask(line, 2 * self.patience_s).answer

    def attempts(self, port: int, many: int) -> list[Answer | Silence]:
        """The answers of one and the same process to so many attempts at once. Raises ProbeFault."""
        life = self.living()
        request = self._connecting(AttemptRequest, port, None, None)
        with ThreadPoolExecutor(many) as pool:
            return list(pool.map(lambda _: self._ask(request, life).answer, range(many)))

    def open(self, port: int, *, server: CheckServer | None = None, ca: Path | None = None) -> Reply:
        """Its answer to an ``open``, with the id that the session then has. Raises ProbeFault."""
        return self._ask(self._connecting(OpenRequest, port, server, ca))

    def query(self, session: int) -> Answer | Silence:
        """Its answer to IDENTITY_QUERY on a session. Raises ProbeFault."""
        return self._ask(QueryRequest(session=session, queries=(IDENTITY_QUERY,), timeout_s=self.patience_s)).answer

    def close(self, session: int) -> Answer | Silence:
        """Its answer to the closing of a session. Raises ProbeFault."""
        return self._ask(CloseRequest(session=session)).answer

    def pool(self, request: PoolRequest) -> Reply:
        """Its answer to a request about pools, with the id that a session then has. Raises ProbeFault."""
        return self._ask(request)

    def _connecting(self, kind: type[R], port: int, server: CheckServer | None, ca: Path | None) -> R:
        password = server.password if server else "not-a-real-password"
        self.masks.add(password)
        return kind(
            endpoint=EndpointField(host=server.host if server else "127.0.0.1", port=port),
            account=AccountField(user=server.user if server else "nobody", password=password),
            tls=TlsField(verify="verify-ca", ca=str(ca)) if ca else TlsField(verify="preferred"),
            queries=(IDENTITY_QUERY,),
            timeout_s=self.patience_s,
        )

    def _ask(self, request: Request, life: ProbeProcess | None = None) -> Reply:
        return (life or self.living()).ask(lambda number: request_line(number, request), 2 * self.patience_s)


def failed(answer: Answer | Silence) -> str:
    """The error that ``answer`` is, as text. Raises Broken when it is none."""
    if not isinstance(answer, DriverError):
        raise Broken(describe_answer(answer))
    return describe_answer(answer)


def connection_id(rows: tuple[tuple[tuple[Value, ...], ...], ...]) -> int:
    """The number that IDENTITY_QUERY gave. Raises Broken when there is none."""
    match rows:
        case ((((int() | str()) as identity,),),) if str(identity).isdigit():
            return int(identity)
        case _:
            raise Broken(f"`{IDENTITY_QUERY}` gave {rows!r}, not one list of one row of one number")


def describe_answer(answer: Answer | Silence) -> str:
    """What an answer says, in words."""
    match answer:
        case Connected():
            return "it said `connected`"
        case Rows():
            return "it said `rows`"
        case Closed():
            return "it said `closed`"
        case Done():
            return "it said `done`"
        case Next(what=what):
            return f"it said that what is next is `{what}`"
        case DriverError(chain=chain):
            return chain_text(chain)
        case Unsupported(reason=reason):
            return f"it said `unsupported`: {reason}"
        case Silence(deadline_s=deadline_s):
            return f"it said nothing within {deadline_s:g} s"


def _nonsense(number: int) -> bytes:
    return json.dumps({"id": number, "op": "no-such-operation"}).encode() + b"\n"
