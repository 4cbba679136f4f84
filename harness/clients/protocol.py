"""Client probe protocol, version 1: JSON lines on stdin and stdout, free text on stderr.

1. The probe speaks first, unprompted: ``{"hello": {...}}``.
2. Each request carries an id; its answer is one line with that id, in any order.
3. An ``op`` that the probe does not know is answered ``{"id": 7, "unsupported": "..."}``.
4. ``{"op": "bye"}`` and end-of-file end the probe at once, also with attempts in flight.
5. The probe reports and never classifies; nothing that it is sent says what is expected.
6. A probe whose hello states ``hold-sessions`` knows three more requests; any other answers them ``unsupported``.

   ``open`` is as ``attempt``, but the connection stays: it is the *session* of that request's id until it is closed.
   Where the answer is an error there is no session, and no connection.

   ``query`` has a session's connection, and no other, answer queries: ``{"id": 8, "rows": [...]}``, or an error. A
   session that broke stays until it is closed, and answers what its driver says; a driver that would connect again is
   kept from it. A session that is not there is an error of the kind ``dbtls.no-session``: a mistake of the probe or of
   who asks, which the harness never takes for a refusal.

   ``close`` ends the connection as the driver does it, and is always answered ``{"id": 9, "closed": true}``: also when
   the connection had broken before, or the session is not there.

   Requests on different sessions run at once, as attempts do; those on one session are sent one after the other.
   What ends the probe ends its sessions.
7. ``tls`` has two more members for a probe whose hello states ``key-stores``, and for no other: ``stores``, which it
   reads instead of PEM files, and ``properties``, which its driver gets unchanged, beside endpoint and account and
   instead of all that ``tls`` asks for but ``legacy``. Since it reads those files itself, it should say in
   ``client_serial`` what it presented: that alone tells which of two stores it found at one path. ``ca`` has the
   authorities of the trust store as PEM, for a driver that reads no such store.
   ``revocations``, a PEM file, is sent where it is set: a probe whose hello states ``check-revocation`` has its driver
   refuse a server whose certificate is on that list.
8. A probe whose hello names a ``pool`` knows the requests of ``harness.clients.pool_protocol``.
9. A probe ignores members of a request that it does not know, and says so beside its answer, with dots for what is in
   another: ``{"id": 7, "connected": {...}, "ignored": ["tls.new_member"]}``. So a probe of today serves a harness of
   tomorrow: where such a member has no more than its default, nothing is amiss.
10. Where a driver takes properties by name and lists those that it knows, the probe says beside its answer which of
    those that it gave are not among them: ``"unlisted": ["trustStore"]``. Drivers ignore such a property in silence.

Pure: text to values and back. A line that breaks the protocol raises ``BadLine`` with what is wrong.
"""

import json
from collections.abc import Iterable
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.clients.fields import AccountField, Answered, EndpointField, Message, TlsField
from harness.clients.pool_protocol import Done, Next, PoolRequest
from harness.model.outcome import RawError
from harness.model.tls import Can

PROTOCOL = 1

NO_SESSION = "dbtls.no-session"
"""The kind of the error that answers a query on a session that is not there."""
IGNORED = "dbtls.ignored"
"""The kind of the error that the harness makes of an answer whose probe ignored what its request needs."""

Value = str | int | float | bool | None
"""One column of a result row as JSON has it; what JSON has not (bytes, dates) a probe sends as text."""


class BadLine(ValueError):
    """A line that is not of this protocol; the message says where it goes wrong."""


class _ConnectRequest(Message):
    endpoint: EndpointField
    account: AccountField
    tls: TlsField
    queries: tuple[str, ...]
    timeout_s: float = Field(gt=0)


class AttemptRequest(_ConnectRequest):
    """Connect, send every query, disconnect. ``timeout_s`` is what the driver is told to wait, in seconds."""

    op: Literal["attempt"] = "attempt"


class OpenRequest(_ConnectRequest):
    """Connect, send every query, stay connected: a session, under this request's id."""

    op: Literal["open"] = "open"


class QueryRequest(Message):
    """Send every query over the connection of ``session``. ``timeout_s`` is for them alone, as the driver can do it."""

    op: Literal["query"] = "query"
    session: int
    queries: tuple[str, ...]
    timeout_s: float = Field(gt=0)


class CloseRequest(Message):
    """Close the connection of ``session``; from then on there is no such session."""

    op: Literal["close"] = "close"
    session: int


class ByeRequest(Message):
    """End now; there is no answer."""

    op: Literal["bye"] = "bye"


Request = AttemptRequest | OpenRequest | QueryRequest | CloseRequest | ByeRequest | PoolRequest


class Hello(Message):
    """What a probe is.

    ``versions`` are those it can use as shipped, ``legacy_versions`` those it can once it is allowed legacy crypto (the
    capability of that name); ``concurrency`` is how many attempts run at once; ``properties`` are the names of those
    that the driver itself lists, where it takes any; ``pool`` is the pool of connections that it has beside the driver.
    """

    protocol: int
    name: str
    driver: str
    runtime: str
    tls_library: str
    versions: tuple[str, ...]
    legacy_versions: tuple[str, ...] = ()
    can: frozenset[Annotated[Can, Field(strict=False)]]
    concurrency: int = Field(ge=1)
    properties: tuple[str, ...] = ()
    pool: str = ""


class _Connected(Message):
    tls_version: str | None
    cipher: str | None
    server_serial: str | None = Field(pattern=r"^[0-9a-fA-F]+$")
    client_serial: str | None = Field(default=None, pattern=r"^[0-9a-fA-F]+$")
    rows: tuple[tuple[tuple[Value, ...], ...], ...]


