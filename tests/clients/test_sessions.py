"""Sessions and brief connections through a probe: what they say, and every way in which they can end."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.clients.process import Probe
from harness.clients.session import Connector, Identity, NotServed
from harness.clients.sessions import ProbeConnector, ProbeSession
from harness.clients.table import ErrorRow, ErrorTable, TimeoutRow
from harness.errors import ProbeFault
from harness.model.account import Credentials, Endpoint
from harness.model.outcome import Cause, Hung, RawError, Refused, Side, Unclassified
from harness.model.tls import ClientTls, Verify
from tests.clients.fakes import HOLDS, HONEST, IDENTITY_ROWS, PASSWORD, build

ENDPOINT = Endpoint("127.0.0.1", 1)
ACCOUNT = Credentials("probe", PASSWORD)
TLS = ClientTls(verify=Verify.CA, ca=Path("/some/ca.pem"))
PROBE = Identity(
    account="probe", connection_id=7, tls_version="TLSv1.3", cipher="TLS_AES_128_GCM_SHA256", server_serial=255
)
TABLE = ErrorTable(
    errors=(
        ErrorRow.model_validate(
            {"pattern": "lost", "by": "server", "causes": ["connection-lost"], "versions": "", "source": ""}
            | {"example": "E: lost"}
        ),
    ),
    timeouts=(TimeoutRow(pattern="timed out", versions="", source="", example="E: timed out"),),
)
LOST = Refused(
    by=Side.SERVER, causes=frozenset({Cause.CONNECTION_LOST}), chain=(RawError(kind="E", message="lost ***"),)
)


@contextmanager
def _probe(tmp_path: Path, body: str) -> Iterator[Probe]:
    with Probe(build(tmp_path, body, table=TABLE), tmp_path / "scratch") as probe:
        yield probe


def _once(connector: Connector, *, deadline_s: float = 5) -> Identity | NotServed:
    return connector.once(ENDPOINT, ACCOUNT, TLS, deadline_s=deadline_s)


def _open(probe: Probe, *, deadline_s: float = 5) -> ProbeSession:
    opened = ProbeConnector(probe).open(ENDPOINT, ACCOUNT, TLS, deadline_s=deadline_s)
    assert isinstance(opened, ProbeSession)
    return opened


@pytest.fixture
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.clients.sessions.GRACE_S", 0)


def test_a_session_is_asked_until_it_is_closed(tmp_path: Path) -> None:
    said = HOLDS + '    open("said", "a").write(op + " " + str(session) + "\\n")\n'
    with _probe(tmp_path, said) as probe:
        assert _once(ProbeConnector(probe)) == PROBE
        session = _open(probe)
        assert session.identity == PROBE
        assert session.ask(deadline_s=5) == session.ask(deadline_s=5) == PROBE
        session.close()
        session.close()
        with pytest.raises(ProbeFault, match="knows nothing of session 2"):
            session.ask(deadline_s=5)
    told = (tmp_path / "scratch" / "home" / "said").read_text().splitlines()
    assert told == ["attempt None", "open None", "query 2", "query 2", "close 2", "query 2"]


def test_what_a_later_answer_says_is_passed_on(tmp_path: Path) -> None:
    body = HOLDS.replace('"rows": sessions[session]', '"rows": [[["other@name@10.%", "8"]]]')
    with _probe(tmp_path, body) as probe:
        assert _open(probe).ask(deadline_s=5) == replace(PROBE, account="other@name", connection_id=8)


def test_sessions_do_not_mix(tmp_path: Path) -> None:
    body = HOLDS.replace("return True", 'CONNECTED["rows"] = [[["probe@%", request["id"]]]]\n    return True')
    with _probe(tmp_path, body) as probe, ThreadPoolExecutor(4) as pool:
        sessions = list(pool.map(lambda _: _open(probe), range(8)))
        again = list(pool.map(lambda one: one.ask(deadline_s=5), sessions))
    assert again == [one.identity for one in sessions]
    assert len({one.identity.connection_id for one in sessions}) == 8


@pytest.mark.parametrize("op", ["attempt", "open", "query"])
@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f"lost {PASSWORD}", LOST),
        ("timed out", Hung(deadline_s=5)),
        ("no such words", Unclassified(chain=(RawError(kind="E", message="no such words"),))),
    ],
)
def test_an_error_is_what_the_clients_table_makes_of_it(
    tmp_path: Path, op: str, message: str, expected: NotServed
) -> None:
    error = f'say({{"id": request["id"], "error": [{{"kind": "E", "message": {message!r}}}]}})'
    body = HOLDS.replace(
        "    op, number", f"    if request['op'] == {op!r}:\n        {error}\n        continue\n    op, number"
    )
    with _probe(tmp_path, body) as probe:
        connector = ProbeConnector(probe)
        match op:
            case "attempt":
                assert _once(connector) == expected
            case "open":
                assert connector.open(ENDPOINT, ACCOUNT, TLS, deadline_s=5) == expected
            case _:
                assert _open(probe).ask(deadline_s=5) == expected


HANGS = """
HELLO["driver"] = str(os.getpid())
""" + HOLDS.replace("    op, number", "    if request['op'] == HANG: continue\n    op, number")


@pytest.mark.usefixtures("_no_grace")
@pytest.mark.parametrize("op", ["attempt", "open", "query", "close"])
def test_a_hang_kills_the_probe_and_with_it_its_sessions(tmp_path: Path, op: str) -> None:
    with _probe(tmp_path, HANGS.replace("HANG", repr(op))) as probe:
        pid = int(probe.hello.driver)
        connector = ProbeConnector(probe)
        if op == "open":
            assert connector.open(ENDPOINT, ACCOUNT, TLS, deadline_s=0.1) == Hung(deadline_s=0.1)
        else:
            session, other = _open(probe), _open(probe)
            match op:
                case "attempt":
                    assert _once(connector, deadline_s=0.1) == Hung(deadline_s=0.1)
                case "query":
                    assert session.ask(deadline_s=0.1) == Hung(deadline_s=0.1)
                case _:
                    _open(probe, deadline_s=0.1).close()
            with pytest.raises(ProbeFault, match=r"was killed: another request got no answer within 0\.1 s"):
                other.ask(deadline_s=5)
            other.close()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        if op != "open":
            # The same id in the probe's next life is another session.
            assert _open(probe).identity == PROBE
            with pytest.raises(ProbeFault):
                other.ask(deadline_s=5)


def test_a_session_of_a_probe_that_died_is_closed(tmp_path: Path) -> None:
    body = HOLDS.replace("    op, number", "    if request['op'] == 'close': sys.exit(3)\n    op, number")
    with _probe(tmp_path, body) as probe:
        session = _open(probe)
        session.close()
        with pytest.raises(ProbeFault, match="exit status 3"):
            session.ask(deadline_s=5)


def test_a_client_that_cannot_hold_sessions_says_so(tmp_path: Path) -> None:
    with _probe(tmp_path, HONEST) as probe, pytest.raises(ProbeFault, match="`fake` cannot hold sessions: open") as no:
        _open(probe)
    assert "hold-sessions" in no.value.remedy


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (f'CONNECTED["rows"] = {IDENTITY_ROWS!r}', 'CONNECTED["rows"] = [[[1]]]', "no server's answers"),
        (f'CONNECTED["rows"] = {IDENTITY_ROWS!r}', 'CONNECTED["rows"] = [[["probe", 7]]]', "no server's answers"),
        ('"rows": sessions[session]', '"rows": []', "no server's answers"),
        ('"rows": sessions[session]', '"rows": [[["probe@%", "x"]]]', r"'x' for CONNECTION_ID\(\)"),
        ('"rows": sessions[session]', '"closed": True', "answers `query` with Closed"),
        ('"closed": True', '"rows": []', "answers `close` with Rows"),
        ('"connected": CONNECTED', '"closed": True', "answers `open` with Closed"),
        ('"rows": sessions[session]', '"unsupported": "not today"', "does not know `query`: not today"),
    ],
)
def test_what_is_no_answer_is_a_fault(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert old in HOLDS

    def visit(probe: Probe) -> None:
        session = _open(probe)
        session.ask(deadline_s=5)
        session.close()

    with _probe(tmp_path, HOLDS.replace(old, new)) as probe, pytest.raises(ProbeFault, match=what):
        visit(probe)


def test_the_probes_processor_time_only_grows(tmp_path: Path) -> None:
    body = HOLDS.replace("    op, number", "    if request['op'] == 'query': os._exit(1)\n    op, number")
    with _probe(tmp_path, "sum(range(3_000_000))\n" + body) as probe:
        assert probe.cpu_s() == 0.0
        session = _open(probe)
        first = probe.cpu_s()
        assert first > 0
        with pytest.raises(ProbeFault):
            session.ask(deadline_s=5)
        assert (over := probe.cpu_s()) >= first
        _open(probe)
        assert probe.cpu_s() > over
    assert probe.cpu_s() > over


CONCURRENT = """
from gevent import monkey
monkey.patch_all()

