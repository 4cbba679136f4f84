"""A probe's process: what it answers, and every way in which it can break."""

import contextlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from harness.clients import probe_process
from harness.clients.process import Probe, Silence
from harness.clients.protocol import AttemptRequest, Connected, DriverError, OpenRequest
from harness.errors import ProbeFault, ProbeUnavailable
from harness.waiting import wait_for
from tests.clients.fakes import ANSWERS, CONNECTED, HELLO, PASSWORD, attempt, build, opening


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


R = TypeVar("R", AttemptRequest, OpenRequest)


def _fault(tmp_path: Path, scratch: Path, body: str) -> ProbeFault:
    with Probe(build(tmp_path, body), scratch) as probe, pytest.raises(ProbeFault) as caught:
        probe.exchange(attempt(), 5)
    return caught.value


def test_answers_come_back_to_who_asked(tmp_path: Path, scratch: Path) -> None:
    body = """
say({"hello": HELLO})
kept = []
for request in requests():
    kept.append(request)
    if len(kept) == 4:
        for one in reversed(kept):
            say({"id": one["id"], "connected": CONNECTED | {"rows": [[[one["queries"][0]]]]}})
"""
    asked = [f"q{number}" for number in range(4)]
    with Probe(build(tmp_path, body), scratch) as probe, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda query: probe.exchange(attempt((query,)), 5), asked))
    assert [answer.rows[0][0][0] for answer in answers if isinstance(answer, Connected)] == asked


def test_what_waits_for_a_busy_probe_does_not_hang(tmp_path: Path, scratch: Path) -> None:
    body = """
say({"hello": HELLO | {"concurrency": 2}})
import threading
for request in requests():
    answer = {"id": request["id"], "connected": CONNECTED}
    threading.Timer(0.3, say, [answer]).start()
"""
    # Ten at two a time take 1.5 s, each alone a fifth of that.
    with Probe(build(tmp_path, body), scratch) as probe, ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: probe.exchange(attempt(), 1.2), range(10)))
    assert all(isinstance(answer, Connected) for answer in answers)


def test_starts_when_first_used(tmp_path: Path, scratch: Path) -> None:
    missing = replace(build(tmp_path, ""), command=("no-such-program",))
    with Probe(missing, scratch) as probe, pytest.raises(ProbeFault, match="no-such-program") as caught:
        _ = probe.hello
    assert "install `no-such-program`" in caught.value.remedy


