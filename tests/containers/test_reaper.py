"""What a killed harness was making is removed by a process that outlives it; after an ordinary end nothing is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.containers import reaper
from harness.containers.reaper import reaping
from harness.owner import Owner
from harness.waiting import wait_for

HERE = Owner.this_process()
DOCKER = """#!/bin/sh
echo "$@" >>"{log}"
[ "$1" != ps ] || echo 1234
"""
HARNESS = """
import sys
from harness.containers.reaper import reaping
from harness.owner import Owner

with reaping(Owner.this_process()):
    print(Owner.this_process(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a `docker` of the test's own was told; it has one container."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    said = tmp_path / "log"
    program.write_text(DOCKER.format(log=said))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return said


def test_an_ordinary_end_removes_nothing(log: Path) -> None:
    with reaping(HERE):
        pass
    with pytest.raises(KeyboardInterrupt), reaping(HERE):
        raise KeyboardInterrupt
    assert not log.exists()


def test_after_a_kill_what_is_its_owners_is_removed_and_nothing_else(log: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HARNESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    ) as harness:
        assert harness.stdout is not None
        owner = harness.stdout.readline().strip()
        # The whole group: the one that outlives it is none of it.
        os.killpg(harness.pid, signal.SIGKILL)

    def told() -> list[str] | None:
        lines = log.read_text().splitlines() if log.exists() else []
        return lines if len(lines) >= 2 else None

    lines = wait_for(told, deadline_s=10)
    assert lines is not None
    assert lines[:2] == [f"ps --all --quiet --filter label=dbtls.owner={owner}", "rm --force --volumes 1234"]


def test_without_the_program_it_does_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with reaping(HERE):
        pass


def test_one_that_was_killed_itself_hurts_nobody(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper, "_SCRIPT", "exit 3")
    with reaping(HERE):
        pass
