"""The rules of pools. Each says what it saw, or raises Broken."""

from concurrent.futures import ThreadPoolExecutor

from harness.clients.check_session import (
    IDENTITY_QUERY,
    Broken,
    CheckServer,
    ProbeSession,
    connection_id,
    describe_answer,
    failed,
)
from harness.clients.fields import AccountField, EndpointField, TlsField
from harness.clients.pool_protocol import (
    NO_POOL,
    NOT_WANTED,
    Done,
    Next,
    PoolBorrowRequest,
    PoolCloseRequest,
    PoolConnectRequest,
    PoolEvictRequest,
    PoolNextRequest,
    PoolOpenRequest,
    PoolRequest,
    PoolSettings,
)
from harness.clients.probe_process import Silence
from harness.clients.protocol import Answer, Closed, Connected, DriverError, Unsupported
from harness.waiting import wait_for

NAME = "check"
NEVER_WANTED = 1 << 30
"""A number that no connection has."""
_LONG_MS = 600_000


def as_stated(trial: ProbeSession) -> str:
    """Without a pool all are unsupported. With one: they are known, whatever else they get wrong."""
    for request in (PoolEvictRequest(pool=NAME), PoolCloseRequest(pool=NAME), PoolNextRequest(timeout_s=0)):
        answer = trial.pool(request).answer
        if isinstance(answer, Unsupported) is trial.has_pool:
            stated = "names a pool" if trial.has_pool else "names no pool"
            raise Broken(f"hello {stated}, and to `{request.op}` {describe_answer(answer)}")
    return "`pool.evict`, `pool.close` and `pool.next` are " + ("known" if trial.has_pool else "`unsupported`")


def not_there(trial: ProbeSession) -> str:
    return _error(trial.pool(PoolEvictRequest(pool=NAME)).answer, NO_POOL)


def not_wanted(trial: ProbeSession) -> str:
    return _error(trial.pool(_leave(trial, NEVER_WANTED, None)).answer, NOT_WANTED)


def with_leave(trial: ProbeSession, server: CheckServer) -> str:
    """A pool's connection is made once leave is given, lent, given back, and closed by an eviction, as it says."""
    _done(trial, _opening(trial, server))
    with ThreadPoolExecutor(1) as work:
        borrowing = PoolBorrowRequest(pool=NAME, queries=(IDENTITY_QUERY,), timeout_s=trial.patience_s)
        borrower = work.submit(trial.pool, borrowing)
        number = _told(trial, "connect")
        before = server.connections()
        made = _identity(trial.pool(_leave(trial, number, server)).answer)
        after = server.connections()
        lent = borrower.result()
    if not before < made <= after:
        raise Broken(f"CONNECTION_ID() {made} is none that the server gave after leave ({before + 1} to {after})")
    borrowed = _identity(lent.answer)
    if borrowed != made:
        raise Broken(f"it lent CONNECTION_ID() {borrowed}, and had made {made}")
    answer = trial.close(lent.number)
    if not isinstance(answer, Closed):
        raise Broken(describe_answer(answer))
    _done(trial, PoolEvictRequest(pool=NAME))
    closed = _told(trial, "closed")
    if closed != number:
        raise Broken(f"it said that connection {closed} was closed, and it had made {number}")
    _done(trial, PoolCloseRequest(pool=NAME))
    return f"CONNECTION_ID() {made}, made with leave, lent and closed"


def _opening(trial: ProbeSession, server: CheckServer) -> PoolOpenRequest:
    return PoolOpenRequest(
        pool=NAME,
        endpoint=EndpointField(host=server.host, port=server.port),
        tls=TlsField(verify="verify-ca", ca=str(server.ca)),
        settings=PoolSettings(
            maximum_pool_size=1,
            minimum_idle=0,
            connection_timeout_ms=int(trial.patience_s * 1000),
            idle_timeout_ms=_LONG_MS,
            max_lifetime_ms=_LONG_MS,
        ),
    )


def _leave(trial: ProbeSession, number: int, server: CheckServer | None) -> PoolConnectRequest:
    account = AccountField(user=server.user, password=server.password) if server else AccountField(user="", password="")
    if server:
        trial.masks.add(server.password)
    return PoolConnectRequest(number=number, account=account, queries=(IDENTITY_QUERY,), timeout_s=trial.patience_s)


def _told(trial: ProbeSession, what: str) -> int:
    """The number of the connection of which the probe says that, within the trial's patience."""

    def said() -> int | None:
        answer = trial.pool(PoolNextRequest(timeout_s=0)).answer
        if not isinstance(answer, Next):
            raise Broken(describe_answer(answer))
        if answer.what == "nothing":
            return None
        if (answer.what, answer.pool) != (what, NAME):
            raise Broken(f"it said `{answer.what}` of `{answer.pool}`, and `{what}` of `{NAME}` was next")
        return answer.number

    number = wait_for(said, deadline_s=trial.patience_s)
    if number is None:
        raise Broken(f"it did not say `{what}` within {trial.patience_s:g} s")
    return number


def _done(trial: ProbeSession, request: PoolRequest) -> None:
    answer = trial.pool(request).answer
    if not isinstance(answer, Done):
        raise Broken(f"to `{request.op}` {describe_answer(answer)}")


def _identity(answer: Answer | Silence) -> int:
    if not isinstance(answer, Connected):
        raise Broken(describe_answer(answer))
    return connection_id(answer.rows)


def _error(answer: Answer | Silence, kind: str) -> str:
    seen = failed(answer)
    if not (isinstance(answer, DriverError) and any(link.kind == kind for link in answer.chain)):
        raise Broken(f"an error of another kind than `{kind}`: {seen}")
    return seen
