"""What did not pass when a run was last made in a folder, kept for the next."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.commands.doing.last import Key, LastRun
from harness.model.verdict import Status, Verdict
from harness.runner.results import CellResult
from tests.runner.reports import result

ONE: Key = ("one-way::expired", "mysql-9.7", "pymysql")


def _found(identity: str, status: Status, client: str | None = "pymysql") -> CellResult:
    return replace(result(status), id=identity, client=client, server="mysql-9.7", verdict=Verdict(status, ""))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path


def test_before_the_first_run_nothing_is_known_and_nothing_is_made(here: Path) -> None:
    assert (LastRun.here().known, LastRun.here().failed) == (False, frozenset())
    assert not (here / "cache").exists()


def test_what_failed_is_kept_by_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        _found("one-way::expired", Status.FAIL),
        _found("start-up::key", Status.INCONCLUSIVE, None),
        *(_found(f"t::{status.value}", status) for status in (Status.PASS, Status.KNOWN, Status.SKIPPED)),
    ]
    LastRun.here().and_now(found).keep()
    assert LastRun.here().failed == {ONE, ("start-up::key", "mysql-9.7", None)}
    monkeypatch.chdir(here)
    assert not LastRun.here().known


def test_what_passes_now_is_out_and_what_was_not_reached_stays(here: Path) -> None:
    LastRun.here().and_now([_found("one-way::expired", Status.FAIL), _found("t::x", Status.FAIL)]).keep()
    LastRun.here().and_now([_found("t::x", Status.PASS), _found("t::y", Status.FAIL)]).keep()
    assert LastRun.here().failed == {ONE, ("t::y", "mysql-9.7", "pymysql")}
    LastRun.here().and_now([_found("one-way::expired", Status.KNOWN), _found("t::y", Status.PASS)]).keep()
    assert (LastRun.here().known, LastRun.here().failed) == (True, frozenset())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "another"}', '{"format": "dbtls-last/1", "failed": [{}]}'])
def test_a_file_that_cannot_be_read_is_as_none(here: Path, text: str) -> None:
    LastRun.here().and_now([_found("one-way::expired", Status.FAIL)]).keep()
    (file,) = (here / "cache" / "last").iterdir()
    assert json.loads(file.read_text())["folder"] == str(here / "project")
    file.write_text(text)
    assert not LastRun.here().known
