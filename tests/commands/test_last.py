"""What did not pass when a run was last made in a folder, kept for the next."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.commands.doing.kept import keep_report, kept_report
from harness.commands.doing.last import Key, LastRun, Pace
from harness.errors import UsageError
from harness.knowledge.rows import Known, Severity
from harness.model.verdict import Status, Verdict
from harness.reports.before import Before
from harness.reports.making import report_of
from harness.runner.results import CellResult
from tests.reports.samples import BROKEN, EVERYTHING
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


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "another"}', '{"format": "dbtls-last/2", "found": [[]]}'])
def test_a_file_that_cannot_be_read_is_as_none(here: Path, text: str) -> None:
    LastRun.here().and_now([_found("one-way::expired", Status.FAIL)]).keep()
    (file,) = (here / "cache" / "last").iterdir()
    assert json.loads(file.read_text())["folder"] == str(here / "project")
    file.write_text(text)
    assert not LastRun.here().known


def _unsafe(identity: str) -> CellResult:
    row = Known(scenario="*", instead="*", severity=Severity.UNSAFE, reason="r", source="s")
    return replace(_found(identity, Status.KNOWN), known=row)


def test_what_was_carried_out_and_what_was_unsafe_is_kept(here: Path) -> None:
    assert LastRun.here().before is None
    LastRun.here().and_now([_unsafe("a::b"), _found("a::c", Status.KNOWN), _found("a::d", Status.PASS, None)]).keep()
    assert LastRun.here().before == Before(
        carried_out=frozenset(
            {("a::b", "mysql-9.7", "pymysql"), ("a::c", "mysql-9.7", "pymysql"), ("a::d", "mysql-9.7", "")}
        ),
        unsafe=frozenset({("a::b", "mysql-9.7", "pymysql")}),
    )
    LastRun.here().and_now([_found("a::b", Status.PASS)]).keep()
    before = LastRun.here().before
    assert before is not None
    assert before.unsafe == frozenset()
    assert len(before.carried_out) == 3


def _keys(theme: str, count: int, server: str = "mysql-9.7") -> list[Key]:
    return [(f"{theme}::{number}", server, "pymysql") for number in range(count)]


def test_a_run_takes_as_long_as_its_cases_took_before(here: Path) -> None:
    cases = [*_keys("chain", 10), *_keys("rotation", 2)]
    first = LastRun.here().pace
    assert first.seconds(cases) is None
    found = [_found(identity, Status.PASS) for identity, _, _ in cases]
    LastRun.here().and_now(found, {"mysql-9.7": {"chain": 5.0, "rotation": 20.0}}, 30.0).keep()
    pace = LastRun.here().pace
    assert pace.seconds(cases) == pytest.approx(30)
    assert pace.seconds(_keys("chain", 4)) == pytest.approx(2.4)
    assert pace.seconds(_keys("one-way", 1)) is None
    assert pace.seconds(_keys("chain", 1, "mysql-5.7")) is None
    assert pace.seconds([]) is None


def test_servers_work_side_by_side_as_far_as_they_did_before_and_no_run_is_shorter_than_its_longest() -> None:
    servers = [f"s{number}" for number in range(8)]
    cases = [key for server in servers for key in _keys("chain", 10, server)]
    pace = Pace().and_now(cases, {server: {"chain": 10.0} for server in servers}, 40.0)
    assert pace.seconds(cases) == pytest.approx(40)
    assert pace.seconds(_keys("chain", 10, "s0")) == pytest.approx(10)  # never timed alone: as if nothing else took any
    two = [*_keys("chain", 10, "s0"), *_keys("chain", 1, "s1")]
    assert pace.seconds(two) == pytest.approx(10)


def test_a_theme_without_cases_is_not_timed() -> None:
    assert Pace().and_now([], {"mysql-9.7": {"chain": 1.0}}, 1.0).case_s == {}


def test_the_report_of_the_last_run_is_kept_by_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="has not run in this folder yet"):
        kept_report()
    for run in (BROKEN, EVERYTHING):
        keep_report(report_of(run))
        assert kept_report() == report_of(run)
    (file,) = (here / "cache" / "last").iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(UsageError, match="has not run"):
        kept_report()
    monkeypatch.chdir(here)
    with pytest.raises(UsageError, match="has not run"):
        kept_report()