import sys
from pathlib import Path
import gevent
from gevent.pool import Pool
from harness.clients import sessions
from harness.clients.process import Probe
from harness.clients.session import Identity
from harness.clients.sessions import ProbeConnector
from harness.errors import ProbeFault
from harness.model.account import Credentials
from tests.clients.fakes import build
from tests.clients.test_sessions import ACCOUNT, ENDPOINT, TLS

folder = Path(sys.argv[1])
turns = 0

def hub_turns():
    global turns
    while True:
        gevent.sleep(0.001)
        turns += 1

with Probe(build(folder, (folder / "body").read_text()), folder / "scratch") as probe:
    connector = ProbeConnector(probe)
    _ = probe.hello
    gevent.spawn(hub_turns)

    def visit(_):
        session = connector.open(ENDPOINT, ACCOUNT, TLS, deadline_s=20)
        told = [session.ask(deadline_s=20), connector.once(ENDPOINT, ACCOUNT, TLS, deadline_s=20)]
        session.close()
        return sum(isinstance(one, Identity) for one in told)

    # All at once: the fake answers nothing until it has them all.
    print(sum(Pool(40).imap_unordered(visit, range(40))), turns > 0)
    sessions.GRACE_S = 0
    print(type(connector.once(ENDPOINT, Credentials("hang", ""), TLS, deadline_s=0.1)).__name__)
    print(type(connector.once(ENDPOINT, ACCOUNT, TLS, deadline_s=20)).__name__, probe.cpu_s() > 0)
    try:
        connector.once(ENDPOINT, Credentials("die", ""), TLS, deadline_s=20)
    except ProbeFault as fault:
        print(fault)
