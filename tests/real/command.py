"""The ``dbtls`` program as its users run it: a process, what it printed, and what it left behind."""

import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from harness.cli import main
from harness.waiting import wait_for
from tests.real.servers import containers_of

DBTLS = Path(sys.executable).with_name("dbtls")
RUN_S = 900.0
"""The whole default run, on a busy machine."""
GONE_S = 15.0
"""A container ends some time after its harness: the engine has to notice first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the program ended."""

    code: int
    out: str
    err: str
    pid: int

    @property
    def both(self) -> str:
        return self.out + self.err

    def error(self) -> str:
        """The one ``error:`` line; fails the test when that is not how a fault is told."""
        assert "Traceback" not in self.both, self.both
        found = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(found) == 1, self.both
        assert sum(line.startswith("hint: ") for line in self.err.splitlines()) == 1, self.both
        return found[0].removeprefix("error: ")


@dataclass(frozen=True, slots=True)
class Process:
    """One process, named so that another one which gets its number later is not taken for it."""

    pid: int
    started: str
    parent: int
    command: str

    def there(self) -> bool:
        return any(one.pid == self.pid and one.started == self.started for one in processes())


def processes() -> Iterator[Process]:
    """Every process that runs now (proc(5)); zombies are no more."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if fields[0] != "Z":
            yield Process(pid=int(entry.name), started=fields[19], parent=int(fields[1]), command=command)


def descendants(pid: int) -> list[Process]:
    """The processes below ``pid``."""
    everything = list(processes())
    found: list[Process] = []
    parents = {pid}
    while below := [one for one in everything if one.parent in parents and one not in found]:
        found += below
        parents = {one.pid for one in below}
    return found


def gone(below: list[Process]) -> list[Process]:
    """Those of ``below`` that still run, after a moment."""

    def left() -> list[Process]:
        return [one for one in below if one.there()]

    wait_for(lambda: None if left() else True, deadline_s=GONE_S)
    return left()


class Dbtls:
    """Runs ``dbtls`` with a temporary folder of its own, and knows what a run may leave there: nothing."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.scratch.mkdir(parents=True, exist_ok=True)

    def __call__(self, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Ended:
        """Run it to its end and check that nothing of it stays."""
        with self.running(*arguments, environment=environment) as process:
            ended = finished(process)
        assert self.debris(ended.pid) == []
        return ended

    def offline(self, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Ended:
        """Run what must end before it asks an engine for anything, and check that nothing of it stays."""
        with self.running(*arguments, environment=environment) as process:
            ended = finished(process)
        assert self.folders() == []
        return ended

    def inside(self, *arguments: str | Path) -> Ended:
        """Run in this process what must end before it starts anything: a process of its own costs most of a second."""
        out, err = io.StringIO(), io.StringIO()
        handler = signal.getsignal(signal.SIGTERM)
        with (
            redirect_stdout(out),
            redirect_stderr(err),
            mock.patch.object(sys, "argv", [DBTLS.name, *map(str, arguments)]),
            mock.patch.object(tempfile, "tempdir", str(self.scratch)),
        ):
            try:
                main()
            except SystemExit as end:
                code = end.code
            finally:
                signal.signal(signal.SIGTERM, handler)
        assert isinstance(code, int)
        assert self.folders() == []
        return Ended(code=code, out=out.getvalue(), err=err.getvalue(), pid=os.getpid())

    @contextmanager
    def running(
        self, *arguments: str | Path, environment: Mapping[str, str] | None = None
    ) -> "Iterator[subprocess.Popen[str]]":
        """The program while it runs; killed at the end of the block if it still does."""
        with subprocess.Popen(
            [DBTLS, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(self.scratch), **(environment or {})},
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)

    def folders(self) -> list[Path]:
        """What of a run's is left in the temporary folder."""
        return sorted(self.scratch.glob("dbtls-*"))

    def debris(self, pid: int) -> list[str]:
        """What of ``pid`` is left, for a moment after its end: folders, containers."""

        def left() -> list[str]:
            return [*map(str, self.folders()), *(str(one.name) for one in containers_of(pid))]

        wait_for(lambda: None if left() else True, deadline_s=GONE_S)
        return left()


def finished(process: "subprocess.Popen[str]", *, deadline_s: float = RUN_S) -> Ended:
    """Wait for the end of a process. Raises subprocess.TimeoutExpired."""
    out, err = process.communicate(timeout=deadline_s)
    return Ended(code=process.returncode, out=out, err=err, pid=process.pid)
