"""The loop that Python probes share, as a real process."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.clients.build import ClientBuild
from harness.clients.life import Life, Masks, probe_environment
from harness.clients.process import Probe
from harness.clients.protocol import AttemptRequest, Connected, DriverError, Unsupported, request_line
from harness.clients.table import ErrorTable
from tests.clients.fakes import attempt

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


@pytest.fixture
def made(tmp_path: Path) -> ClientBuild:
    path = tmp_path / "probe.py"
    path.write_text(SCRIPT, encoding="utf-8")
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


@pytest.mark.parametrize("last", [b"", b'{"op": "bye"}\n'])
def test_it_leaves_with_an_attempt_in_flight(made: ClientBuild, tmp_path: Path, last: bytes) -> None:
    life = Life("p", made.command, probe_environment(tmp_path, {}), Masks())
    life.greet()
    unknown = life.ask(lambda number: b'{"id": %d, "op": "open"}\n' % number, 5)
    assert unknown == Unsupported(reason="op 'open'")
    with ThreadPoolExecutor(1) as pool:
        flying = pool.submit(life.ask, lambda number: request_line(number, _ask("forever")), 5)
        assert life.farewell(last)
        assert flying.exception() is not None
