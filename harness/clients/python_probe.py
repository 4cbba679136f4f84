"""The loop of a probe written in Python: it speaks the protocol, the probe supplies one function.

``serve_sessions`` is for a driver whose connections can be kept, ``serve`` for what connects, asks and disconnects in
one go. Standard library only, so that a probe has nothing loaded but what its driver loads.
"""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

PROTOCOL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One ``attempt`` request; ``verify`` is a ``harness.model.tls.Verify`` value, ``timeout_s`` seconds.

    ``legacy`` asks for what today's libraries refuse as shipped: TLSv1, SECLEVEL=0, legacy renegotiation.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    verify: str
    ca: str | None
    certificate: str | None
    key: str | None
    versions: tuple[str, ...] | None
    ciphers: str | None
    legacy: bool
    revocations: str | None = None
    queries: tuple[str, ...]
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the driver's side saw: None where it cannot see, '' where it knows that the connection is in the clear."""

    tls_version: str | None
    cipher: str | None
    server_serial: int | None
    rows: Sequence[Sequence[Sequence[Any]]]


class Connection(Protocol):
    """One connection of a driver, open. It never connects again by itself."""

    def query(self, queries: Sequence[str], timeout_s: float) -> Sequence[Sequence[Sequence[Any]]]:
        """Each query's rows. ``timeout_s`` is for these queries, where the driver can do that."""

    def seen(self, rows: Sequence[Sequence[Sequence[Any]]]) -> Seen:
        """What the driver's side sees of the connection, with the rows that it gave."""

    def close(self) -> None:
        """Close it as the driver does, whatever state it is in."""


def serve(hello: Mapping[str, Any], attempt: Callable[[Attempt], Seen]) -> NoReturn:
    """Say hello, then answer requests until ``bye`` or end-of-file; does not return.

    ``hello`` is the protocol's, less the protocol number. ``attempt`` runs in ``hello["concurrency"]`` threads; what it
    raises becomes the answer's error chain. Members of a request that the loop does not know never reach it.
    """
    _serve(hello, {"attempt": lambda _, request: _connected(attempt(_attempt(request)))})


def serve_sessions(hello: Mapping[str, Any], connect: Callable[[Attempt], Connection]) -> NoReturn:
    """As ``serve``, for a driver that holds sessions, which hello then states; an attempt is made of the same steps.

    ``connect`` makes a connection and sends no query.
    """
    sessions = _Sessions(connect)
    _serve(
        {**hello, "can": [*hello["can"], "hold-sessions"]},
        {"attempt": sessions.attempt, "open": sessions.open, "query": sessions.query, "close": sessions.close},
    )


class NoSession(Exception):
    """A query on a session that is not there."""

    kind = "dbtls.no-session"


class _Sessions:
    """The connections that are kept, by the id of the request that opened each. Single dict operations are atomic."""

    def __init__(self, connect: Callable[[Attempt], Connection]) -> None:
        self._connect = connect
        self._kept: dict[int, Connection] = {}

    def attempt(self, _: int, request: Mapping[str, Any]) -> Mapping[str, Any]:
        connection, seen = self._connected(request)
        connection.close()
        return _connected(seen)

    def open(self, number: int, request: Mapping[str, Any]) -> Mapping[str, Any]:
        connection, seen = self._connected(request)
        answer = _connected(seen)
        self._kept[number] = connection
        return answer

    def query(self, _: int, request: Mapping[str, Any]) -> Mapping[str, Any]:
        connection = self._kept.get(request["session"])
        if connection is None:
            raise NoSession(f"there is no session {request['session']}")
        return {"rows": _rows(connection.query(request["queries"], request["timeout_s"]))}

    def close(self, _: int, request: Mapping[str, Any]) -> Mapping[str, Any]:
        connection = self._kept.pop(request["session"], None)
        if connection is not None:
            # That it had broken is what some drivers raise here.
            with contextlib.suppress(Exception):
                connection.close()
        return {"closed": True}

    def _connected(self, request: Mapping[str, Any]) -> tuple[Connection, Seen]:
        asked = _attempt(request)
        connection = self._connect(asked)
        try:
            return connection, connection.seen(connection.query(asked.queries, asked.timeout_s))
        except BaseException:
            # What is said of closing a broken connection must not come before why it broke.
            with contextlib.suppress(Exception):
                connection.close()
            raise


