"""ProbePools: the pools of another's software that a client's probe has."""

import re

from harness import limits
from harness.clients.lender import NoneLeft
from harness.clients.pool_protocol import (
    Done,
    Next,
    PoolBorrowRequest,
    PoolCloseRequest,
    PoolConfigureRequest,
    PoolConnectRequest,
    PoolEvictRequest,
    PoolNextRequest,
    PoolOpenRequest,
    PoolRequest,
    PoolSettings,
)
from harness.clients.process import Held, Probe, Silence
from harness.clients.protocol import Connected, DriverError
from harness.clients.requests import GRACE_S, IDENTITY, account_field, endpoint_field, refused, tls_field
from harness.clients.session import Identity, NotServed
from harness.clients.sessions import ProbeSession, became
from harness.errors import ProbeFault, UsageError
from harness.model.account import Credentials, Endpoint
from harness.model.outcome import Hung
from harness.model.tls import ClientTls

_NONE_TO_LEND = re.compile(r"Connection is not available, request timed out after")
"""HikariCP 7.1.0, HikariPool.createTimeoutException; where a connect of its own failed that is the cause."""


class ProbePools:
    """Those of ``probe``, for as long as its process lives; a ``Lender``."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._life = probe.life()

    def open(self, pool: str, endpoint: Endpoint, tls: ClientTls, settings: PoolSettings) -> None:
        """As a ``Lender`` does."""
        self._do(PoolOpenRequest(pool=pool, endpoint=endpoint_field(endpoint), tls=tls_field(tls), settings=settings))

    def configure(self, pool: str, settings: PoolSettings) -> None:
        """As a ``Lender`` does."""
        self._do(PoolConfigureRequest(pool=pool, settings=settings))

    def evict(self, pool: str) -> None:
        """As a ``Lender`` does."""
        self._do(PoolEvictRequest(pool=pool))

    def close(self, pool: str) -> None:
        """As a ``Lender`` does."""
        self._do(PoolCloseRequest(pool=pool))

    def borrow(self, pool: str, *, wait_s: float, deadline_s: float) -> ProbeSession | NotServed | NoneLeft:
        """As a ``Lender`` does."""
        request = PoolBorrowRequest(pool=pool, queries=(IDENTITY,), timeout_s=deadline_s)
        match self._asked(request, wait_s + deadline_s + GRACE_S):
            case Held() as held:
                return ProbeSession(self._probe, held, deadline_s=deadline_s)
            case DriverError(chain=(first, *rest)) as error if _NONE_TO_LEND.search(first.message):
                # Not before the pool's own words are taken off: tables take them for a connect that timed out.
                inner = error.model_copy(update={"chain": tuple(rest)})
                return refused(self._probe.build, inner, deadline_s) if rest else NoneLeft(said=first.message)
            case DriverError() as error:
                return refused(self._probe.build, error, deadline_s)
            case Silence():
                return Hung(deadline_s=wait_s + deadline_s)
            case answer:
                raise self._fault(request, answer)

    def next(self, *, wait_s: float) -> Next:
        """As a ``Lender`` does."""
        request = PoolNextRequest(timeout_s=wait_s)
        match self._asked(request, wait_s + limits.POOL_ANSWER):
            case Next() as told:
                return told
            case answer:
                raise self._fault(request, answer)

    def connect(self, number: int, account: Credentials, *, deadline_s: float) -> Identity | NotServed:
        """As a ``Lender`` does."""
        request = PoolConnectRequest(
            number=number, account=account_field(account), queries=(IDENTITY,), timeout_s=deadline_s
        )
        match self._asked(request, deadline_s + GRACE_S):
            case Connected() | DriverError() | Silence() as answer:
                return became(self._probe.build, answer, deadline_s)
            case answer:
                raise self._fault(request, answer)

    def _do(self, request: PoolRequest) -> None:
        match self._asked(request, limits.POOL_ANSWER):
            case Done():
                return
            case DriverError(chain=chain):
                said = "; ".join(str(link) for link in chain)
                remedy = "choose settings that it takes"
                raise UsageError(f"the pool of client `{self._probe.build.name}` refuses: {said}", remedy=remedy)
            case answer:
                raise self._fault(request, answer)

    def _asked(self, request: PoolRequest, deadline_s: float) -> Connected | Done | Next | DriverError | Silence | Held:
        return self._probe.pooling(self._life, request, deadline_s)

    def _fault(
        self, request: PoolRequest, answer: Connected | Done | Next | DriverError | Silence | Held
    ) -> ProbeFault:
        if isinstance(answer, Held):
            answer = answer.connected
        if isinstance(answer, Silence):
            what = f"client `{self._probe.build.name}` gave no answer to `{request.op}` within {answer.deadline_s:g} s"
            return ProbeFault(what, remedy="see what its process waits for")
        return self._probe.unexpected_answer(request, answer)
