"""The probe protocol's requests about pools, for a probe whose hello names one (``pool``); any other: ``unsupported``.

The pool is another's software, and decides by itself when a connection is made, lent and closed. What it does is known
all the same, since each connection that it makes waits for leave, and each that it closes is told of.

``pool.open`` makes a pool of that name; its connections have this endpoint and ``tls``, whose files the driver reads
anew each time. ``pool.configure`` changes limits. ``pool.evict`` has the pool replace what it has: idle connections
are closed at once, borrowed ones when they come back. ``pool.close`` ends the pool, and what is still lent with it. All
four are answered ``{"id": 7, "done": true}``, or an error.

``pool.borrow`` is answered as ``open`` is, by a connection of the pool, and once the pool has one: ``query`` asks it,
``close`` gives it back.

``pool.next`` is answered with the next thing that any pool did, or with ``nothing`` after ``timeout_s`` seconds:
``{"id": 8, "next": {"what": "connect", "pool": "a", "number": 3}}``. ``connect``: a connection is to be made; the pool
waits until ``pool.connect`` says whom that one logs in as, which is answered as ``attempt`` is when it has been made
or has failed. ``closed``: the pool has closed the one of that number.

``number`` counts the connections of one probe. A pool that is not there is an error of the kind ``dbtls.no-pool``, a
number that nobody waits for one of the kind ``dbtls.not-wanted``. None of these requests takes a turn of
``concurrency``: a borrower waits for connections.
"""

from typing import Literal

from pydantic import Field

from harness.clients.fields import AccountField, Answered, EndpointField, Message, TlsField

NO_POOL = "dbtls.no-pool"
"""The kind of the error that answers a request about a pool that is not there."""
NOT_WANTED = "dbtls.not-wanted"
"""The kind of the error that answers leave for a connection that no pool waits to make."""


class PoolSettings(Message):
    """Limits, in HikariCP's words. https://github.com/brettwooldridge/HikariCP#gear-configuration-knobs-baby"""

    maximum_pool_size: int = Field(ge=1)
    minimum_idle: int = Field(ge=0)
    connection_timeout_ms: int
    idle_timeout_ms: int
    max_lifetime_ms: int


class PoolOpenRequest(Message):
    """Make a pool."""

    op: Literal["pool.open"] = "pool.open"
    pool: str
    endpoint: EndpointField
    tls: TlsField
    settings: PoolSettings


class PoolConfigureRequest(Message):
    """From here on these limits hold."""

    op: Literal["pool.configure"] = "pool.configure"
    pool: str
    settings: PoolSettings


class PoolBorrowRequest(Message):
    """Have the pool lend a connection, send every query: a session, under this request's id, until it is closed.

    ``timeout_s`` is for the queries; how long the pool waits for a connection is one of its settings.
    """

    op: Literal["pool.borrow"] = "pool.borrow"
    pool: str
    queries: tuple[str, ...]
    timeout_s: float = Field(gt=0)


class PoolEvictRequest(Message):
    """Have the pool replace its connections."""

    op: Literal["pool.evict"] = "pool.evict"
    pool: str


class PoolCloseRequest(Message):
    """End the pool."""

    op: Literal["pool.close"] = "pool.close"
    pool: str


class PoolNextRequest(Message):
    """Say what pools do next."""

    op: Literal["pool.next"] = "pool.next"
    timeout_s: float = Field(ge=0)


class PoolConnectRequest(Message):
    """Leave for a connection to be made, and whom it logs in as; then send every query."""

    op: Literal["pool.connect"] = "pool.connect"
    number: int
    account: AccountField
    queries: tuple[str, ...]
    timeout_s: float = Field(gt=0)


PoolRequest = (
    PoolOpenRequest
    | PoolConfigureRequest
    | PoolBorrowRequest
    | PoolEvictRequest
    | PoolCloseRequest
    | PoolNextRequest
    | PoolConnectRequest
)


class Done(Answered):
    """It has been done."""

    done: Literal[True]


class Next(Answered):
    """What a pool did."""

    what: Literal["connect", "closed", "nothing"]
    pool: str = ""
    number: int = 0