"""

GATHERS = """
say({"hello": HELLO | {"concurrency": 40}})
kept, opened = [], False
for request in requests():
    if request["op"] == "open" and not opened:
        kept.append(request)
        if len(kept) < 40:
            continue
        opened = True
        time.sleep(0.05)
    elif request["op"] == "attempt" and request["account"]["user"] == "hang":
        continue
    elif request["op"] == "attempt" and request["account"]["user"] == "die":
        sys.exit(3)
    else:
        kept = [request]
    for one in kept:
        if one["op"] == "query":
            say({"id": one["id"], "rows": ROWS})
        elif one["op"] == "close":
            say({"id": one["id"], "closed": True})
        else:
            say({"id": one["id"], "connected": CONNECTED | {"rows": ROWS}})
"""


def test_greenlets_wait_for_a_probe_as_threads_do(tmp_path: Path) -> None:
    """In a process that gevent has patched, as locust's is, a probe that is waited for must not stop all others."""
    (tmp_path / "body").write_text(f"ROWS = {IDENTITY_ROWS!r}\n" + GATHERS, encoding="utf-8")
    (tmp_path / "script.py").write_text(CONCURRENT, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, str(tmp_path / "script.py"), str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout.splitlines() == [
        "80 True",
        "Hung",
        "Identity True",
        "client `fake` died: exit status 3",
    ], ended.stderr