class Connected(_Connected, Answered):
    """Every query was answered.

    Version, cipher and serials (hexadecimal) are what the driver's own side saw; None where it cannot see, and the
    empty string for version and cipher where it knows that the connection is in the clear. ``client_serial`` is that of
    the certificate which it presented itself. ``rows`` has one list of rows for each query. ``unlisted`` are properties
    that the driver was given and does not list.
    """

    unlisted: tuple[str, ...] = ()


class Rows(Answered):
    """Every query on a session was answered: one list of rows for each."""

    rows: tuple[tuple[tuple[Value, ...], ...], ...]


class Closed(Answered):
    """There is no such session any more, and no connection of it."""

    closed: Literal[True]


class _Link(Message):
    kind: str
    message: str
    code: int | None = None
    sqlstate: str | None = None


class _Answer(Answered):
    id: int


class _ErrorAnswer(_Answer):
    error: tuple[_Link, ...] = Field(min_length=1)
    unlisted: tuple[str, ...] = ()


class _UnsupportedAnswer(_Answer):
    unsupported: str


class _ConnectedAnswer(_Answer):
    connected: _Connected
    unlisted: tuple[str, ...] = ()


class _RowsAnswer(_Answer, Rows):
    pass


class _ClosedAnswer(_Answer, Closed):
    pass


class _DoneAnswer(_Answer, Done):
    pass


class _NextAnswer(_Answer):
    next: Next


class _HelloLine(Message):
    hello: Hello


class DriverError(Answered):
    """The driver's own error chain, outermost first; ``unlisted`` as in ``Connected``."""

    chain: tuple[RawError, ...]
    unlisted: tuple[str, ...] = ()


class Unsupported(BaseModel):
    """The probe does not know the operation."""

    model_config = ConfigDict(frozen=True)

    reason: str


Answer = Connected | Rows | Closed | Done | Next | DriverError | Unsupported

_Shape = _ConnectedAnswer | _RowsAnswer | _ClosedAnswer | _DoneAnswer | _NextAnswer | _ErrorAnswer | _UnsupportedAnswer
_SHAPES: dict[str, type[_Shape]] = {
    "connected": _ConnectedAnswer,
    "rows": _RowsAnswer,
    "closed": _ClosedAnswer,
    "done": _DoneAnswer,
    "next": _NextAnswer,
    "error": _ErrorAnswer,
    "unsupported": _UnsupportedAnswer,
}


def request_line(number: int, request: Request) -> bytes:
    """The line that asks ``request`` under the id ``number``."""
    # The id goes in front of what the model says: no request has one before it is sent.
    return b'{"id":%d,%b\n' % (number, request.model_dump_json(ensure_ascii=True)[1:].encode())


def read_hello(line: bytes) -> Hello:
    """The probe's first line. Raises BadLine, also for another protocol version."""
    values = _object(line)
    stated = values.get("hello")
    # Before the shape: another version's hello may have other fields.
    if isinstance(stated, dict) and stated.get("protocol") != PROTOCOL:
        raise BadLine(f"speaks protocol {stated.get('protocol')!r}, not {PROTOCOL}")
    return _shaped(_HelloLine, line).hello


def read_answer(line: bytes) -> tuple[int, Answer]:
    """An answer and the id that it carries. Raises BadLine."""
    values = _object(line)
    number = values.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise BadLine(f"`id` is {number!r}, not a whole number")
    kinds = [kind for kind in _SHAPES if kind in values]
    if len(kinds) != 1:
        known = ", ".join(f"`{kind}`" for kind in _SHAPES)
        raise BadLine(f"has {' and '.join(kinds) or 'none'} of {known}; it needs one")
    match _shaped(_SHAPES[kinds[0]], line):
        case _ConnectedAnswer(connected=connected, ignored=ignored, unlisted=unlisted):
            # It has been validated: a load has hundreds of these a second.
            return number, Connected.model_construct(**dict(connected), ignored=ignored, unlisted=unlisted)
        case _RowsAnswer(rows=rows, ignored=ignored):
            return number, Rows(rows=rows, ignored=ignored)
        case _ClosedAnswer(closed=closed, ignored=ignored):
            return number, Closed(closed=closed, ignored=ignored)
        case _DoneAnswer(done=done, ignored=ignored):
            return number, Done(done=done, ignored=ignored)
        case _NextAnswer(next=did, ignored=ignored):
            return number, did.model_copy(update={"ignored": ignored})
        case _ErrorAnswer(error=links, ignored=ignored, unlisted=unlisted):
            chain = tuple(RawError(**link.model_dump()) for link in links)
            return number, DriverError(chain=chain, ignored=ignored, unlisted=unlisted)
        case _UnsupportedAnswer(unsupported=reason):
            return number, Unsupported(reason=reason)


def needed(request: Request, ignored: Iterable[str]) -> tuple[str, ...]:
    """Those of the ``ignored`` members of a request that have more than nothing to say: no default, no null."""
    said = request.model_dump(mode="json")
    return tuple(name for name in ignored if _member(said, name) not in (None, False, "", [], {}))


def _member(said: object, name: str) -> object:
    for part in name.split("."):
        said = said.get(part) if isinstance(said, dict) else None
    return said


M = TypeVar("M", bound=BaseModel)


def _object(line: bytes) -> dict[str, object]:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise BadLine(f"is not JSON ({error})") from error
    if not isinstance(values, dict):
        raise BadLine("is not a JSON object")
    return values


def _shaped(shape: type[M], line: bytes) -> M:
    try:
        # From JSON, not from Python: there strict mode would refuse lists where tuples are declared.
        return shape.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadLine(f"`{where}`: {first['msg'][:1].lower()}{first['msg'][1:]}") from error
