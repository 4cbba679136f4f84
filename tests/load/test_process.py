"""A load in a process of its own: real locust processes, and a client without a server."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from harness.errors import HarnessError, ProbeFault, UsageError
from harness.installed import command_to_add
from harness.limits import LOAD_FAREWELL
from harness.load.plan import Arrivals, LoadPlan
from harness.load.process import LoadProcess
from harness.model.history import Act, ActKind, Begun, Closing, Ended
from harness.waiting import wait_for
from tests.load.fakes import POOLS, REFUSED, plan_of, records

LOCUSTFILE = Path(__file__).with_name("fake_locustfile.py")
PATIENCE_S = 30.0
ARRIVALS = Arrivals(connects=200, check_outs=40, held=10, hold_s=0.05)


def _act(kind: ActKind) -> Act:
    return Act(kind, time.monotonic(), 0, "load")


def _load(folder: Path, workers: int = 1) -> LoadProcess:
    return LoadProcess(folder, workers=workers, locustfile=LOCUSTFILE)


def _plans(folder: Path, workers: int, *, client: str = "fake", name: str = "") -> list[LoadPlan]:
    return [
        plan_of(folder, index, workers=workers, client=client, arrivals=ARRIVALS, name=name) for index in range(workers)
    ]


def _wait_begun(load: LoadProcess, many: int) -> None:
    begun = wait_for(lambda: True if load.progress.begun >= many else None, deadline_s=PATIENCE_S)
    assert begun, f"{load.progress} after {PATIENCE_S:g} s"


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_workers_count_is_what_they_have_written(tmp_path: Path, workers: int) -> None:
    plans = _plans(tmp_path, workers)
    with _load(tmp_path, workers) as load:
        assert [facts.name for facts in load.load(plans)] == ["fake"] * workers
        load.begin(_act(ActKind.BEGIN))
        _wait_begun(load, 100)
        load.write(_act(ActKind.PUBLISHED))
        reloaded = load.reload(_act(ActKind.RELOADING))
        assert (reloaded.told, reloaded.refused) == (POOLS, "")
        begun = load.end(_act(ActKind.END), deadline_s=PATIENCE_S)
        assert load.progress.ended == sum(begun.values()) == load.progress.served["m1"]
        shown = load.log
    assert list(begun) == [told.writer for told in plans]
    for told in plans:
        written, flaws = records(told)
        assert flaws == []
        many = Counter(map(type, written))
        assert many[Begun] == many[Ended] == begun[told.writer]
        assert isinstance(written[-1], Closing)
        assert [act.kind.value for act in written if isinstance(act, Act)] == [
            "begin",
            "published",
            "reloading",
            "reloaded",
            "end",
        ]
    if workers == 1:  # a master has no statistics of a run this short
        assert all(f"check-out  {pool}" in shown.read_text(encoding="utf-8") for pool in POOLS)


def test_workers_that_differ_at_a_reload_are_named(tmp_path: Path) -> None:
    with _load(tmp_path, 2) as load:
        for client in ("refuses", "first-refuses", "tells-differently", "faulty"):
            load.load(_plans(tmp_path, 2, client=client, name=f"{client}-"))
            load.begin(_act(ActKind.BEGIN))
            match client:
                case "refuses":
                    assert load.reload(_act(ActKind.RELOADING)).refused == REFUSED
                case "first-refuses":
                    refused = load.reload(_act(ActKind.RELOADING)).refused
                    assert refused == f"first-refuses-worker-1: {REFUSED}; first-refuses-worker-2: reloaded"
                case "tells-differently":
                    with pytest.raises(HarnessError, match=f"worker-1: {POOLS[0]}; .*worker-2: {POOLS[0]}, "):
                        load.reload(_act(ActKind.RELOADING))
                case "faulty":
                    with pytest.raises(ProbeFault, match="client `fake` ended") as fault:
                        load.reload(_act(ActKind.RELOADING))
                    assert fault.value.detail == ("its last words",)
            load.end(_act(ActKind.END), deadline_s=1)
        with pytest.raises(UsageError, match="no client `nobody`"):
            load.load(_plans(tmp_path, 2, client="nobody"))


def test_a_worker_that_is_killed_is_named_and_its_history_was_cut_short(tmp_path: Path) -> None:
    plans = _plans(tmp_path, 2, client="killed")
    with _load(tmp_path, 2) as load:
        load.load(plans)
        load.begin(_act(ActKind.BEGIN))
        with pytest.raises(HarnessError, match="the load's worker-1 ended") as fault:
            load.reload(_act(ActKind.RELOADING))
        assert fault.value.place == str(load.log)
        with pytest.raises(HarnessError, match="worker-1 ended"):
            _ = load.progress
    for told in plans:
        written, flaws = records(told)
        assert not isinstance(written[-1], Closing)
        assert flaws


_CONDUCTOR = """
import sys, time
from pathlib import Path
from harness.load.process import LoadProcess
from harness.model.history import Act, ActKind
from tests.load.test_process import LOCUSTFILE, _plans