def test_environment_has_nothing_of_the_users(tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYSQL_PWD", "x")
    monkeypatch.setenv("SSLKEYLOGFILE", "x")
    body = 'HELLO["driver"] = json.dumps(dict(os.environ))\n' + ANSWERS
    made = replace(build(tmp_path, body), environment={"EXTRA": "1"})
    with Probe(made, scratch) as probe:
        names = set(json.loads(probe.hello.driver))
    assert names - {"LC_CTYPE"} == {"PATH", "HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "EXTRA"}


def test_what_a_probe_writes_for_a_while_is_below_its_scratch(tmp_path: Path, scratch: Path) -> None:
    body = 'import tempfile\nHELLO["driver"] = tempfile.mkdtemp()\n' + ANSWERS
    with Probe(build(tmp_path, body), scratch) as probe:
        made = Path(probe.hello.driver)
    assert made.is_dir()
    assert made.is_relative_to(scratch)


def test_silence_kills_and_the_next_use_starts_anew(tmp_path: Path, scratch: Path) -> None:
    body = """
HELLO["driver"] = str(os.getpid())
say({"hello": HELLO})
first = not os.path.exists("been")
open("been", "w").close()
for request in requests():
    if not first:
        say({"id": request["id"], "connected": CONNECTED})
"""
    with Probe(build(tmp_path, body), scratch) as probe:
        first = int(probe.hello.driver)
        assert probe.exchange(attempt(), 0.1) == Silence(deadline_s=0.1)
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        assert isinstance(probe.exchange(attempt(), 5), Connected)
        assert int(probe.hello.driver) != first


def test_what_else_was_in_flight_at_a_kill_is_a_fault(tmp_path: Path, scratch: Path) -> None:
    body = 'say({"hello": HELLO})\nfor request in requests(): pass\n'
    with Probe(build(tmp_path, body), scratch) as probe, ThreadPoolExecutor(1) as pool:
        _ = probe.hello
        long = pool.submit(probe.exchange, attempt(), 5)
        assert wait_for(lambda: True if probe._current and probe._current[0]._waiting else None, deadline_s=5)
        assert isinstance(probe.exchange(attempt(), 0.05), Silence)
        with pytest.raises(ProbeFault, match=r"another request got no answer within 0\.05 s"):
            long.result()


def test_what_a_probe_started_dies_with_it(tmp_path: Path, scratch: Path) -> None:
    body = (
        """
import subprocess
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import signal; signal.pause()"])
HELLO["driver"] = str(child.pid)
"""
        + ANSWERS
    )
    with Probe(build(tmp_path, body), scratch) as probe:
        child = int(probe.hello.driver)

    def gone() -> bool | None:
        # Adopted by init, which may not have reaped it yet: a zombie has no command line.
        try:
            return None if Path(f"/proc/{child}/cmdline").read_bytes() else True
        except OSError:
            return True

    assert wait_for(gone, deadline_s=5)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('say({"hello": HELLO})\nsys.stderr.write("boom\\n")\nsys.exit(3)', r"died: exit status 3$"),
        ('say({"hello": HELLO})\nos.kill(os.getpid(), 11)', r"died: signal 11 \(SIGSEGV\)$"),
        ("", r"died: exit status 0$"),
        ('say("Hello, world")', "wrote a line that is not JSON"),
        ('say("[]")', "wrote a line that is not a JSON object"),
        ('say({"hello": HELLO | {"protocol": 2}})', "speaks protocol 2, not 1"),
        ('say({"hello": HELLO | {"can": ["fly"]}})', "`hello.can"),
        ('say({"hello": HELLO | {"name": "other"}})', "says that it is another client .other: Fake 1.0"),
        ('say({"hello": HELLO})\nnext(requests())\nsay("x")', "wrote a line that is not JSON"),
        ('say({"hello": HELLO})\nnext(requests())\nsay({"id": 9, "connected": CONNECTED})', "9, which was never asked"),
        ('say({"hello": HELLO})\nnext(requests())\nsay({"id": 1, "connected": {}})', "`connected.tls_version`: field"),
        ('say({"hello": HELLO})\nnext(requests())\nsay({"id": 1})', "it needs one"),
        ('say({"hello": HELLO})\nnext(requests())\nsay({"id": "1", "unsupported": ""})', "not a whole number"),
        ('say({"hello": HELLO})\nnext(requests())\nsay({"id": 1, "unsupported": "no"})', "does not know `attempt`: no"),
        ('say({"hello": HELLO})\nnext(requests())\nsys.stdout.write("{")\nsys.stdout.flush()', "its end is missing"),
    ],
)
def test_faults_are_told_apart(tmp_path: Path, scratch: Path, body: str, what: str) -> None:
    fault = _fault(tmp_path, scratch, body)
    with pytest.raises(ProbeFault, match=what):
        raise fault


def test_an_id_answered_twice_is_a_fault(tmp_path: Path, scratch: Path) -> None:
    body = """
say({"hello": HELLO})
for request in requests():
    say({"id": 1, "connected": CONNECTED})
"""
    with Probe(build(tmp_path, body), scratch) as probe:
        probe.exchange(attempt(), 5)
        with pytest.raises(ProbeFault, match="answers 1, which has had its answer"):
            probe.exchange(attempt(), 5)


def test_no_hello_is_a_fault(tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_process, "HELLO_S", 0.1)
    with pytest.raises(ProbeFault, match=r"said no hello within 0\.1 s"):
        raise _fault(tmp_path, scratch, "sys.stdin.read()")


def _there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_probe_that_is_closed_while_it_greets_ends_at_once(tmp_path: Path, scratch: Path) -> None:
    """It neither says hello nor heeds the end of its input: an ordinary farewell would wait for that."""
    body = 'open("pid", "w").write(str(os.getpid()))\nimport signal\nwhile True: signal.pause()\n'
    probe = Probe(build(tmp_path, body), scratch)
    written = scratch / "home" / "pid"
    with ThreadPoolExecutor(2) as pool:
        greetings = [pool.submit(lambda: probe.hello) for _ in range(2)]
        pid = wait_for(lambda: (written.is_file() and written.read_text()) or None, deadline_s=5)
        assert pid
        begun = time.monotonic()
        probe.close()
        took_s = time.monotonic() - begun
        for greeting in greetings:
            with pytest.raises(ProbeFault, match="was closed"):
                greeting.result(timeout=5)
    assert not _there(int(pid))
    assert took_s < probe_process.FAREWELL_S


