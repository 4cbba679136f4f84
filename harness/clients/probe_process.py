"""One process of a probe, from start to end.

Three ends are told apart: an answer; *silence* (no answer by the deadline: the process is killed); and a *fault* (it
died, or broke the protocol), which raises ProbeFault with its last words. What else was in flight in a killed process
has no outcome, so that too is a ProbeFault.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from harness.clients.concurrency import ConcurrencyLimit
from harness.clients.protocol import Answer, BadLine, Hello, read_answer, read_hello
from harness.errors import ProbeFault, ProbeUnavailable
from harness.waiting import wait_for

HELLO_S = 60
"""A JVM, or Python with cryptography, on a machine whose cores are taken."""
FAREWELL_S = 2
"""A probe has this long to end after end-of-file; then it is killed."""
LONGEST_LINE = 1 << 20
STDERR_LINES = 15
STDERR_WIDTH = 500
PROBE_VARIABLES = ("HOME", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""What every probe gets in its environment beside PATH and TMPDIR, which are its machine's own."""

CHECK = "`dbtls probe check -- CMD` tells what is wrong with a probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No answer within ``deadline_s``; the probe was killed."""

    deadline_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What was answered to a request, and the id under which that was sent."""

    number: int
    answer: Answer | Silence


class Masks:
    """Passwords that were sent, taken out of every text that is passed on. Safe between threads."""

    def __init__(self) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._adding = threading.Lock()

    def add(self, secret: str) -> None:
        if secret in self._secrets:
            return
        # As it is, and as Python and JSON would show it.
        shown = {secret, repr(secret)[1:-1], secret.encode("unicode_escape").decode("ascii")} - {""}
        with self._adding:
            self._secrets |= shown

    def hide(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """Why a life ended; each who asks gets an exception of its own, since a traceback belongs to one thread.

    ``how`` completes «the client's probe …».
    """

    client: str
    how: str
    detail: tuple[str, ...]

    def raised(self, kind: type[ProbeFault] = ProbeFault) -> ProbeFault:
        return kind(f"client `{self.client}` {self.how}", remedy=CHECK, detail=self.detail, how=self.how)


class ProbeProcess:
    """One life of a probe's process, from its start to its end; it does not come back."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], masks: Masks) -> None:
        self._name = name
        self._masks = masks
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self.turns = ConcurrencyLimit(1)
        """As many as the probe has said that it runs at once."""
        self._waiting: dict[int, SimpleQueue[Answer | None]] = {}
        self._asked = 0
        self._cpu_s: float | None = None
        self._fault: _Fault | None = None
        self._closing = False
        self._unheard = False
        self._greeting: SimpleQueue[Hello | None] = SimpleQueue()
        self._last_words: deque[str] = deque(maxlen=STDERR_LINES)
        try:
            self._process = subprocess.Popen(  # noqa: S603  the client that the user named, without a shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=environment["HOME"],
                # A group of its own: what the probe starts dies with it, and Ctrl-C reaches the harness alone.
                start_new_session=True,
            )
        except OSError as error:
            raise ProbeUnavailable(
                f"client `{name}` cannot be started: {command[0]}: {error.strerror}",
                remedy=f"install `{command[0]}`, or correct the client's command",
            ) from error
        self._drainer = self._thread(self._drain, self._process.stderr)
        self._listener = self._thread(self._listen, self._process.stdout)

    @property
    def over(self) -> bool:
        return self._fault is not None

    def greet(self) -> Hello:
        """The probe's hello. Raises ProbeUnavailable when there is none in time."""
        try:
            hello = self._greeting.get(timeout=HELLO_S)
        except Empty:
            hello = None
            self.end(f"said no hello within {HELLO_S} s")
        if hello is None:
            raise self.why(ProbeUnavailable)
        self.turns = ConcurrencyLimit(hello.concurrency)
        return hello

    def ask(self, line: Callable[[int], bytes], deadline_s: float) -> Reply:
        """Send the line that ``line`` makes of a new id, and wait for its answer. Raises ProbeFault."""
        end = time.monotonic() + deadline_s
        box: SimpleQueue[Answer | None] = SimpleQueue()
        with self._lock:
            if self._fault is not None:
                raise self._fault.raised()
            self._asked += 1
            number = self._asked
            self._waiting[number] = box
        # A probe that does not read cannot block this for ever: whoever asked first kills it at their deadline. That it
        # died is told by the listener, with its last words.
        with self._writing, contextlib.suppress(OSError, ValueError):
            stdin = _open(self._process.stdin)
            stdin.write(line(number))
            stdin.flush()
        try:
            answer = box.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            with self._lock:
                silent = self._waiting.pop(number, None) is not None
            if silent:
                self.end(f"was killed: another request got no answer within {deadline_s:g} s")
                return Reply(number=number, answer=Silence(deadline_s=deadline_s))
            answer = box.get()  # it came just now
        if answer is None:
            raise self.why()
        return Reply(number=number, answer=answer)

    def cpu_s(self) -> float | None:
        """CPU seconds, user and system, of the process and of what it has waited for; None where that is not known.

        When it is over: what it had used by then. Source: proc(5), /proc/PID/stat, fields 14 to 17.
        """
        # What has been reaped has lost its number to whoever gets it next.
        if self._process.returncode is None:
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii", errors="replace")
                # After the name, which may hold anything: the first field there is the third.
                fields = text.rpartition(")")[2].split()
                self._cpu_s = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
        return self._cpu_s

    def farewell(self, last: bytes = b"", *, deadline_s: float = FAREWELL_S) -> bool:
        """Send ``last``, or end-of-file where there is none; whether the probe then ended by itself. It is over."""
        self._closing = True
        # Whoever writes to a probe that does not read must not hold up its end.
        if self._writing.acquire(timeout=deadline_s):
            try:
                with contextlib.suppress(OSError, ValueError):
                    stdin = _open(self._process.stdin)
                    if last:
                        stdin.write(last)
                        stdin.flush()
                    else:
                        stdin.close()
            finally:
                self._writing.release()
        alone = wait_for(self._exited, deadline_s=deadline_s) is not None
        self.end("was closed")
        return alone

    def _listen(self, stdout: IO[bytes]) -> None:
        greeted = False
        with stdout:
            while line := stdout.readline(LONGEST_LINE):
                try:
                    if not line.endswith(b"\n"):
                        raise BadLine(f"is longer than {LONGEST_LINE} bytes, or its end is missing")
                    if greeted:
                        self._take(*read_answer(line))
                    else:
                        self._greeting.put(read_hello(line))
                        greeted = True
                except BadLine as error:
                    self.end(f"wrote a line that {error}", shown=line, unasked=True)
                    return
            status = wait_for(self._exited, deadline_s=1)
            self.end("closed its output" if status is None else f"died: {status}", unasked=True)

    def _take(self, number: int, answer: Answer) -> None:
        with self._lock:
            box = self._waiting.pop(number, None)
            asked = number in range(1, self._asked + 1)
        if box is None:
            raise BadLine(f"answers {number}, " + ("which has had its answer" if asked else "which was never asked"))
        box.put(answer)

    def _drain(self, stderr: IO[bytes]) -> None:
        with stderr:
            while line := stderr.readline(STDERR_WIDTH):
                self._last_words.append(line.decode("utf-8", "replace").rstrip())

    def _exited(self) -> str | None:
        # The process is left a zombie, so that its number, and so its group's, is still its own.
        try:
            found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            # Reaped: by another thread's `end`, which also kept the reason, or by gevent, which reaps what has ended.
            status = self._process.returncode
            return "and was reaped" if status is None else _ending(status)
        if found is None:
            return None
        return _ending(found.si_status if found.si_code == os.CLD_EXITED else -found.si_status)

    def end(self, how: str, *, shown: bytes = b"", unasked: bool = False) -> None:
        """Kill whatever lives, keep the first reason, and tell all who wait; ``unasked``: it was the probe's doing."""
        with self._lock:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self.cpu_s()
                self._process.wait()
                with contextlib.suppress(OSError):
                    _open(self._process.stdin).close()
                # What it had written is still in the pipe; the pipe's end may be held by what left its group.
                self._drainer.join(0.5)
            if self._fault is None:
                line = [f"line: {shown[:STDERR_WIDTH].decode('utf-8', 'replace').rstrip()}"] if shown else []
                detail = tuple(self._masks.hide(text) for text in (*line, *self._last_words))
                self._fault = _Fault(client=self._name, how=how, detail=detail)
                self._unheard = unasked and not self._waiting and not self._closing
            waiting = tuple(self._waiting.values())
            self._waiting.clear()
        self._greeting.put(None)
        for box in waiting:
            box.put(None)

    def why(self, kind: type[ProbeFault] = ProbeFault) -> ProbeFault:
        """Why it is over."""
        with self._lock:
            fault = self._fault
        return (fault or _Fault(client=self._name, how="ended", detail=())).raised(kind)

    def unheard(self) -> ProbeFault | None:
        """Why it is over, if it broke by itself while nobody waited for an answer; told once."""
        with self._lock:
            told, self._unheard = self._unheard, False
            return self._fault.raised() if told and self._fault else None

    def _thread(self, work: Callable[[IO[bytes]], None], stream: IO[bytes] | None) -> threading.Thread:
        # A daemon: a pipe held open by something that left the probe's group must not keep the harness alive.
        thread = threading.Thread(target=work, args=(_open(stream),), name=f"probe {self._name}", daemon=True)
        thread.start()
        return thread


def probe_environment(scratch: Path, extra: Mapping[str, str]) -> Mapping[str, str]:
    """A probe's whole environment: nothing of the user's, and no authorities that a scenario did not name.

    What it writes for a while it writes in ``scratch`` too, so that nothing of a probe that is killed stays elsewhere.
    """
    home = scratch / "home"
    temporary = scratch / "tmp"
    authorities = scratch / "no-authorities"
    for folder in (home, temporary, authorities):
        folder.mkdir(parents=True, exist_ok=True)
    bundle = scratch / "no-authorities.pem"
    bundle.touch()
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "SSL_CERT_FILE": str(bundle),
        "SSL_CERT_DIR": str(authorities),
        **extra,
    }


def _ending(status: int) -> str:
    """An exit status, or a signal as a negative number, as text.

    A program between us and the client (a shell, timeout, an engine) tells the client's signal as 128 and its number.
    """
    if status < 0:
        return _signal(-status)
    return f"exit status {status}" + (f", 128 + {_signal(status - 128)}" if status > 128 else "")


def _signal(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:  # a real-time signal has no name
        return f"signal {number}"


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the process was started without this pipe")
    return stream
