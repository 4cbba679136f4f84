"""Probe: a client's process for as long as it is needed, spoken to by many threads, killed when it hangs."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.clients.build import ClientBuild
from harness.clients.pool_protocol import (
    NO_POOL,
    NOT_WANTED,
    Done,
    Next,
    PoolBorrowRequest,
    PoolConnectRequest,
    PoolRequest,
)
from harness.clients.probe_process import CHECK, Masks, ProbeProcess, Reply, Silence, probe_environment
from harness.clients.protocol import (
    IGNORED,
    NO_SESSION,
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
    needed,
    request_line,
)
from harness.errors import ProbeFault, ProbeUnavailable
from harness.model.outcome import RawError
from harness.model.tls import Can

__all__ = ["Held", "Probe", "Silence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session that a probe holds: the id that it has in one life of the probe's process, and how it was opened."""

    number: int
    life: ProbeProcess
    connected: Connected


class Probe:
    """A client's probe; entered, it may be used by many threads at once, and restarts after a hang or a fault.

    Closed, also while it is used, it raises ProbeFault and starts no process any more.
    """

    def __init__(self, build: ClientBuild, scratch: Path) -> None:
        self.build = build
        self._scratch = scratch
        self._masks = Masks()
        self._current: tuple[ProbeProcess, Hello] | None = None
        self._greeting = threading.Lock()
        """Held while another life is begun, up to its hello: whoever wants one meanwhile gets the same."""
        self._lock = threading.Lock()
        """Guards what follows, for moments."""
        self._lives: list[ProbeProcess] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the probe's process, if there is one: at once where its hello is not there yet."""
        with self._lock:
            self._closed = True
            lives = [life for life in self._lives if not life.over]
        current = self._current
        with ExitStack() as closing:
            for life in lives:
                if current is not None and life is current[0]:
                    closing.callback(life.farewell)
                else:
                    closing.callback(life.end, "was closed before its hello")

    @property
    def hello(self) -> Hello:
        """What the probe said of itself when it last started; starts it if need be. Raises ProbeUnavailable."""
        return self._living()[1]

    def exchange(self, attempt: AttemptRequest, deadline_s: float) -> Connected | DriverError | Silence:
        """Have ``attempt`` made and wait for its answer, ``deadline_s`` seconds at most. Raises ProbeFault.

        The password is masked in every text that comes back.
        """
        _, reply = self._connecting(attempt, deadline_s)
        match reply.answer:
            case Connected() | DriverError() | Silence() as answer:
                return answer
            case answer:
                raise self.unexpected_answer(attempt, answer)

    def open(self, request: OpenRequest, deadline_s: float) -> Held | DriverError | Silence:
        """Have a session opened, and wait ``deadline_s`` seconds at most. Raises ProbeFault.

        A session ends when the probe does: when it is closed, when it breaks, and when any of its requests hangs.
        """
        life, reply = self._connecting(request, deadline_s)
        match reply.answer:
            case Connected() as connected:
                return Held(number=reply.number, life=life, connected=connected)
            case DriverError() | Silence() as answer:
                return answer
            case Unsupported(reason=reason):
                raise ProbeFault(
                    f"client `{self.build.name}` cannot hold sessions: {self._masks.hide(reason)}",
                    place=str(self.build.folder),
                    remedy=f"choose a client whose hello states `{Can.HOLD_SESSIONS.value}`",
                )
            case answer:
                raise self.unexpected_answer(request, answer)

    def query(
        self, held: Held, queries: Sequence[str], timeout_s: float, deadline_s: float
    ) -> Rows | DriverError | Silence:
        """Have the session answer ``queries``, ``timeout_s`` for its driver and ``deadline_s`` seconds at most.

        Raises ProbeFault, also when the probe that had the session has ended.
        """
        request = QueryRequest(session=held.number, queries=tuple(queries), timeout_s=timeout_s)
        match self._asked(held.life, request, deadline_s).answer:
            case DriverError(chain=chain) if any(link.kind == NO_SESSION for link in chain):
                what = f"client `{self.build.name}` knows nothing of session {held.number}, which is open"
                raise ProbeFault(what, place=str(self.build.folder), remedy=CHECK, detail=tuple(map(str, chain)))
            case Rows() | DriverError() | Silence() as answer:
                return answer
            case answer:
                raise self.unexpected_answer(request, answer)

    def release(self, held: Held, deadline_s: float) -> None:
        """Have the session closed; nothing where its probe has ended. A probe that gives no answer in time is killed.

        Raises ProbeFault for a probe that answers anything but closed.
        """
        request = CloseRequest(session=held.number)
        try:
            answer = self._asked(held.life, request, deadline_s).answer
        except ProbeFault:
            if held.life.over:
                return
            raise
        if not isinstance(answer, Closed | Silence):
            raise self.unexpected_answer(request, answer)

    def life(self) -> ProbeProcess:
        """The process as it is now, started if need be: what it holds ends with it. Raises ProbeFault."""
        return self._living()[0]

    def pooling(
        self, life: ProbeProcess, request: PoolRequest, deadline_s: float
    ) -> Connected | Done | Next | DriverError | Silence | Held:
        """Have a request about pools answered by that life, ``deadline_s`` seconds at most; a session is ``Held``.

        It waits for no turn. Raises ProbeFault, also for a pool or a connection that is not there.
        """
        if isinstance(request, PoolConnectRequest):
            self._masks.add(request.account.password)
        reply = self._said(life, request, deadline_s)
        match reply.answer:
            case DriverError(chain=chain) if any(link.kind in {NO_POOL, NOT_WANTED} for link in chain):
                what = f"client `{self.build.name}` does not know what it is asked about: `{request.op}`"
                raise ProbeFault(what, place=str(self.build.folder), remedy=CHECK, detail=tuple(map(str, chain)))
            case Connected() as connected if isinstance(request, PoolBorrowRequest):
                return Held(number=reply.number, life=life, connected=connected)
            case Connected() | Done() | Next() | DriverError() | Silence() as answer:
                return answer
            case answer:
                raise self.unexpected_answer(request, answer)

    def unheard(self) -> ProbeFault | None:
        """Why the probe died or broke its protocol while nothing was asked of it, if it did; each time told once."""
        return next((fault for life in tuple(self._lives) if (fault := life.unheard()) is not None), None)

    def cpu_s(self) -> float:
        """CPU seconds, user and system, of all its processes so far; 0.0 where that is not known.

        Where the client runs in an image these are those of the engine's command line.
        """
        return sum(life.cpu_s() or 0.0 for life in tuple(self._lives))

    def _connecting(self, request: AttemptRequest | OpenRequest, deadline_s: float) -> tuple[ProbeProcess, Reply]:
        self._masks.add(request.account.password)
        while True:
            life, _ = self._living()
            with life.turns:
                # One that ended while this waited was never asked: the request is for the next.
                if not life.over:
                    return life, self._said(life, request, deadline_s)

    def _asked(self, life: ProbeProcess, request: Request, deadline_s: float) -> Reply:
        # Not before the probe can run it: what waits its turn does not hang.
        with life.turns:
            return self._said(life, request, deadline_s)

    def _said(self, life: ProbeProcess, request: Request, deadline_s: float) -> Reply:
        reply = life.ask(lambda number: request_line(number, request), deadline_s)
        ignored = () if isinstance(reply.answer, Unsupported | Silence) else reply.answer.ignored
        if ignored and (without := needed(request, ignored)):
            return replace(reply, answer=self._done_without(life, reply, request, without, deadline_s))
        if isinstance(reply.answer, DriverError):
            masked = tuple(replace(link, message=self._masks.hide(link.message)) for link in reply.answer.chain)
            return replace(reply, answer=reply.answer.model_copy(update={"chain": masked}))
        return reply

    def _done_without(
        self, life: ProbeProcess, reply: Reply, request: Request, ignored: Sequence[str], deadline_s: float
    ) -> DriverError:
        """What is said of a request that the probe carried out without members that it needs: nothing was shown."""
        if isinstance(reply.answer, Connected) and isinstance(request, OpenRequest | PoolBorrowRequest):
            life.ask(lambda number: request_line(number, CloseRequest(session=reply.number)), deadline_s)
        names = ", ".join(f"`{name}`" for name in ignored)
        message = f"the probe of client `{self.build.name}` does not know {names} of `{request.op}` and ignored it"
        return DriverError(chain=(RawError(kind=IGNORED, message=message),))

    def unexpected_answer(self, request: Request, answer: Answer | Silence) -> ProbeFault:
        """The fault of a probe that gives ``request`` an answer which is another operation's."""
        match answer:
            case Unsupported(reason=reason):
                what = f"does not know `{request.op}`: {self._masks.hide(reason)}"
            case _:
                what = f"answers `{request.op}` with {type(answer).__name__}"
        return ProbeFault(f"client `{self.build.name}` {what}", place=str(self.build.folder), remedy=CHECK, how=what)

    def _living(self) -> tuple[ProbeProcess, Hello]:
        # The lock is for whoever must start another; a load asks too often to take it each time.
        current = self._current
        if current is None or current[0].over:
            with self._greeting:
                current = self._current
                if current is None or current[0].over:
                    current = self._current = self._begun()
        return current

    def _begun(self) -> tuple[ProbeProcess, Hello]:
        environment = probe_environment(self._scratch, self.build.environment)
        with self._lock:
            # Whatever is started is among what `close` ends, and after that nothing is.
            if self._closed:
                raise ProbeFault(f"client `{self.build.name}` was closed", remedy="start it anew")
            life = ProbeProcess(self.build.name, self.build.command, environment, self._masks)
            self._lives.append(life)
        hello = life.greet()
        if hello.name != (self.build.says or self.build.name):
            stated = f"{hello.name}: {hello.driver}, {hello.tls_library}"
            what = f"says that it is another client ({stated})"
            life.end(what)
            # Raised here: a probe that has also ended by itself would have given that as the reason.
            raise ProbeUnavailable(f"client `{self.build.name}` {what}", remedy=CHECK, how=what)
        return life, hello.model_copy(update={"driver": hello.driver + self.build.note}) if self.build.note else hello