def test_a_closed_probe_starts_no_other_process(tmp_path: Path, scratch: Path) -> None:
    body = 'open("been", "a").write("x")\n' + ANSWERS
    with Probe(build(tmp_path, body), scratch) as probe:
        assert isinstance(probe.exchange(attempt(), 5), Connected)
    with pytest.raises(ProbeFault, match="was closed"):
        probe.exchange(attempt(), 5)
    assert (scratch / "home" / "been").read_text() == "x"


def test_who_asks_while_it_greets_gets_the_same_process(tmp_path: Path, scratch: Path) -> None:
    body = """
HELLO["driver"] = str(os.getpid())
while not os.path.exists("go"):
    time.sleep(0.01)
"""
    with Probe(build(tmp_path, body + ANSWERS), scratch) as probe, ThreadPoolExecutor(4) as pool:
        greetings = [pool.submit(lambda: probe.hello.driver) for _ in range(4)]
        assert wait_for(lambda: (scratch / "home").is_dir() or None, deadline_s=5)
        (scratch / "home" / "go").touch()
        assert len({greeting.result(timeout=5) for greeting in greetings}) == 1


def test_a_flood_on_standard_error_blocks_nothing_and_its_end_is_shown(tmp_path: Path, scratch: Path) -> None:
    body = """
for number in range(20000):
    sys.stderr.write(f"line {number}\\n")
sys.stderr.write("x" * 100000 + "\\nlast words\\n")
sys.exit(4)
"""
    fault = _fault(tmp_path, scratch, body)
    assert fault.detail[-1] == "last words"
    assert len(fault.detail) == probe_process.STDERR_LINES
    assert max(map(len, fault.detail)) <= probe_process.STDERR_WIDTH


