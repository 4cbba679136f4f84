"""``check_probe`` catches each kind of broken probe, and passes one that is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.clients.check import CheckServer, State, check_probe
from tests.clients.fakes import HELLO, HOLDING, HONEST, PASSWORD, POOLING, PREAMBLE, script

HELLO_RULE = "the first line is a hello"
UNKNOWN = "an unknown op is answered `unsupported`, with its id"
CLOSED = "an attempt against a closed port is an error"
MEMBERS = "members of a request that it does not know are ignored, and said to be"
SEVERAL = "each of several attempts at once gets its own answer"
SILENT = "an attempt against a server that stays silent is no success"
HANGS_UP = "an attempt against a server that hangs up is an error"
KNOWN = "requests on sessions are known if hello says so, and only then"
NOT_THERE = "a query on a session that is not there is the error `dbtls.no-session`"
CLOSED_ANYWAY = "closing a session that is not there is answered `closed`"
FAILING_OPEN = "an open that fails leaves no session"
END = "end-of-file ends it, also with an attempt in flight"
BYE = "`bye` ends it"
ROWS = "rows are what the server answered"
OTHER = "verify-ca with another authority is refused"
ONE_CONNECTION = "a session is one connection"
GONE = "a session that was closed is not there"
POOLS_KNOWN = "requests about pools are known if hello names one, and only then"
NO_POOL = "a request about a pool that is not there is the error `dbtls.no-pool`"
NOT_WANTED = "leave for a connection that nobody wants is the error `dbtls.not-wanted`"
WITH_LEAVE = "a pool connects with leave alone, and says what it closes"
GENEROUS_S = 5.0
"""Where nothing is expected to stay silent, a busy machine must not look like silence."""
PATIENCE_S = 0.2


def _states(
    tmp_path: Path, body: str, server: CheckServer | None = None, *, patience_s: float = GENEROUS_S
) -> dict[str, State]:
    findings = check_probe(script(tmp_path, body), server=server, patience_s=patience_s)
    assert all(finding.seen for finding in findings)
    assert all(finding.remedy for finding in findings if finding.state is not State.OK)
    return {finding.rule: finding.state for finding in findings}


def _broken(states: dict[str, State]) -> set[str]:
    return {rule for rule, state in states.items() if state is State.BROKEN}


def test_an_honest_probe_breaks_nothing_and_what_was_not_proved_is_said(tmp_path: Path) -> None:
    findings = check_probe(script(tmp_path, HONEST), server=None, patience_s=GENEROUS_S)
    states = {finding.rule: finding.state for finding in findings}
    assert {rule for rule, state in states.items() if state is State.NOT_CHECKED} == {ROWS, OTHER}
    assert {state for rule, state in states.items() if rule not in {ROWS, OTHER}} == {State.OK}
    assert "this was not proved" in findings[-1].seen


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        # A liar: it says `connected` to everything.
        (("elif connects(request):", "elif True:"), {CLOSED, MEMBERS, SEVERAL, SILENT, HANGS_UP}),
        # It takes an open port for a connection.
        (("return bool(sock.recv(1))", "return True"), {SILENT, HANGS_UP}),
        # It crashes on what a driver raises.
        (('say({"id": request["id"], "error": ERROR})', "sys.exit(1)"), {CLOSED, MEMBERS, SEVERAL, SILENT, HANGS_UP}),
        (('say({"id": request["id"], "unsupported": request["op"]})', "pass"), {UNKNOWN, KNOWN, POOLS_KNOWN}),
        (
            ('say({"id": request["id"], "unsupported": request["op"]})', 'say({"id": 0, "unsupported": ""})'),
            {UNKNOWN, KNOWN, POOLS_KNOWN},
        ),
        # It mixes ids up from the second attempt of a process on.
        (('"error": ERROR})', '"error": ERROR}) or request["id"] > 4 and say({"id": 1, "error": ERROR})'), {SEVERAL}),
        (("os._exit(0)", "continue"), {BYE}),
        # It ignores what it does not know in silence, or a part of it.
        (('{**value, "ignored": beside[value["id"]]}', "dict(value)"), {MEMBERS}),
        (('beside[value["id"]]}', 'beside[value["id"]][:1]}'), {MEMBERS}),
        # It takes what it does not know for a mistake of who asks.
        (("names = [*request", "assert set(request) <= KNOWN; names = [*request"), {MEMBERS}),
    ],
)
def test_one_fault_breaks_its_rules(tmp_path: Path, changed: tuple[str, str], rules: set[str]) -> None:
    old, new = changed
    connection_id_of = PREAMBLE.replace(old, new) + HONEST.replace(old, new)
    assert old in PREAMBLE + HONEST
    silent = new in {"pass", "continue"}
    assert _broken(_states(tmp_path, connection_id_of, patience_s=PATIENCE_S if silent else GENEROUS_S)) == rules


def test_sessions_are_proved_by_a_server_alone(tmp_path: Path) -> None:
    states = _states(tmp_path, HOLDING)
    assert {rule for rule, state in states.items() if state is State.NOT_CHECKED} == {ROWS, OTHER, ONE_CONNECTION, GONE}
    assert _broken(states) == set()
    assert states[KNOWN] is states[NOT_THERE] is states[CLOSED_ANYWAY] is states[FAILING_OPEN] is State.OK


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        # It states what it does not know, or knows what it does not state.
        ('op == "query"', 'op == "ask"', {KNOWN, NOT_THERE, FAILING_OPEN}),
        ('op == "close"', 'op == "end"', {KNOWN, CLOSED_ANYWAY}),
        ('HELLO["can"].append("hold-sessions")', "", {KNOWN}),
        ("dbtls.no-session", "KeyError", {NOT_THERE, FAILING_OPEN}),
        ('"closed": True', '"error": ERROR', {CLOSED_ANYWAY}),
        (
            'say({"id": number, "error": ERROR})',
            'sessions.update({number: []}), say({"id": number, "error": ERROR})',
            {FAILING_OPEN},
        ),
    ],
)
def test_one_fault_breaks_its_rules_of_sessions(tmp_path: Path, old: str, new: str, rules: set[str]) -> None:
    assert old in HOLDING
    assert _broken(_states(tmp_path, HOLDING.replace(old, new))) == rules


def test_a_probe_that_ignores_end_of_file_is_caught(tmp_path: Path) -> None:
    states = _states(tmp_path, HONEST + "import signal\nwhile True: signal.pause()\n", patience_s=PATIENCE_S)
    assert _broken(states) == {END}


def test_a_probe_that_never_answers_a_silent_server_is_killable(tmp_path: Path) -> None:
    body = HONEST.replace("connects(request)", "hangs(request) or connects(request)")
    hangs = """
