"""The rules of sessions. Each says what it saw, or raises Broken."""

from harness.clients.check_session import Broken, CheckServer, ProbeSession, connection_id, describe_answer, failed
from harness.clients.listeners import closed_port
from harness.clients.probe_process import Silence
from harness.clients.protocol import NO_SESSION, Answer, Closed, Connected, DriverError, Rows, Unsupported

NEVER_OPENED = 1 << 30
"""An id under which nothing was asked."""


def as_stated(trial: ProbeSession) -> str:
    """Without ``hold-sessions``: all three are unsupported. With it: they are known, whatever else they get wrong."""
    answers = {
        "open": trial.open(closed_port()).answer,
        "query": trial.query(NEVER_OPENED),
        "close": trial.close(NEVER_OPENED),
    }
    for operation, answer in answers.items():
        if isinstance(answer, Unsupported) is trial.holds_sessions:
            stated = "states" if trial.holds_sessions else "does not state"
            raise Broken(f"hello {stated} `hold-sessions`, and to `{operation}` {describe_answer(answer)}")
    return "`open`, `query` and `close` are " + ("known" if trial.holds_sessions else "`unsupported`")


def not_there(trial: ProbeSession) -> str:
    return _missing(trial.query(NEVER_OPENED))


def closed_anyway(trial: ProbeSession) -> str:
    return _closed(trial.close(NEVER_OPENED))


def failing_open(trial: ProbeSession) -> str:
    opened = trial.open(closed_port())
    seen = failed(opened.answer)
    _missing(trial.query(opened.number))
    return seen


def one_connection(trial: ProbeSession, server: CheckServer) -> str:
    before = server.connections()
    opened = trial.open(server.port, server=server, ca=server.ca)
    if not isinstance(opened.answer, Connected):
        raise Broken(describe_answer(opened.answer))
    first = connection_id(opened.answer.rows)
    for _ in range(2):
        answer = trial.query(opened.number)
        if not isinstance(answer, Rows):
            raise Broken(describe_answer(answer))
        now = connection_id(answer.rows)
        if now != first:
            raise Broken(f"CONNECTION_ID() was {first} and then {now}: it is not the same connection")
    after = server.connections()
    _closed(trial.close(opened.number))
    if not before < first <= after:
        raise Broken(f"CONNECTION_ID() {first} is none that the server gave ({before + 1} to {after})")
    return f"CONNECTION_ID() {first}, three times"


def closed_is_gone(trial: ProbeSession, server: CheckServer) -> str:
    opened = trial.open(server.port, server=server, ca=server.ca)
    if not isinstance(opened.answer, Connected):
        raise Broken(describe_answer(opened.answer))
    _closed(trial.close(opened.number))
    return _missing(trial.query(opened.number))


def _missing(answer: Answer | Silence) -> str:
    seen = failed(answer)
    if not (isinstance(answer, DriverError) and any(link.kind == NO_SESSION for link in answer.chain)):
        raise Broken(f"an error of another kind than `{NO_SESSION}`: {seen}")
    return seen


def _closed(answer: Answer | Silence) -> str:
    if not isinstance(answer, Closed):
        raise Broken(describe_answer(answer))
    return describe_answer(answer)