folder = Path(sys.argv[1])
with LoadProcess(folder, workers=2, locustfile=LOCUSTFILE) as load:
    load.load(_plans(folder, 2))
    load.begin(Act(ActKind.BEGIN, time.monotonic(), 0, "load"))
    print("loaded", flush=True)
    sys.stdin.read()
"""


def test_a_conductor_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    conductor = subprocess.Popen(
        [sys.executable, "-c", _CONDUCTOR, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with conductor:
        assert conductor.stdout is not None
        assert conductor.stdout.readline() == b"loaded\n"
        os.kill(conductor.pid, signal.SIGKILL)
    pids = {int(pid) for file in tmp_path.glob("*.pids") for pid in file.read_text(encoding="ascii").split()}
    assert len(pids) == 3, "two workers and their master"
    wait_for(lambda: None if any(map(_lives, pids)) else True, deadline_s=PATIENCE_S)
    assert not [pid for pid in pids if _lives(pid)]
    assert not isinstance(records(plan_of(tmp_path))[0][-1], Closing)


_STARTING = """
import sys
from pathlib import Path
from harness.load.process import LoadProcess
from tests.load.test_process import LOCUSTFILE

with LoadProcess(Path(sys.argv[1]), workers=2, locustfile=LOCUSTFILE):
    sys.stdin.read()
"""


def test_a_conductor_that_is_killed_while_its_load_starts_leaves_no_process(tmp_path: Path) -> None:
    """Workers whose master is gone before they have met it would wait for it, for minutes."""
    conductor = subprocess.Popen(
        [sys.executable, "-c", _STARTING, str(tmp_path)], stdin=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    with conductor:
        log = tmp_path / "locust.log"
        assert wait_for(lambda: True if log.is_file() and "Starting Locust" in log.read_text() else None, deadline_s=30)
        conductor.kill()
    assert wait_for(lambda: None if _started_in(tmp_path) else True, deadline_s=LOAD_FAREWELL + PATIENCE_S)


def _started_in(folder: Path) -> list[int]:
    """The processes that have the folder in their environment, as locust's have."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in environment.read_bytes():
                found.append(int(environment.parent.name))
    return found


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    # Where the process that inherits orphans does not wait for them, they stay as zombies.
    return state != "Z"


def test_a_load_writes_in_its_folder_alone_however_long_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    deep = tmp_path / ("a-very-long-name" * 8)
    deep.mkdir()
    assert len(str(deep)) > 107, "what a socket's path has room for"
    with _load(deep / "load") as load:
        load.load(_plans(tmp_path, 1))
        assert list(temporary.iterdir()) == []


def test_locust_that_does_not_start_is_a_fault_with_its_last_words(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise RuntimeError('this file is broken')\n", encoding="utf-8")
    with pytest.raises(HarnessError, match="ended while starting") as fault, LoadProcess(tmp_path, locustfile=broken):
        pass
    assert "RuntimeError: this file is broken" in fault.value.detail


def test_without_locust_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "locust", None)
    with pytest.raises(UsageError, match="locust is not installed") as fault, _load(tmp_path):
        pass
    assert fault.value.remedy == f"install it: `{command_to_add('load', 'locust')}`"
