"""Where a run keeps things, and what it leaves."""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Sequence
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
    folder.mkdir(mode=0o700)
    (folder / "key.pem").write_text("a key")
    if owner is not None:
        (folder / "owner").symlink_to(owner)
    return folder


def test_a_run_folder_is_its_owners_alone_and_is_gone_afterwards(temporary: Path) -> None:
    with locations.run_folder(HERE) as folder:
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
        assert str((folder / "owner").readlink()) == str(HERE)
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
    _tells(pointer, named, ("owner", "stores"))
    _folder(named.parent, named.name, None).joinpath("stores").mkdir()
    (named / "owner").write_text(str(GONE))


def _tells(pointer: Path, named: Path | str, entries: Sequence[str]) -> None:
    text = json.dumps({"folder": str(named), "made": True, "entries": entries})
    (pointer / "elsewhere").write_text(text)


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


def test_an_empty_folder_of_a_run_that_was_killed_at_its_very_start_is_swept(temporary: Path) -> None:
    (temporary / "dbtls-run-begun").mkdir(mode=0o700)
    locations.sweep_run_folders()
    assert list(temporary.iterdir()) == []


def test_a_run_whose_folder_is_swept_before_it_says_whose_it_is_makes_another(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = tempfile.mkdtemp
    lost: list[str] = []

    def swept_at_once(prefix: str) -> str:
        folder = make(prefix=prefix)
        if not lost:
            lost.append(folder)
            locations.sweep_run_folders()
        return folder

    monkeypatch.setattr(tempfile, "mkdtemp", swept_at_once)
    with locations.run_folder(HERE) as folder:
        assert str(folder) not in lost
        assert list(temporary.iterdir()) == [folder]


def _outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody's folder, which is named as its owner what a planted run folder names."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "owner").write_text(str(GONE))
    (outside / "precious").mkdir()
    (outside / "precious" / "file").write_text("not dbtls's")
    return outside


def _all_there(outside: Path) -> bool:
    return (outside / "precious" / "file").read_text() == "not dbtls's" and (outside / "owner").is_file()


@pytest.mark.parametrize(
    "name", ["..", ".", "", "a/../../precious", "/{outside}/precious", "precious/file", "../outside"]
)
def test_a_name_that_leads_out_of_its_folder_is_not_followed(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    outside = _outside(tmp_path_factory)
    pointer = _folder(temporary, "dbtls-run-planted", str(GONE))
    _tells(pointer, outside, ("owner", name.format(outside=outside)))
    locations.sweep_run_folders()
    assert _all_there(outside)
    assert not pointer.exists(), "the folder itself is the run's, whatever it says"


def test_a_folder_that_is_not_named_absolutely_is_not_swept(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = _outside(tmp_path_factory)
    monkeypatch.chdir(outside.parent)
    _tells(_folder(temporary, "dbtls-run-planted", str(GONE)), outside.name, ("owner", "precious"))
    locations.sweep_run_folders()
    assert _all_there(outside)


def test_a_link_in_place_of_the_named_folder_is_not_followed(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = _outside(tmp_path_factory)
    (temporary / "mine").symlink_to(outside)
    _tells(_folder(temporary, "dbtls-run-planted", str(GONE)), temporary / "mine", ("owner", "precious"))
    locations.sweep_run_folders()
    assert _all_there(outside)
    assert (temporary / "mine").is_symlink()


def test_of_a_link_in_a_named_folder_the_link_is_removed(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = _outside(tmp_path_factory)
    named = temporary / "mine"
    _killed(named, temporary / "dbtls-run-dead")
    (named / "key.pem").unlink()
    (named / "stores").rmdir()
    (named / "stores").symlink_to(outside / "precious")
    locations.sweep_run_folders()
    assert _all_there(outside)
    assert list(temporary.iterdir()) == []


def test_a_link_to_a_run_folder_is_not_swept(temporary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("outside")
    folder = _folder(elsewhere, "not-dbtlss", str(GONE))
    (temporary / "dbtls-run-planted").symlink_to(folder)
    assert locations.sweep_run_folders() == []
    assert (folder / "key.pem").is_file()
    assert (temporary / "dbtls-run-planted").is_symlink()


def test_a_run_folder_that_others_may_write_to_is_not_believed(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = _outside(tmp_path_factory)
    for mode in (0o755, 0o770, 0o777, 0o707):
        pointer = _folder(temporary, f"dbtls-run-{mode:o}", str(GONE))
        pointer.chmod(mode)
        _tells(pointer, outside, ("owner", "precious"))
    assert locations.abandoned_run_folders() == []
    assert locations.sweep_run_folders() == []
    assert _all_there(outside)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder another user's")
def test_another_users_run_folder_is_not_believed(temporary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = _outside(tmp_path_factory)
    pointer = _folder(temporary, "dbtls-run-planted", str(GONE))
    _tells(pointer, outside, ("owner", "precious"))
    os.chown(pointer, 65534, 65534)
    assert locations.abandoned_run_folders() == []
    assert locations.sweep_run_folders() == []
    assert _all_there(outside)
    assert (pointer / "key.pem").is_file()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder another user's")
def test_another_users_named_folder_is_neither_used_nor_swept(temporary: Path) -> None:
    named = temporary / "mine"
    named.mkdir()
    os.chown(named, 65534, 65534)
    with pytest.raises(UsageError, match="another user's"), _named(named):
        pass
    assert list(temporary.iterdir()) == [named]
    named.rmdir()
    _killed(named, temporary / "dbtls-run-dead")
    os.chown(named, 65534, 65534)
    locations.sweep_run_folders()
    assert (named / "stores").is_dir()


@pytest.mark.parametrize("said", ["", "not JSON", "[]", "{}", '{"folder": 1, "made": true, "entries": 2}'])
def test_a_run_folder_that_says_nothing_sensible_is_swept_and_nothing_else(temporary: Path, said: str) -> None:
    pointer = _folder(temporary, "dbtls-run-dead", str(GONE))
    (pointer / "elsewhere").write_text(said)
    assert locations.sweep_run_folders() == [pointer]
    assert list(temporary.iterdir()) == []


def test_a_name_with_a_line_break_is_one_name(temporary: Path) -> None:
    named = temporary / "two\nlines"
    with contextlib.suppress(KeyboardInterrupt), _named(named) as folder:
        (folder / "stores").mkdir()
        raise KeyboardInterrupt
    assert list(temporary.iterdir()) == []
