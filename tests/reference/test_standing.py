"""Environments by name: what is known of them, who may have a name, and what ending one removes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from harness.errors import UsageError
from harness.locations import named_folder, state_folder, sweep_run_folders
from harness.owner import Owner
from harness.reference.environment import Address
from harness.reference.standing import claimed, named, stable_port, standing
from tests.reference.environments import FOLDER

HERE = Owner.this_process()
SERVER = Address(name="some-server", host="127.0.0.1", port=32770)
NEVER_LEFT: list[AbstractContextManager[object]] = []
T = TypeVar("T")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DBTLS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "state"


@pytest.fixture
def keeper() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that would keep an environment up until it is told to end."""
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as process:
        yield process
        process.kill()


def _owned(pid: int) -> Owner:
    started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return replace(HERE, pid=pid, started=started)


def _entered(context: AbstractContextManager[T]) -> T:
    """What ``context`` gives, whose end a killed process never comes to."""
    NEVER_LEFT.append(context)
    return context.__enter__()


def _left(name: str, owner: Owner) -> Path:
    """What a process that was killed has left."""
    _entered(claimed(name, owner)).is_up(FOLDER, [SERVER])
    return state_folder() / "up" / name


def test_an_environment_is_known_while_it_is_claimed_and_then_nothing_of_it_is_there(state: Path) -> None:
    with claimed("suite", HERE) as claim:
        (claim.files / "key.pem").write_text("a key")
        assert [one.state for one in standing()] == ["starting"]
        claim.is_up(FOLDER, [SERVER])
        (one,) = standing()
        assert (one.name, one.state, one.alive) == ("suite", "up", True)
        assert one.record is not None
        assert [(each.name, each.port) for each in one.record.servers] == [("some-server", 32770)]
        assert claim.place.stat().st_mode & 0o777 == 0o700
    assert list((state / "up").iterdir()) == []


def test_a_name_is_one_environments_alone() -> None:
    with claimed("suite", HERE), pytest.raises(UsageError, match="`suite` stands already"), claimed("suite", HERE):
        pass
    with claimed("suite", HERE):
        pass


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a b"])
def test_a_name_that_is_no_folders_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be an environment's name"), claimed(name, HERE):
        pass


def test_what_a_killed_process_left_stays_until_it_is_ended_by_name(
    keeper: "subprocess.Popen[bytes]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    owner, out = _owned(keeper.pid), tmp_path / "out"
    left = _left("suite", owner)
    _entered(named_folder(out, owner, ("key.pem",), known_in=left))
    (out / "key.pem").write_text("a key")
    (out / "notes.txt").write_text("the user's own")
    assert [one.state for one in standing()] == ["up"]
    keeper.kill()
    keeper.wait()
    sweep_run_folders()
    (one,) = standing()
    assert one.state == "its process was killed"
    assert (out / "key.pem").exists()
    one.end()
    assert not left.exists()
    assert [path.name for path in out.iterdir()] == ["notes.txt"]


def test_the_name_of_a_killed_one_is_free_again(keeper: "subprocess.Popen[bytes]") -> None:
    left = _left("suite", _owned(keeper.pid))
    keeper.kill()
    keeper.wait()
    with claimed("suite", HERE):
        assert left.exists()
    assert standing() == []


def test_ending_one_ends_its_process(keeper: "subprocess.Popen[bytes]") -> None:
    left = _left("suite", _owned(keeper.pid))
    (one,) = named(["suite", "suite"])
    one.end()
    assert keeper.wait(10) == -15
    assert not left.exists()


def test_one_of_another_machine_is_left_alone() -> None:
    left = _left("suite", replace(HERE, host="elsewhere"))
    with pytest.raises(UsageError, match="stands on elsewhere"):
        standing()[0].end()
    assert left.exists()


def test_why_one_is_up_no_more_stays_to_be_read() -> None:
    with claimed("suite", HERE) as claim:
        claim.is_up(FOLDER, [SERVER])
        claim.has_ended("server `some-server` has ended")
    (one,) = standing()
    assert one.state == "server `some-server` has ended"
    assert not (one.place / "files").exists()


def test_a_name_that_there_is_not_is_told_what_there_is() -> None:
    with pytest.raises(UsageError, match="no environment `suit` stands") as caught:
        named(["suit"])
    assert "up SERVER --detach" in caught.value.remedy
    with claimed("suite", HERE), pytest.raises(UsageError) as caught:
        named(["suit"])
    assert "there are: suite" in caught.value.remedy


def test_a_port_is_the_same_each_time_and_another_for_another_name() -> None:
    assert stable_port("suite", "mysql-9.7") == stable_port("suite", "mysql-9.7")
    ports = {stable_port(name, server) for name in ("a", "b", "c") for server in ("mysql-9.7", "mariadb-11.8")}
    assert len(ports) == 6
    assert all(20_000 <= port < 32_000 for port in ports)
