"""Does a program speak the probe protocol? ``check_probe`` tries it, rule by rule, and says what it saw.

A probe cannot be believed when it says ``connected``: it is asked things that only a server knows. Without a server
that stays unproved, and is said to be.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from harness.clients import check_attempts, check_pools, check_sessions
from harness.clients.check_session import Broken, CheckServer, ProbeSession
from harness.clients.probe_process import FAREWELL_S
from harness.errors import ProbeFault
from harness.locations import run_folder
from harness.owner import Owner

__all__ = ["CheckServer", "Finding", "State", "check_probe"]


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


@dataclass(frozen=True, slots=True)
class _Rule:
    rule: str
    check: Callable[[ProbeSession], str]
    remedy: str
    holding: bool = False
    """Only for a probe that states ``hold-sessions``."""
    pooling: bool = False
    """Only for a probe that names a pool."""


@dataclass(frozen=True, slots=True)
class _ServerRule:
    rule: str
    check: Callable[[ProbeSession, CheckServer], str]
    remedy: str
    holding: bool = False
    pooling: bool = False


_HELLO = _Rule(
    "the first line is a hello", check_attempts.greets, "see harness/clients/protocol.py for the fields of `hello`"
)
_NO_SESSION = 'answer `{"id": …, "error": [{"kind": "dbtls.no-session", "message": "…"}]}`'
_RULES = (
    _Rule(
        "an unknown op is answered `unsupported`, with its id",
        check_attempts.unknown_op,
        'answer `{"id": …, "unsupported": "…"}` to any op that you do not know, and go on',
    ),
    _Rule(
        "an attempt against a closed port is an error",
        check_attempts.to_a_closed_port,
        "answer what the driver raised as `error`, outermost first; never `connected`, never an exit",
    ),
    _Rule(
        "members of a request that it does not know are ignored, and said to be",
        check_attempts.unknown_members,
        'read the members that you know, and name the others beside the answer: `"ignored": ["tls.…"]`',
    ),
    _Rule(
        "each of several attempts at once gets its own answer",
        check_attempts.several,
        "answer each id once; guard standard output with a lock, and write a whole line at a time",
    ),
    _Rule(
        "an attempt against a server that stays silent is no success",
        check_attempts.to_a_silent_server,
        "connect only counts when the queries were answered; give the driver `timeout_s`",
    ),
    _Rule(
        "an attempt against a server that hangs up is an error",
        check_attempts.to_a_closing_server,
        "answer what the driver raised as `error`",
    ),
    _Rule(
        "requests on sessions are known if hello says so, and only then",
        check_sessions.as_stated,
        "state `hold-sessions` in `can` and know `open`, `query` and `close`, or answer all three `unsupported`",
    ),
    _Rule(
        "a query on a session that is not there is the error `dbtls.no-session`",
        check_sessions.not_there,
        _NO_SESSION,
        holding=True,
    ),
    _Rule(
        "closing a session that is not there is answered `closed`",
        check_sessions.closed_anyway,
        'answer `{"id": …, "closed": true}` to every `close`',
        holding=True,
    ),
    _Rule(
        "an open that fails leaves no session",
        check_sessions.failing_open,
        f"keep a session only where you answer `connected`; to a query on another, {_NO_SESSION}",
        holding=True,
    ),
    _Rule(
        "requests about pools are known if hello names one, and only then",
        check_pools.as_stated,
        "name it as `pool` and know the requests of harness/clients/pooling.py, or answer all `unsupported`",
    ),
    _Rule(
        "a request about a pool that is not there is the error `dbtls.no-pool`",
        check_pools.not_there,
        'answer `{"id": …, "error": [{"kind": "dbtls.no-pool", "message": "…"}]}`',
        pooling=True,
    ),
    _Rule(
        "leave for a connection that nobody wants is the error `dbtls.not-wanted`",
        check_pools.not_wanted,
        'answer `{"id": …, "error": [{"kind": "dbtls.not-wanted", "message": "…"}]}`',
        pooling=True,
    ),
    _Rule(
        "end-of-file ends it, also with an attempt in flight",
        check_attempts.end_of_file,
        f"leave within {FAREWELL_S} s of end-of-file on standard input, without waiting for threads",
    ),
    _Rule("`bye` ends it", check_attempts.bye, 'leave on `{"op": "bye"}`, without an answer'),
)
_SERVER_RULES = (
    _ServerRule(
        "rows are what the server answered",
        check_attempts.rows,
        "send every query of the request and give its rows; `connected` without that is a false claim",
    ),
    _ServerRule(
        "verify-ca with another authority is refused",
        check_attempts.another_authority,
        "map `verify-ca` to the option with which your driver checks the server's chain against `ca`",
    ),
    _ServerRule(
        "a session is one connection",
        check_sessions.one_connection,
        "send a session's queries over the connection that its `open` made, and keep the driver from making another",
        holding=True,
    ),
    _ServerRule(
        "a session that was closed is not there",
        check_sessions.closed_is_gone,
        f"forget a session when it is closed; to a query on it, {_NO_SESSION}",
        holding=True,
    ),
    _ServerRule(
        "a pool connects with leave alone, and says what it closes",
        check_pools.with_leave,
        "have each connect of the pool wait for `pool.connect`, and tell `pool.next` of it and of its end",
        pooling=True,
    ),
)


def check_probe(command: Sequence[str], *, server: CheckServer | None, patience_s: float = 2.0) -> list[Finding]:
    """Try ``command`` against every rule, in the order of the protocol; a rule that cannot be tried says why.

    The rules that only a probe which holds sessions, or has a pool, can break are left out for others. ``patience_s``
    seconds is what drivers are told to wait, and what is waited beyond it.
    """
    with run_folder(Owner.this_process()) as scratch:
        trial = ProbeSession(command, scratch, patience_s)
        try:
            return list(_findings(trial, server))
        finally:
            trial.finish()


def _findings(trial: ProbeSession, server: CheckServer | None) -> Iterator[Finding]:
    hello = _tried(trial, _HELLO.rule, partial(_HELLO.check, trial), _HELLO.remedy)
    yield hello
    for one in (*_RULES, *_SERVER_RULES):
        if (one.holding and not trial.holds_sessions) or (one.pooling and not trial.has_pool):
            continue
        if hello.state is not State.OK:
            yield Finding(rule=one.rule, state=State.NOT_CHECKED, seen="there was no hello", remedy=hello.remedy)
        elif isinstance(one, _Rule):
            yield _tried(trial, one.rule, partial(one.check, trial), one.remedy)
        elif server is None:
            seen = "no server was given: this was not proved, and a probe that makes answers up would not be caught"
            yield Finding(rule=one.rule, state=State.NOT_CHECKED, seen=seen, remedy="check against a server too")
        else:
            yield _tried(trial, one.rule, partial(one.check, trial, server), one.remedy)


def _tried(trial: ProbeSession, rule: str, check: Callable[[], str], remedy: str) -> Finding:
    try:
        return Finding(rule=rule, state=State.OK, seen=trial.masks.hide(check()))
    except Broken as broken:
        seen = str(broken)
    except ProbeFault as fault:
        seen = "; ".join((fault.what, *fault.detail))
    return Finding(rule=rule, state=State.BROKEN, seen=trial.masks.hide(seen), remedy=remedy)