def hangs(request):
    import socket, select
    try:
        sock = socket.create_connection(("127.0.0.1", request["endpoint"]["port"]))
    except OSError:
        return False
    return not sock.recv(1) and False
"""
    states = _states(tmp_path, hangs + body, patience_s=PATIENCE_S)
    # One thread that waits for a server cannot see end-of-file.
    assert _broken(states) == {END}
    assert states[SILENT] is State.OK


def test_a_probe_without_a_hello_is_not_asked_further(tmp_path: Path) -> None:
    states = _states(tmp_path, 'say("hi")')
    assert states.pop(HELLO_RULE) is State.BROKEN
    assert set(states.values()) == {State.NOT_CHECKED}
    assert len(states) == 12


@contextmanager
def _server(tmp_path: Path) -> Iterator[CheckServer]:
    """Counts as a server does; what connects is made up by the fakes, told apart by the port."""
    # Before and after two attempts, before and after one session, and of a pool.
    counter = iter((100, 102, 102, 103, 104, 105))
    yield CheckServer(
        host="127.0.0.1",
        port=1,
        user="probe",
        password=PASSWORD,
        ca=tmp_path / "ca.pem",
        other_ca=tmp_path / "other.pem",
        connections=lambda: next(counter),
    )


REAL = """
identity = [100]
def answers(request):
    if request["endpoint"]["port"] != 1 or request["tls"]["ca"].endswith("other.pem"):
        return False
    identity[0] += 1
    CONNECTED["rows"] = [[[identity[0]]]]
    return True
