"""Whose debris it is."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.owner import Owner

HERE = Owner.this_process()


def _ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_this_process_is_alive_and_its_text_reads_back() -> None:
    assert Owner.parse(str(HERE)) == HERE
    assert HERE.alive()


def test_a_process_that_has_ended_is_not() -> None:
    assert not replace(HERE, pid=_ended_pid()).alive()


def test_a_process_that_is_dead_and_not_yet_reaped_is_not() -> None:
    asleep = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(asleep, stdin=subprocess.PIPE) as process:
        started = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
        owner = replace(HERE, pid=process.pid, started=started)
        assert owner.alive()
        process.kill()
        # Waited for and left where it is: a zombie until the block's end.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not owner.alive()


@pytest.mark.parametrize("gone", [replace(HERE, started="1"), replace(HERE, boot="another-boot")])
def test_a_pid_that_another_process_has_now_is_not_the_owner(gone: Owner) -> None:
    assert not gone.alive()


def test_a_process_on_another_host_may_live() -> None:
    assert replace(HERE, host="elsewhere", started="1").alive()


@pytest.mark.parametrize("text", ["", "host boot 12", "host boot twelve 3", "host boot 12 3 4"])
def test_text_that_is_no_owner_is_none(text: str) -> None:
    assert Owner.parse(text) is None
