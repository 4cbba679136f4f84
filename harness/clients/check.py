"""Does a program speak the probe protocol? ``check_probe`` tries it, rule by rule, and says what it saw.

A probe cannot be believed when it says ``connected``: it is asked things that only a server knows. Without a server
that stays unproved, and is said to be.
"""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path

from harness.clients.life import FAREWELL_S, Life, Masks, Silence, probe_environment
from harness.clients.listeners import closed_port, hanging_up, silent
from harness.clients.protocol import (
    AccountField,
    Answer,
    AttemptRequest,
    Connected,
    DriverError,
    EndpointField,
    Hello,
    TlsField,
    Unsupported,
    request_line,
)
from harness.clients.table import chain_text
from harness.errors import ProbeFault
from harness.waiting import wait_for

IDENTITY_QUERY = "SELECT CONNECTION_ID()"


class State(Enum):
    """What became of a rule."""

    OK = "ok"
    BROKEN = "broken"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule, what was seen, and what to do where it is broken or was not checked."""

    rule: str
    state: State
    seen: str
    remedy: str = ""


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


class _Broken(Exception):
    """A rule is broken: what was seen."""


def check_probe(command: Sequence[str], *, server: CheckServer | None, patience_s: float = 2.0) -> list[Finding]:
    """Try ``command`` against every rule, in the order of the protocol; a rule that cannot be tried says why.

    ``patience_s`` seconds is what drivers are told to wait, and what is waited beyond it.
    """
    with tempfile.TemporaryDirectory(prefix="dbtls-check-") as scratch:
        checker = _Checker(command, Path(scratch), patience_s)
        try:
            return list(checker.findings(server))
        finally:
            checker.finish()


class _Checker:
    def __init__(self, command: Sequence[str], scratch: Path, patience_s: float) -> None:
        self._command = command
        self._environment = probe_environment(scratch, {})
        self._patience_s = patience_s
        self._masks = Masks()
        self._life: Life | None = None
        self._hello: Hello | None = None

    def findings(self, server: CheckServer | None) -> Iterator[Finding]:
        hello = self._rule(
            "the first line is a hello", self._greets, "see harness/clients/protocol.py for the fields of `hello`"
        )
        yield hello
        offline: tuple[tuple[str, Callable[[], str], str], ...] = (
            (
                "an unknown op is answered `unsupported`, with its id",
                self._unknown_op,
                'answer `{"id": …, "unsupported": "…"}` to any op that you do not know, and go on',
            ),
            (
                "an attempt against a closed port is an error",
                self._closed_port,
                "answer what the driver raised as `error`, outermost first; never `connected`, never an exit",
            ),
            (
                "each of several attempts at once gets its own answer",
                self._several,
                "answer each id once; guard standard output with a lock, and write a whole line at a time",
            ),
            (
                "an attempt against a server that stays silent is no success",
                self._silent_server,
                "connect only counts when the queries were answered; give the driver `timeout_s`",
            ),
            (
                "an attempt against a server that hangs up is an error",
                self._closing_server,
                "answer what the driver raised as `error`",
            ),
            (
                "end-of-file ends it, also with an attempt in flight",
                self._end_of_file,
                f"leave within {FAREWELL_S} s of end-of-file on standard input, without waiting for threads",
            ),
            ("`bye` ends it", self._bye, 'leave on `{"op": "bye"}`, without an answer'),
        )
        online: tuple[tuple[str, Callable[[CheckServer], str], str], ...] = (
            (
                "rows are what the server answered",
                self._rows,
                "send every query of the request and give its rows; `connected` without that is a false claim",
            ),
            (
                "verify-ca with another authority is refused",
                self._another_authority,
                "map `verify-ca` to the option with which your driver checks the server's chain against `ca`",
            ),
        )
        for rule, check, remedy in offline:
            if hello.state is State.OK:
                yield self._rule(rule, check, remedy)
            else:
                yield Finding(rule=rule, state=State.NOT_CHECKED, seen="there was no hello", remedy=hello.remedy)
        for rule, judged, remedy in online:
            if hello.state is not State.OK:
                yield Finding(rule=rule, state=State.NOT_CHECKED, seen="there was no hello", remedy=hello.remedy)
            elif server is None:
                seen = "no server was given: this was not proved, and a probe that makes answers up would not be caught"
                yield Finding(rule=rule, state=State.NOT_CHECKED, seen=seen, remedy="check against a server too")
            else:
                yield self._rule(rule, partial(judged, server), remedy)

    def finish(self) -> None:
        if self._life is not None:
            self._life.farewell(deadline_s=0)

    def _rule(self, rule: str, check: Callable[[], str], remedy: str) -> Finding:
        try:
            return Finding(rule=rule, state=State.OK, seen=self._masks.hide(check()))
        except _Broken as broken:
            seen = str(broken)
        except ProbeFault as fault:
            seen = "; ".join((fault.what, *fault.detail))
        return Finding(rule=rule, state=State.BROKEN, seen=self._masks.hide(seen), remedy=remedy)

    def _living(self) -> Life:
        if self._life is None or self._life.over:
            self._life = Life(Path(self._command[0]).name, self._command, self._environment, self._masks)
            self._hello = self._life.greet()
        return self._life

    def _greets(self) -> str:
        self._living()
        hello = self._hello
        return f"{hello.name}: {hello.driver}, {hello.runtime}, {hello.tls_library}" if hello else ""

    def _unknown_op(self) -> str:
        answer = self._living().ask(_nonsense, self._patience_s)
        if not isinstance(answer, Unsupported):
            raise _Broken(_told(answer))
        return _told(answer)

    def _closed_port(self) -> str:
        return self._fails(self._attempt(closed_port()))

    def _several(self) -> str:
        many = max(2, min(8, 2 * self._hello.concurrency if self._hello else 2))
        self._living()
        port = closed_port()
        with ThreadPoolExecutor(many) as pool:
            for answer in pool.map(lambda _: self._attempt(port), range(many)):
                self._fails(answer)
        return f"{many} attempts, {many} answers"

    def _silent_server(self) -> str:
        with silent() as listening:
            answer = self._attempt(listening.getsockname()[1])
            if isinstance(answer, Silence):
                return f"no answer within {answer.deadline_s:g} s although `timeout_s` was {self._patience_s:g}; killed"
            return self._fails(answer)

    def _closing_server(self) -> str:
        with hanging_up() as port:
            return self._fails(self._attempt(port))

    def _end_of_file(self) -> str:
        life = self._living()
        with silent() as listening, ThreadPoolExecutor(1) as pool:
            flying = pool.submit(self._attempt, listening.getsockname()[1])
            with contextlib.ExitStack() as held:
                listening.setblocking(False)

                def arrived() -> bool | None:
                    with contextlib.suppress(BlockingIOError):
                        held.enter_context(listening.accept()[0])
                        return True
                    return flying.done() or None

                wait_for(arrived, deadline_s=self._patience_s)
                alone = life.farewell(deadline_s=min(FAREWELL_S, self._patience_s))
            with contextlib.suppress(ProbeFault):
                flying.result()
        if not alone:
            raise _Broken("it went on after end-of-file and had to be killed")
        return "it ended"

    def _bye(self) -> str:
        if not self._living().farewell(b'{"op": "bye"}\n', deadline_s=min(FAREWELL_S, self._patience_s)):
            raise _Broken("it went on after `bye` and had to be killed")
        return "it ended"

    def _rows(self, server: CheckServer) -> str:
        before = server.connections()
        identities = [self._connection_id(server) for _ in range(2)]
        after = server.connections()
        if identities[0] == identities[1]:
            raise _Broken(f"two connections have one CONNECTION_ID(), {identities[0]}")
        for identity in identities:
            if not before < identity <= after:
                raise _Broken(f"CONNECTION_ID() {identity} is none that the server gave ({before + 1} to {after})")
        return f"CONNECTION_ID() {identities[0]} and {identities[1]}, as the server counted"

    def _connection_id(self, server: CheckServer) -> int:
        answer = self._attempt(server.port, server=server, ca=server.ca)
        if not isinstance(answer, Connected):
            raise _Broken(_told(answer))
        match answer.rows:
            case ((((int() | str()) as identity,),),) if str(identity).isdigit():
                return int(identity)
            case rows:
                raise _Broken(f"`{IDENTITY_QUERY}` gave {rows!r}, not one list of one row of one number")

    def _another_authority(self, server: CheckServer) -> str:
        return self._fails(self._attempt(server.port, server=server, ca=server.other_ca))

    def _attempt(self, port: int, *, server: CheckServer | None = None, ca: Path | None = None) -> Answer | Silence:
        password = server.password if server else "not-a-real-password"
        self._masks.add(password)
        request = AttemptRequest(
            endpoint=EndpointField(host=server.host if server else "127.0.0.1", port=port),
            account=AccountField(user=server.user if server else "nobody", password=password),
            tls=TlsField(verify="verify-ca", ca=str(ca)) if ca else TlsField(verify="preferred"),
            queries=(IDENTITY_QUERY,),
            timeout_s=self._patience_s,
        )
        return self._living().ask(lambda number: request_line(number, request), 2 * self._patience_s)

    def _fails(self, answer: Answer | Silence) -> str:
        if not isinstance(answer, DriverError):
            raise _Broken(_told(answer))
        return _told(answer)


def _told(answer: Answer | Silence) -> str:
    match answer:
        case Connected():
            return "it said `connected`"
        case DriverError(chain=chain):
            return chain_text(chain)
        case Unsupported(reason=reason):
            return f"it said `unsupported`: {reason}"
        case Silence(deadline_s=deadline_s):
            return f"it said nothing within {deadline_s:g} s"


def _nonsense(number: int) -> bytes:
    return json.dumps({"id": number, "op": "no-such-operation"}).encode() + b"\n"
