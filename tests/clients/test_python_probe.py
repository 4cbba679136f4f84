"""The loop that Python probes share, as a real process."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.clients.build import ClientBuild
from harness.clients.fields import AccountField, TlsField
from harness.clients.probe_process import Masks, ProbeProcess, probe_environment
from harness.clients.process import Held, Probe
from harness.clients.protocol import (
    IGNORED,
    AttemptRequest,
    Connected,
    DriverError,
    QueryRequest,
    Rows,
    Unsupported,
    Value,
    request_line,
)
from harness.clients.table import ErrorTable
from harness.errors import ProbeFault
from harness.model.tls import Can
from harness.waiting import wait_for
from tests.clients.fakes import attempt, opening

SCRIPT = """
import socket, threading
from harness.clients.python_probe import Seen, serve

together = threading.Barrier(2)

def attempt(asked):
    print("a driver that prints")
    match asked.queries:
        case ("raise",):
            try:
                raise ConnectionRefusedError(111, "Connection refused")
            except OSError as error:
                wrapped = RuntimeError(2003, "no connection")
                wrapped.sqlstate = "HY000"
                wrapped.args = (2003, "no connection", KeyError("among the arguments"))
                raise wrapped from error
        case ("exit",):
            raise SystemExit(3)
        case ("together",):
            together.wait(5)
        case ("forever",):
            threading.Event().wait()
    return Seen(tls_version="", cipher=None, server_serial=0xABC, rows=[[[1, None, b"\\xff", 1.5, {1}]]])

serve({"name": "p", "driver": "d", "runtime": "r", "tls_library": "t", "versions": [], "can": [], "concurrency": 2},
      attempt)
"""

HOLDING = """
import threading
from harness.clients.python_probe import Seen, serve_sessions

together = threading.Barrier(2)

class Connection:
    made = closed = 0

    def __init__(self, asked):
        if asked.user == "nobody":
            raise PermissionError(13, "not you")
        Connection.made += 1
        self.number = Connection.made
        self.broken = False

    def query(self, queries, timeout_s):
        assert not isinstance(timeout_s, bool)
        match list(queries):
            case ["break"]:
                self.broken = True
            case ["together"]:
                together.wait(5)
            case ["forever"]:
                threading.Event().wait()
            case ["counts"]:
                return [[[Connection.made, Connection.closed]]]
        if self.broken:
            raise ConnectionResetError(104, "gone")
        return [[[self.number, timeout_s]]]

    def seen(self, rows):
        return Seen(tls_version="TLSv1.3", cipher="C", server_serial=10, rows=rows)

    def close(self):
        Connection.closed += 1
        if self.broken:
            raise RuntimeError("was closed already")

serve_sessions({"name": "p", "driver": "d", "runtime": "r", "tls_library": "t", "versions": [], "can": ["require"],
                "concurrency": 2}, Connection)