""" + HONEST.replace("connects(request)", "answers(request)")


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ("", "", set()),
        ("identity[0] += 1", "pass", {ROWS}),
        ("identity[0] += 1", "identity[0] += 1000", {ROWS}),
        ("[[[identity[0]]]]", "[]", {ROWS}),
        ("[[[identity[0]]]]", "[[[None]]]", {ROWS}),
        ("[[[identity[0]]]]", "[[[str(identity[0])]]]", set()),
        (' or request["tls"]["ca"].endswith("other.pem")', "", {OTHER}),
    ],
)
def test_a_server_proves_what_connected_means(tmp_path: Path, old: str, new: str, rules: set[str]) -> None:
    with _server(tmp_path) as server:
        states = _states(tmp_path, REAL.replace(old, new) if old else REAL, server)
    assert _broken(states) == rules


REAL_HOLDING = (
    """
identity = [100]
def connects(request):
    if request["endpoint"]["port"] != 1 or request["tls"]["ca"].endswith("other.pem"):
        return False
    identity[0] += 1
    CONNECTED["rows"] = [[[identity[0]]]]
    return True
"""
    + HOLDING
)


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ("", "", set()),
        # The driver connects again.
        ('"rows": sessions[session]', '"rows": [[[number + 1000]]]', {ONE_CONNECTION}),
        ('"rows": sessions[session]', '"rows": []', {ONE_CONNECTION}),
        ('"rows": sessions[session]', '"connected": CONNECTED', {ONE_CONNECTION}),
        ('if op == "open":', "if False:", {ONE_CONNECTION}),
        # Another number than any of the server's, each time the same.
        ("identity[0] += 1", "identity[0] = 999 + identity[0]", {ROWS, ONE_CONNECTION}),
        ("sessions.pop(session, None)", "pass", {GONE}),
        (
            'say({"id": number, "closed": True})',
            'say({"id": number, "error": ERROR})',
            {CLOSED_ANYWAY, ONE_CONNECTION, GONE},
        ),
    ],
)
def test_a_server_proves_what_a_session_is(tmp_path: Path, old: str, new: str, rules: set[str]) -> None:
    assert old in REAL_HOLDING
    with _server(tmp_path) as server:
        states = _states(tmp_path, REAL_HOLDING.replace(old, new) if old else REAL_HOLDING, server)
    assert _broken(states) == rules


REAL_POOLING = REAL_HOLDING.replace(HOLDING, POOLING)


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ("", "", set()),
        ('HELLO["pool"] = "pool 1.0"', "", {POOLS_KNOWN}),
        ('if op.startswith("pool.")', 'if op == "pool.open"', {POOLS_KNOWN, NO_POOL, NOT_WANTED, WITH_LEAVE}),
        ('return {"error": NO_POOL}', 'return {"error": ERROR}', {NO_POOL}),
        ('"dbtls.not-wanted"', '"E"', {NOT_WANTED}),
        # What it lends was there before leave was given.
        ("if not connects(pools[wanted.pop(made)]):", "if not wanted.pop(made):", {WITH_LEAVE}),
        # It lends another.
        ("idle[borrower] = made", 'idle[borrower] = made; CONNECTED["rows"] = [[[7]]]', {WITH_LEAVE}),
        ('"what": "closed", "pool": name, "number": made', '"what": "closed", "pool": name, "number": 9', {WITH_LEAVE}),
        ("idle[borrower] = made", "pass", {WITH_LEAVE}),
        ('news.append({"what": "connect"', 'news.append({"what": "closed"', {WITH_LEAVE}),
    ],
)
def test_a_server_proves_what_a_pool_does(tmp_path: Path, old: str, new: str, rules: set[str]) -> None:
    assert old in REAL_POOLING
    silent = new == "pass" or "closed" in new
    with _server(tmp_path) as server:
        states = _states(
            tmp_path,
            REAL_POOLING.replace(old, new) if old else REAL_POOLING,
            server,
            patience_s=PATIENCE_S if silent else GENEROUS_S,
        )
    assert _broken(states) == rules


def test_the_servers_password_is_masked(tmp_path: Path) -> None:
    body = HONEST.replace("ERROR}", '[{"kind": "E", "message": request["account"]["password"]}]}')
    with _server(tmp_path) as server:
        findings = check_probe(script(tmp_path, body), server=server, patience_s=GENEROUS_S)
    assert PASSWORD not in repr(findings)
    assert str(HELLO["driver"]) in findings[0].seen
