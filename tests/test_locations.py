"""Where a run keeps things, and what it leaves."""

import contextlib
import fcntl
import tempfile
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from harness import locations
from harness.errors import UsageError
from harness.owner import Owner

HERE = Owner.this_process()
GONE = replace(HERE, started="1")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _folder(parent: Path, name: str, owner: str | None) -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / "key.pem").write_text("a key")
    if owner is not None:
        (folder / "owner").write_text(owner)
    return folder


def test_a_run_folder_is_its_owners_alone_and_is_gone_afterwards(temporary: Path) -> None:
    with locations.run_folder(HERE) as folder:
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "owner").read_text() == str(HERE)
        (folder / "stores").mkdir()
        (folder / "stores" / "key.pem").write_text("a key")
    assert list(temporary.iterdir()) == []


def test_a_run_folder_is_gone_after_an_interrupt(temporary: Path) -> None:
    with pytest.raises(KeyboardInterrupt), locations.run_folder(HERE):
        raise KeyboardInterrupt
    assert list(temporary.iterdir()) == []


def test_only_folders_of_runs_that_are_no_more_are_swept(temporary: Path) -> None:
    dead = _folder(temporary, "dbtls-run-dead", str(GONE))
    kept = [
        _folder(temporary, "dbtls-run-alive", str(HERE)),
        _folder(temporary, "dbtls-run-elsewhere", str(replace(GONE, host="elsewhere"))),
        _folder(temporary, "dbtls-run-no-owner-yet", None),
        _folder(temporary, "dbtls-run-garbled", "who knows"),
        _folder(temporary, "somebody-elses", str(GONE)),
    ]
    assert locations.sweep_run_folders() == [dead]
    assert sorted(temporary.iterdir()) == sorted(kept)


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"DBTLS_CACHE": "named", "XDG_CACHE_HOME": "xdg"}, "named"),
        ({"XDG_CACHE_HOME": "xdg"}, "xdg/dbtls"),
        ({}, ".cache/dbtls"),
    ],
)
def test_the_cache_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], folder: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DBTLS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    assert locations.cache() == tmp_path / folder
    assert (tmp_path / folder).is_dir()


def test_a_lock_is_held_against_another_holder_and_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path))
    seed = tmp_path / "locks" / "seed"
    another = locations.locked("another name")
    with locations.locked("seed"), another, seed.open("w") as rival, pytest.raises(BlockingIOError):
        fcntl.flock(rival, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with seed.open("w") as rival:
        fcntl.flock(rival, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _named(path: Path, *, entry: str = "stores") -> AbstractContextManager[Path]:
    return locations.named_folder(path, HERE, [entry])


def test_a_named_folder_is_made_and_removed(temporary: Path) -> None:
    with _named(temporary / "mine") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "stores").mkdir()
        (folder / "stores" / "key.pem").write_text("a key")
    assert list(temporary.iterdir()) == []


def test_a_named_folder_that_was_there_stays_and_what_the_user_put_there(temporary: Path) -> None:
    mine = temporary / "mine"
    mine.mkdir()
    with contextlib.suppress(KeyboardInterrupt), _named(mine) as folder:
        (folder / "stores").write_text("a key")
        (folder / "notes").write_text("the user's")
        raise KeyboardInterrupt
    assert [path.name for path in mine.iterdir()] == ["notes"]
    assert list(temporary.iterdir()) == [mine]


def test_a_named_folder_that_holds_something_is_refused(temporary: Path) -> None:
    (temporary / "mine").mkdir()
    (temporary / "mine" / "notes").write_text("the user's")
    with pytest.raises(UsageError, match="not empty"), _named(temporary / "mine"):
        pass
    with pytest.raises(UsageError, match="no such folder"), _named(temporary / "nowhere" / "mine"):
        pass
    assert [path.name for path in temporary.rglob("*")] == ["mine", "notes"]


def _killed(named: Path, pointer: Path) -> None:
    """What a killed run leaves: its own folder, which tells of the one that the user named."""
    _folder(pointer.parent, pointer.name, str(GONE))
    (pointer / "elsewhere").write_text(f"{named}\nmade\nowner\nstores")
    _folder(named.parent, named.name, str(GONE)).joinpath("stores").mkdir()


def test_a_killed_runs_named_folder_is_swept(temporary: Path) -> None:
    named = temporary / "mine"
    _killed(named, temporary / "dbtls-run-dead")
    (named / "key.pem").unlink()
    locations.sweep_run_folders()
    assert list(temporary.iterdir()) == []


def test_a_named_folder_that_another_run_has_by_now_is_not_swept(temporary: Path) -> None:
    named = temporary / "mine"
    _killed(named, temporary / "dbtls-run-dead")
    (named / "owner").write_text(str(HERE))
    locations.sweep_run_folders()
    assert (named / "stores").is_dir()