def test_a_probe_that_ignores_end_of_file_is_killed(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = 'HELLO["driver"] = str(os.getpid())\nsay({"hello": HELLO})\nimport signal\nwhile True: signal.pause()\n'
    with Probe(build(tmp_path, body), scratch) as probe:
        pid = int(probe.hello.driver)
        monkeypatch.setattr(probe_process.ProbeProcess.farewell, "__kwdefaults__", {"deadline_s": 0.1})
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_password_is_masked_wherever_it_comes_back(tmp_path: Path, scratch: Path) -> None:
    body = """
say({"hello": HELLO})
for request in requests():
    password = request["account"]["password"]
    assert password not in " ".join([*sys.argv, *os.environ.values()])
    if os.path.exists("been"):
        sys.stderr.write(f"login with {password} as {password!r}\\n")
        say(f"not JSON: {password}")
        sys.exit(1)
    open("been", "w").close()
    say({"id": request["id"], "error": [{"kind": "E", "message": f"{password} or {password!r}"}]})
"""
    with Probe(build(tmp_path, body), scratch) as probe:
        answer = probe.exchange(attempt(), 5)
        with pytest.raises(ProbeFault) as caught:
            probe.exchange(attempt(), 5)
    assert isinstance(answer, DriverError)
    assert answer.chain[0].message.count("***") == 2
    everything = " ".join([answer.chain[0].message, str(caught.value), *caught.value.detail, caught.value.remedy])
    assert PASSWORD not in everything
    assert repr(PASSWORD)[1:-1] not in everything
    assert "ss\\\\word" not in everything


def test_the_serial_comes_back_in_hexadecimal(tmp_path: Path, scratch: Path) -> None:
    with Probe(build(tmp_path, ANSWERS), scratch) as probe:
        answer = probe.exchange(attempt(), 5)
    assert isinstance(answer, Connected)
    assert answer.server_serial == CONNECTED["server_serial"]
    assert HELLO["name"] == probe.build.name


def test_what_waits_its_turn_at_a_kill_is_for_the_next_probe(tmp_path: Path, scratch: Path) -> None:
    body = """
HELLO["concurrency"] = 1
say({"hello": HELLO})
first = not os.path.exists("been")
open("been", "w").close()
for request in requests():
    if not first:
        say({"id": request["id"], "connected": CONNECTED})
"""
    with Probe(build(tmp_path, body), scratch) as probe, ThreadPoolExecutor(4) as pool:
        _ = probe.hello
        answers = list(pool.map(lambda _: probe.exchange(attempt(), 0.5), range(4)))
    assert sorted(type(answer).__name__ for answer in answers) == ["Connected"] * 3 + ["Silence"]


FORGETFUL = """
say({"hello": HELLO})
for request in requests():
    answer = {"closed": True} if request["op"] == "close" else {"connected": CONNECTED}
    with open("asked", "a") as asked:
        asked.write(json.dumps([request["op"], request.get("session")]) + "\\n")
    say({"id": request["id"], **answer, "ignored": ["tls.ciphers"]})
"""


def test_what_a_request_needs_and_the_probe_ignored_is_an_error_and_no_success(tmp_path: Path, scratch: Path) -> None:
    def with_ciphers(request: R) -> R:
        return request.model_copy(update={"tls": request.tls.model_copy(update={"ciphers": "X"})})

    with Probe(build(tmp_path, FORGETFUL), scratch) as probe:
        assert isinstance(probe.exchange(attempt(), 5), Connected)
        attempted = probe.exchange(with_ciphers(attempt()), 5)
        opened = probe.open(with_ciphers(opening()), 5)
    for answer in (attempted, opened):
        assert isinstance(answer, DriverError)
        assert answer.chain[0].kind == "dbtls.ignored"
        assert "does not know `tls.ciphers`" in answer.chain[0].message
    # No connection is left that nobody knows of.
    asked = (scratch / "home" / "asked").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in asked][-2:] == [["open", None], ["close", 3]]


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ('say({"hello": HELLO})\nnext(requests())\nos.kill(os.getpid(), 11)', "died: signal 11 (SIGSEGV)"),
        ('say({"hello": HELLO})\nnext(requests())\nos._exit(134)', "died: exit status 134, 128 + signal 6 (SIGABRT)"),
        ('say({"hello": HELLO})\nnext(requests())\nos._exit(255)', "died: exit status 255, 128 + signal 127"),
        ('say({"hello": HELLO})\nnext(requests())\nsay("x")', "wrote a line that is not JSON"),
        ('say({"hello": HELLO})\nnext(requests())\nsay({"id": 1, "closed": true})'.replace("true", "True"), "answers"),
    ],
)
def test_a_probe_that_breaks_with_a_request_in_hand_says_how(
    tmp_path: Path, scratch: Path, body: str, how: str
) -> None:
    fault = _fault(tmp_path, scratch, body)
    assert not isinstance(fault, ProbeUnavailable)
    assert fault.how.startswith(how)
    assert fault.what == f"client `fake` {fault.how}"


@pytest.mark.parametrize(
    "body", ["", 'say("Hello")', 'say({"hello": HELLO | {"name": "other"}})', "os.kill(os.getpid(), 11)"]
)
def test_a_probe_that_says_no_hello_of_its_own_is_not_available(tmp_path: Path, scratch: Path, body: str) -> None:
    assert isinstance(_fault(tmp_path, scratch, body), ProbeUnavailable)


def _unheard(probe: Probe) -> ProbeFault | None:
    return wait_for(probe.unheard, deadline_s=5)


def test_a_probe_that_dies_between_two_requests_is_heard_of_once(tmp_path: Path, scratch: Path) -> None:
    dies = ANSWERS.rstrip() + "\n    time.sleep(0.05)\n    os.kill(os.getpid(), 6)\n"
    with Probe(build(tmp_path, dies), scratch) as probe:
        assert probe.unheard() is None
        assert isinstance(probe.exchange(attempt(), 5), Connected)
        fault = _unheard(probe)
        assert fault is not None
        assert fault.how == "died: signal 6 (SIGABRT)"
        assert probe.unheard() is None
        assert isinstance(probe.exchange(attempt(), 5), Connected)


@pytest.mark.parametrize("body", [ANSWERS, 'say({"hello": HELLO})\nnext(requests())\nos.kill(os.getpid(), 6)'])
def test_a_probe_that_is_closed_or_whose_end_was_told_has_nothing_left_to_be_heard(
    tmp_path: Path, scratch: Path, body: str
) -> None:
    with Probe(build(tmp_path, body), scratch) as probe, contextlib.suppress(ProbeFault):
        probe.exchange(attempt(), 5)
    assert probe.unheard() is None
