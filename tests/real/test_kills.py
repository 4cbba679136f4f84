"""SIGKILL at any moment: no process, no container and no file stays but one folder, which the next start sweeps.

``KILLS=20 pytest tests/real/test_kills.py`` kills each command so often; the moments come from a seed.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.waiting import wait_for
from tests.real.command import GONE_S, Dbtls, processes
from tests.real.servers import containers_of

KILLS = int(os.environ.get("KILLS", "2"))
SEED = 12
COMMANDS = {
    "run": (
        *("run", "--client", "pymysql", "--client", "mariadb-cli-10.11", "--server"),
        *("{server}", "--scenario", "one-way::*", "--json", "{folder}/report.json"),
    ),
    "rotate": (
        *("rotate", "--client", "pymysql", "--processes", "2", "--duration", "3", "--server"),
        *("{server}", "--history", "{folder}/history-{number}"),
    ),
    "up": ("up", "--two-way", "{server}"),
    "up --out": ("up", "--two-way", "--out", "{folder}/out", "{server}"),
}
LONGEST_S = {"run": 7.0, "rotate": 8.0, "up": 4.0, "up --out": 4.0}
"""What a command takes to its end, or to be up, here: the last moment at which it is killed."""
BEGUN_S = 60.0
"""A busy machine may take so long until a command has a folder of its own."""


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


def _of_the_run(dbtls: Dbtls) -> list[str]:
    """Processes that have the run's temporary folder in their environment: whatever it started, whoever adopted it."""
    found = []
    for one in processes():
        try:
            environment = (Path("/proc") / str(one.pid) / "environ").read_bytes()
        except OSError:
            continue
        if str(dbtls.scratch).encode() in environment:
            found.append(f"{one.pid} {one.command}")
    return found


def _left(dbtls: Dbtls, pid: int) -> list[str]:
    return [*_of_the_run(dbtls), *(str(one.name) for one in containers_of(pid))]


def _kill(dbtls: Dbtls, command: list[str], moment_s: float, *, in_the_middle: bool) -> None:
    """Start it, kill it after so long unless it has ended, and wait for whatever else it has started.

    ``in_the_middle``: the time begins when the command has made a folder of its own, however slow the machine is.
    """
    before = set(dbtls.scratch.iterdir())
    with dbtls.running(*command) as process:
        if in_the_middle:
            wait_for(
                lambda: True if process.poll() is not None or set(dbtls.scratch.iterdir()) - before else None,
                deadline_s=BEGUN_S,
            )
        try:
            out, err = process.communicate(timeout=moment_s)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
    assert process.returncode in {-signal.SIGKILL, 0}, out + err
    wait_for(lambda: None if _left(dbtls, process.pid) else True, deadline_s=GONE_S)
    assert _left(dbtls, process.pid) == []


def _moments(name: str) -> Iterator[tuple[float, bool]]:
    """Moments to kill at; every second one counts from the command's first folder, so that one comes in the middle."""
    drawn = random.Random(f"{SEED} {name}")  # noqa: S311  moments, no secrets
    for number in range(KILLS):
        in_the_middle = number % 2 == 1
        yield drawn.uniform(0.0, 0.5) if in_the_middle else drawn.uniform(0.2, LONGEST_S[name]), in_the_middle


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.timeout(120 + 40 * KILLS)
def test_a_kill_leaves_one_folder_at_most_and_the_next_start_sweeps_it(
    one_server: str, dbtls: Dbtls, kept: Path, name: str
) -> None:
    folders_left = 0
    for number, (moment_s, in_the_middle) in enumerate(_moments(name)):
        command = [word.format(server=one_server, folder=kept, number=number) for word in COMMANDS[name]]
        begun = time.monotonic()
        _kill(dbtls, command, moment_s, in_the_middle=in_the_middle)
        left = list(dbtls.scratch.iterdir())
        gone_s = time.monotonic() - begun - moment_s
        names = [one.name for one in left]
        told = f"{name} killed after {moment_s:.2f} s, all of it gone {gone_s:.2f} s later, left: {names}"
        print(told)  # noqa: T201  for whoever kills more often than the tests do, with -s
        # One at most: what the kill before this one has left is swept before there is another.
        assert len(left) <= 1, told
        assert all(one.name.startswith("dbtls-run-") for one in left), told
        folders_left += bool(left)
    ended = dbtls("run", "--server", one_server, "--client", "pymysql", "--scenario", "one-way::good_authority")
    assert ended.code == 0, ended.both
    assert list(dbtls.scratch.iterdir()) == []
    assert not (kept / "out").exists()
    assert folders_left, "no kill came in the middle: this has shown nothing"