def _serve(
    hello: Mapping[str, Any], operations: Mapping[str, Callable[[int, Mapping[str, Any]], Mapping[str, Any]]]
) -> NoReturn:
    # Standard output is the protocol's alone: what a driver prints goes to standard error.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    reading, writing, running = threading.Lock(), threading.Lock(), threading.Semaphore(hello["concurrency"])

    def write(message: Mapping[str, Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        with writing:
            out.write(line)
            out.flush()

    def run(number: int, request: Mapping[str, Any]) -> None:
        try:
            answer = operations[request["op"]](number, request)
        except BaseException as error:  # a driver may raise anything, and silence would look like a hang
            answer = {"error": [_link(one) for one in _chain(error)]}
        ignored = _unknown(request, hello["can"])
        write({"id": number, **answer, "ignored": ignored} if ignored else {"id": number, **answer})

    def take_requests() -> NoReturn:
        status = 1
        try:
            while True:
                with reading:
                    line = sys.stdin.buffer.readline()
                request = json.loads(line) if line else {"op": "bye"}
                match request:
                    case {"op": "bye"}:
                        break
                    case {"id": int(number), "op": str(operation)} if operation in operations:
                        with running:
                            run(number, request)
                    case {"id": int(number)}:
                        write({"id": number, "unsupported": f"op {request.get('op')!r}"})
                    case _:
                        raise ValueError("a request without an id")
            status = 0
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            sys.stderr.flush()
            # Not sys.exit: that waits for attempts in flight, and nothing may outlive the harness.
            os._exit(status)

    write({"hello": {"protocol": PROTOCOL, **hello}})
    # Who reads a request runs it, and another reads on: handing it over costs more. One thread more than run at once,
    # so that the end is noticed while all are at work.
    for _ in range(hello["concurrency"]):
        threading.Thread(target=take_requests, daemon=True).start()
    take_requests()


# What an Attempt is made of, by the member of a request that has it; the rest of the request is the loop's own.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "endpoint": ("host", "port"),
    "account": ("user", "password"),
    "tls": ("verify", "ca", "certificate", "key", "versions", "ciphers", "legacy"),
}
# What ``tls`` may have beside these, by what the probe has to state in its hello to be sent it.
_OPTIONAL: Mapping[str, str] = {"revocations": "check-revocation"}
_KNOWN = frozenset({"id", "op", "session", "queries", "timeout_s", *_PARTS})


def _unknown(request: Mapping[str, Any], can: Sequence[str]) -> list[str]:
    """The members of a request that this loop or its probe does not know: a harness of tomorrow may send more."""
    taken = {name for name, stated in _OPTIONAL.items() if stated in can}
    known = {part: {*names, *(taken if part == "tls" else ())} for part, names in _PARTS.items()}
    inside = (f"{part}.{name}" for part in known for name in request.get(part, ()) if name not in known[part])
    return [*(name for name in request if name not in _KNOWN), *inside]


def _attempt(request: Mapping[str, Any]) -> Attempt:
    parts = {name: request[part][name] for part, names in _PARTS.items() for name in names}
    parts["versions"] = None if parts["versions"] is None else tuple(parts["versions"])
    optional = {name: request["tls"].get(name) for name in _OPTIONAL}
    return Attempt(**parts, **optional, queries=tuple(request["queries"]), timeout_s=request["timeout_s"])


def _connected(seen: Seen) -> Mapping[str, Any]:
    serial = None if seen.server_serial is None else f"{seen.server_serial:x}"
    return {
        "connected": {
            "tls_version": seen.tls_version,
            "cipher": seen.cipher,
            "server_serial": serial,
            "rows": _rows(seen.rows),
        }
    }


def _rows(rows: Sequence[Sequence[Sequence[Any]]]) -> Sequence[Any]:
    return [[[_value(value) for value in row] for row in result] for result in rows]


def _value(value: object) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """``error``, then exceptions among its arguments, its cause and its context; each once, depth first."""
    pending: list[BaseException] = [error]
    met: set[int] = set()
    while pending:
        one = pending.pop(0)
        if id(one) in met:
            continue
        met.add(id(one))
        yield one
        below = [*one.args, one.__cause__, one.__context__]
        pending[:0] = [found for found in below if isinstance(found, BaseException)]


def _link(error: BaseException) -> dict[str, Any]:
    code = getattr(error, "errno", None)
    message = getattr(error, "msg", None)
    match error.args:
        # PEP 249 drivers raise (number, text); OSError's own text also has the file's name.
        case (int(number), str(text), *_) if not isinstance(error, OSError):
            code, message = number, text
    cls = type(error)
    kind = cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    return {
        # Where a program is the driver, its words have no class; the probe names their source in ``kind``.
        "kind": named if isinstance(named := getattr(error, "kind", None), str) else kind,
        "message": message if isinstance(message, str) else str(error),
        "code": code if isinstance(code, int) else None,
        "sqlstate": sqlstate if isinstance(sqlstate := getattr(error, "sqlstate", None), str) else None,
    }
