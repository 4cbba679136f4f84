"""``check_probe`` catches each kind of broken probe, and passes one that is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from harness.clients.check import CheckServer, State, check_probe
from tests.clients.fakes import HELLO, HONEST, PASSWORD, PREAMBLE, script

HELLO_RULE = "the first line is a hello"
UNKNOWN = "an unknown op is answered `unsupported`, with its id"
CLOSED = "an attempt against a closed port is an error"
SEVERAL = "each of several attempts at once gets its own answer"
SILENT = "an attempt against a server that stays silent is no success"
HANGS_UP = "an attempt against a server that hangs up is an error"
END = "end-of-file ends it, also with an attempt in flight"
BYE = "`bye` ends it"
ROWS = "rows are what the server answered"
OTHER = "verify-ca with another authority is refused"
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
        (("elif connects(request):", "elif True:"), {CLOSED, SEVERAL, SILENT, HANGS_UP}),
        # It takes an open port for a connection.
        (("return bool(sock.recv(1))", "return True"), {SILENT, HANGS_UP}),
        # It crashes on what a driver raises.
        (('say({"id": request["id"], "error": ERROR})', "sys.exit(1)"), {CLOSED, SEVERAL, SILENT, HANGS_UP}),
        (('say({"id": request["id"], "unsupported": request["op"]})', "pass"), {UNKNOWN}),
        (('say({"id": request["id"], "unsupported": request["op"]})', 'say({"id": 0, "unsupported": ""})'), {UNKNOWN}),
        # It mixes ids up from the second attempt of a process on.
        (('"error": ERROR})', '"error": ERROR}) or request["id"] > 4 and say({"id": 1, "error": ERROR})'), {SEVERAL}),
        (("os._exit(0)", "continue"), {BYE}),
    ],
)
def test_one_fault_breaks_its_rules(tmp_path: Path, changed: tuple[str, str], rules: set[str]) -> None:
    old, new = changed
    whole = PREAMBLE.replace(old, new) + HONEST.replace(old, new)
    assert old in PREAMBLE + HONEST
    silent = new in {"pass", "continue"}
    assert _broken(_states(tmp_path, whole, patience_s=PATIENCE_S if silent else GENEROUS_S)) == rules


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
    assert len(states) == 9


@contextmanager
def _server(tmp_path: Path) -> Iterator[CheckServer]:
    """Counts as a server does; what connects is made up by the fakes, told apart by the port."""
    counter = count(100, 3)
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


def test_the_servers_password_is_masked(tmp_path: Path) -> None:
    body = HONEST.replace("ERROR}", '[{"kind": "E", "message": request["account"]["password"]}]}')
    with _server(tmp_path) as server:
        findings = check_probe(script(tmp_path, body), server=server, patience_s=GENEROUS_S)
    assert PASSWORD not in repr(findings)
    assert str(HELLO["driver"]) in findings[0].seen
