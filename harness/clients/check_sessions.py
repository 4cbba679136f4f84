"""The rules of sessions. Each says what it saw, or raises Broken."""

from harness.clients.check_trial import Broken, CheckServer, Trial, connection_id, failed, told
from harness.clients.life import Silence
from harness.clients.listeners import closed_port
from harness.clients.protocol import NO_SESSION, Answer, Closed, Connected, DriverError, Rows, Unsupported

NEVER_OPENED = 1 << 30
"""An id under which nothing was asked."""


def as_stated(trial: Trial) -> str:
    """Without ``hold-sessions``: all three are unsupported. With it: they are known, whatever else they get wrong."""
    answers = {
        "open": trial.open(closed_port()).answer,
        "query": trial.query(NEVER_OPENED),
        "close": trial.close(NEVER_OPENED),
    }
    for operation, answer in answers.items():
        if isinstance(answer, Unsupported) is trial.holds_sessions:
            stated = "states" if trial.holds_sessions else "does not state"
            raise Broken(f"hello {stated} `hold-sessions`, and to `{operation}` {told(answer)}")
    return "`open`, `query` and `close` are " + ("known" if trial.holds_sessions else "`unsupported`")


def not_there(trial: Trial) -> str:
    return _missing(trial.query(NEVER_OPENED))


def closed_anyway(trial: Trial) -> str:
    return _closed(trial.close(NEVER_OPENED))


def failing_open(trial: Trial) -> str:
    opened = trial.open(closed_port())
    seen = failed(opened.answer)
    _missing(trial.query(opened.number))
    return seen


def one_connection(trial: Trial, server: CheckServer) -> str:
    before = server.connections()
    opened = trial.open(server.port, server=server, ca=server.ca)
    if not isinstance(opened.answer, Connected):
        raise Broken(told(opened.answer))
    first = connection_id(opened.answer.rows)
    for _ in range(2):
        answer = trial.query(opened.number)
        if not isinstance(answer, Rows):
            raise Broken(told(answer))
        now = connection_id(answer.rows)
        if now != first:
            raise Broken(f"CONNECTION_ID() was {first} and then {now}: it is not the same connection")
    after = server.connections()
    _closed(trial.close(opened.number))
    if not before < first <= after:
        raise Broken(f"CONNECTION_ID() {first} is none that the server gave ({before + 1} to {after})")
    return f"CONNECTION_ID() {first}, three times"


def closed_is_gone(trial: Trial, server: CheckServer) -> str:
    opened = trial.open(server.port, server=server, ca=server.ca)
    if not isinstance(opened.answer, Connected):
        raise Broken(told(opened.answer))
    _closed(trial.close(opened.number))
    return _missing(trial.query(opened.number))


def _missing(answer: Answer | Silence) -> str:
    seen = failed(answer)
    if not (isinstance(answer, DriverError) and any(link.kind == NO_SESSION for link in answer.chain)):
        raise Broken(f"an error of another kind than `{NO_SESSION}`: {seen}")
    return seen


def _closed(answer: Answer | Silence) -> str:
    if not isinstance(answer, Closed):
        raise Broken(told(answer))
    return told(answer)
