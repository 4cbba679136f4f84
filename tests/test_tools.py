"""Programs of the harness's surroundings: bounded, and ended with all they have started."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from harness import tools
from harness.tools import Done, end_running_tools, run_tool
from harness.waiting import wait_for

# The child outlives its parent unless the whole group is ended, and holds the pipe open that is read.
PARENT_AND_CHILD = "echo begun; sleep 60 & echo $! > child; wait"
LIMIT_S = 30.0


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _ended(pid: int) -> bool:
    return wait_for(lambda: None if _alive(pid) else True, deadline_s=LIMIT_S) is not None


def test_status_and_the_lines_of_both_streams_are_returned(tmp_path: Path) -> None:
    done = run_tool(["sh", "-c", "pwd; echo wrong >&2; exit 3"], timeout_s=10, folder=tmp_path)
    assert done == Done(3, (str(tmp_path), "wrong"))


def test_output_that_is_not_utf_8_is_read_all_the_same() -> None:
    assert run_tool(["printf", r"a\377b"], timeout_s=10) == Done(0, ("a\ufffdb",))


def test_a_tool_reads_nothing_from_our_stdin() -> None:
    assert run_tool(["cat"], timeout_s=10) == Done(0, ())


def _child(folder: Path) -> int | None:
    """The child's pid as soon as it is written."""
    child = folder / "child"
    text = child.read_text() if child.exists() else ""
    return int(text) if text.endswith("\n") else None


def test_past_its_time_limit_the_whole_group_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient(subprocess.Popen[str]):
        """Its time limit passes when the child is there."""

        def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:  # noqa: A002 - Popen's own name
            if timeout is None:
                return super().communicate()
            assert wait_for(lambda: _child(tmp_path), deadline_s=LIMIT_S) is not None
            raise subprocess.TimeoutExpired(self.args, timeout)

    monkeypatch.setattr(subprocess, "Popen", Impatient)
    done = run_tool(["sh", "-c", PARENT_AND_CHILD], timeout_s=60, folder=tmp_path)
    assert done == Done(None, ("begun",))
    pid = _child(tmp_path)
    assert pid is not None
    assert _ended(pid)


def test_a_time_limit_that_passes_ends_it() -> None:
    assert run_tool(["sleep", "60"], timeout_s=0.01) == Done(None, ())


def test_at_the_runs_end_every_tool_is_ended_with_its_group(tmp_path: Path) -> None:
    done = []
    thread = threading.Thread(
        target=lambda: done.append(run_tool(["sh", "-c", PARENT_AND_CHILD], timeout_s=60, folder=tmp_path))
    )
    thread.start()
    pid = wait_for(lambda: _child(tmp_path), deadline_s=LIMIT_S)
    assert pid is not None
    end_running_tools()
    thread.join(LIMIT_S)
    assert done == [Done(None, ("begun",))]
    assert _ended(pid)


def test_nothing_is_remembered_of_a_tool_that_has_ended() -> None:
    run_tool(["true"], timeout_s=10)
    assert tools._running == set()


def test_a_program_that_does_not_exist_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_tool([os.fspath(tmp_path / "no-such-program")], timeout_s=1)