"""


@pytest.fixture
def made(tmp_path: Path) -> ClientBuild:
    return _made(tmp_path, SCRIPT)


@pytest.fixture
def holding(tmp_path: Path) -> ClientBuild:
    return _made(tmp_path, HOLDING)


def _made(tmp_path: Path, script: str) -> ClientBuild:
    path = tmp_path / "probe.py"
    path.write_text(script, encoding="utf-8")
    return ClientBuild(
        name="p",
        summary="",
        folder=tmp_path,
        command=(sys.executable, str(path)),
        environment={},
        table=ErrorTable(),
    )


def _ask(*queries: str) -> AttemptRequest:
    return attempt(queries)


def test_it_answers_every_way(made: ClientBuild, tmp_path: Path) -> None:
    with Probe(made, tmp_path) as probe, ThreadPoolExecutor(2) as pool:
        connected = probe.exchange(_ask("plain"), 5)
        raised = probe.exchange(_ask("raise"), 5)
        left = probe.exchange(_ask("exit"), 5)
        both = list(pool.map(lambda _: probe.exchange(_ask("together"), 5), range(2)))
    assert connected == Connected(
        tls_version="", cipher=None, server_serial="abc", rows=(((1, None, "\ufffd", 1.5, "{1}"),),)
    )
    assert isinstance(raised, DriverError)
    assert [str(link) for link in raised.chain] == [
        "RuntimeError [HY000/2003]: no connection",
        "KeyError: 'among the arguments'",
        "ConnectionRefusedError [111]: [Errno 111] Connection refused",
    ]
    assert isinstance(left, DriverError)
    assert left.chain[0].kind == "SystemExit"
    assert all(isinstance(answer, Connected) for answer in both)


def test_members_of_a_request_that_it_does_not_know_are_ignored_and_said_to_be(
    made: ClientBuild, tmp_path: Path
) -> None:
    life = ProbeProcess("p", made.command, probe_environment(tmp_path, {}), Masks())
    life.greet()

    def line(number: int) -> bytes:
        said = json.loads(request_line(number, _ask("plain")))
        said["tls"] |= {"new": {"a": 1}, "newer": None}
        return json.dumps(said | {"newest": 1}).encode() + b"\n"

    answer = life.ask(line, 5).answer
    assert isinstance(answer, Connected)
    assert answer.ignored == ("newest", "tls.new", "tls.newer")
    assert life.farewell()


def test_an_option_that_its_driver_does_not_take_is_ignored_and_said_to_be(made: ClientBuild, tmp_path: Path) -> None:
    asked = _ask("plain").model_copy(update={"tls": TlsField(verify="required", revocations="/crl.pem")})
    with Probe(made, tmp_path) as probe:
        assert Can.CHECK_REVOCATION not in probe.hello.can
        answer = probe.exchange(asked, 5)
    assert isinstance(answer, DriverError)
    assert [link.kind for link in answer.chain] == [IGNORED]


@pytest.mark.parametrize("last", [b"", b'{"op": "bye"}\n'])
def test_it_leaves_while_all_its_threads_are_busy(made: ClientBuild, tmp_path: Path, last: bytes) -> None:
    life = ProbeProcess("p", made.command, probe_environment(tmp_path, {}), Masks())
    life.greet()
    unknown = life.ask(lambda number: b'{"id": %d, "op": "open"}\n' % number, 5)
    assert unknown.answer == Unsupported(reason="op 'open'")
    with ThreadPoolExecutor(2) as pool:
        flying = [pool.submit(life.ask, lambda number: request_line(number, _ask("forever")), 5) for _ in range(2)]
        assert wait_for(lambda: len(life._waiting) == 2 or None, deadline_s=5)
        assert life.farewell(last)
        assert all(each.exception() is not None for each in flying)


def _rows(answer: object) -> list[Value]:
    assert isinstance(answer, Connected | Rows)
    ((row,),) = answer.rows
    return list(row)


def _opened(probe: Probe, *queries: str) -> Held:
    held = probe.open(opening().model_copy(update={"queries": queries or ("plain",)}), 5)
    assert isinstance(held, Held)
    return held


def _first(answer: object) -> str:
    assert isinstance(answer, DriverError)
    return str(answer.chain[0])


def test_it_holds_sessions(holding: ClientBuild, tmp_path: Path) -> None:
    with Probe(holding, tmp_path) as probe:
        assert probe.hello.can == {Can.REQUIRE, Can.HOLD_SESSIONS}
        first, second = _opened(probe), _opened(probe)
        assert first.connected == Connected(tls_version="TLSv1.3", cipher="C", server_serial="a", rows=(((1, 1.0),),))
        assert _rows(probe.query(first, ("plain",), 0.5, 5)) == [1, 0.5]
        assert _rows(probe.query(second, ("plain",), 0.5, 5)) == [2, 0.5]
        probe.release(first, 5)
        with pytest.raises(ProbeFault, match="knows nothing of session 1") as caught:
            probe.query(first, ("plain",), 1, 5)
        assert caught.value.detail == ("dbtls.no-session: there is no session 1",)
        probe.release(first, 5)
        assert _rows(probe.query(second, ("counts",), 1, 5)) == [2, 1]


def test_an_attempt_is_the_same_steps(holding: ClientBuild, tmp_path: Path) -> None:
    with Probe(holding, tmp_path) as probe:
        assert _rows(probe.exchange(_ask("plain"), 5)) == [1, 1.0]
        # Why it broke comes first, and not what closing it then says.
        assert _first(probe.exchange(_ask("break"), 5)) == "ConnectionResetError [104]: [Errno 104] gone"
        assert _rows(probe.exchange(_ask("counts"), 5)) == [3, 2]


def test_where_opening_fails_there_is_no_connection(holding: ClientBuild, tmp_path: Path) -> None:
    with Probe(holding, tmp_path) as probe:
        nobody = opening().model_copy(update={"account": AccountField(user="nobody", password="")})
        assert _first(probe.open(nobody, 5)) == "PermissionError [13]: [Errno 13] not you"
        assert _first(probe.open(opening().model_copy(update={"queries": ("break",)}), 5)).startswith("Connection")
        assert _rows(probe.exchange(_ask("counts"), 5)) == [2, 1]


def test_a_broken_session_stays_broken_and_can_be_closed(holding: ClientBuild, tmp_path: Path) -> None:
    with Probe(holding, tmp_path) as probe:
        held = _opened(probe)
        for query in ("break", "plain", "plain"):
            assert _first(probe.query(held, (query,), 1, 5)) == "ConnectionResetError [104]: [Errno 104] gone"
        probe.release(held, 5)
        assert _rows(probe.exchange(_ask("counts"), 5)) == [2, 1]


def test_sessions_run_at_once(holding: ClientBuild, tmp_path: Path) -> None:
    with Probe(holding, tmp_path) as probe, ThreadPoolExecutor(2) as pool:
        both = [_opened(probe), _opened(probe)]
        answers = list(pool.map(lambda held: probe.query(held, ("together",), 1, 5), both))
    assert [_rows(answer)[0] for answer in answers] == [1, 2]


@pytest.mark.parametrize("last", [b"", b'{"op": "bye"}\n'])
def test_it_leaves_with_sessions_open_and_a_query_in_flight(holding: ClientBuild, tmp_path: Path, last: bytes) -> None:
    life = ProbeProcess("p", holding.command, probe_environment(tmp_path, {}), Masks())
    life.greet()
    opened = life.ask(lambda number: request_line(number, opening()), 5)
    query = QueryRequest(session=opened.number, queries=("forever",), timeout_s=5)
    with ThreadPoolExecutor(1) as pool:
        flying = pool.submit(life.ask, lambda number: request_line(number, query), 5)
        assert life.farewell(last)
        assert flying.exception() is not None
