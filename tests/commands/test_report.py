"""``dbtls report``, and what ``dbtls run`` writes: stored reports show and end as their runs did."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.errors import UsageError
from harness.knowledge.product import Range
from harness.knowledge.rows import Known, Severity
from harness.model.verdict import Status
from harness.reports.json_report import as_text
from harness.reports.making import report_of
from harness.reports.reading import read_report
from harness.runner.results import RunReport
from tests.commands.test_run import Runs, runs
from tests.reports.samples import EVERYTHING, FINE
from tests.runner.reports import report, result

__all__ = ["runs"]

UNSAFE = replace(
    result(Status.KNOWN, "one-way::x", "accepted — known"),
    known=Known(
        scenario="*", instead="*", severity=Severity.UNSAFE, reason="r", source="s", servers=(Range.parse("mysql >=9"),)
    ),
)
SKIPPED = result(Status.SKIPPED, "one-way::y")
PASSED = result(Status.PASS, "one-way::z")


def _typed(*words: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, words)], catch_exceptions=False)


def _stored(made: RunReport, path: Path) -> Path:
    path.write_text(as_text(report_of(made)), encoding="utf-8")
    return path


def test_a_stored_report_shows_and_ends_as_its_run(tmp_path: Path) -> None:
    done = _typed("report", _stored(EVERYTHING, tmp_path / "x.json"))
    assert done.exit_code == 1
    assert done.stdout.startswith("FAILED  8 cases")
    assert "again: dbtls run --server mysql-9.7 --client pymysql --scenario one-way::expired" in done.stdout
    assert _typed("report", _stored(FINE, tmp_path / "fine.json")).exit_code == 0


def test_it_is_written_again_in_each_format(tmp_path: Path) -> None:
    stored = _stored(EVERYTHING, tmp_path / "x.json")
    _typed("report", stored, "--json", tmp_path / "y.json", "--junit", tmp_path / "y.xml", "--markdown", tmp_path / "y")
    assert (tmp_path / "y.json").read_bytes() == stored.read_bytes()
    assert (tmp_path / "y.xml").read_text().startswith("<?xml")
    assert (tmp_path / "y").read_text().startswith("## dbtls: FAILED")


def test_several_are_one(tmp_path: Path) -> None:
    parts = [_stored(report(one), tmp_path / f"{one.id[9:]}.json") for one in (SKIPPED, PASSED)]
    done = _typed("report", *parts, "--json", "-")
    assert [case["id"] for case in json.loads(done.stdout)["cases"]] == ["one-way::y", "one-way::z"]
    assert done.stderr.startswith("PASSED  2 cases")
    again = _stored(report(replace(PASSED, verdict=replace(PASSED.verdict, status=Status.FAIL))), tmp_path / "w.json")
    done = _typed("report", *parts, again)
    assert done.exit_code == 1
    assert f"one-way::z mysql-9.7 pymysql is in {parts[1]} and {again}: fail of {again} counts" in done.stderr


def test_a_report_is_not_written_over_what_is_read_nor_named_twice(tmp_path: Path) -> None:
    stored = _stored(FINE, tmp_path / "x.json")
    with pytest.raises(UsageError, match="would be written over a report that is read"):
        _typed("report", stored, "--json", stored)
    with pytest.raises(UsageError, match="this report is named twice"):
        _typed("report", stored, stored)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 0),
        (("--fail-on", "unsafe"), 1),
        (("--fail-on", "known"), 1),
        (("--fail-on", "skipped"), 1),
        (("--fail-on", "skipped,unsafe"), 1),
    ],
)
def test_what_is_to_fail_is_said_and_is_the_exit_code_of_run_and_report(
    words: tuple[str, ...], code: int, runs: Runs, tmp_path: Path
) -> None:
    runs.comes_to = report(UNSAFE, SKIPPED, PASSED)
    stored = tmp_path / "x.json"
    done = _typed("run", "mysql-9.7", "-c", "pymysql", "-k", "one-way::expired", "--json", stored, *words)
    assert done.exit_code == code
    assert ("--fail-on" in done.stdout) is bool(words)
    assert _typed("report", stored).exit_code == code
    runs.comes_to = report(PASSED)
    done = _typed("run", "mysql-9.7", "-c", "pymysql", "-k", "one-way::expired", *words)
    assert done.exit_code == 0


def test_a_word_that_may_not_fail_is_refused() -> None:
    done = CliRunner().invoke(cli, ["run", "--fail-on", "everything"])
    assert done.exit_code != 0
    assert "`everything` is none of its words" in str(done.output) + str(done.exception)


def test_a_report_on_standard_output_stands_there_alone(runs: Runs, tmp_path: Path) -> None:
    runs.comes_to = EVERYTHING
    done = _typed("run", "mysql-9.7", "-c", "pymysql", "-k", "one-way::expired", "--json", "-", "--junit", "x.xml")
    assert json.loads(done.stdout) == json.loads(as_text(report_of(EVERYTHING)))
    assert "FAILED  8 cases" in done.stderr
    assert (tmp_path / "x.xml").is_file()


def test_the_last_run_is_shown_where_no_file_is_named(runs: Runs) -> None:
    with pytest.raises(UsageError, match="has not run in this folder yet"):
        _typed("report")
    runs.comes_to = EVERYTHING
    _typed("run", "mysql-9.7", "-c", "pymysql", "-k", "one-way::expired")
    assert _typed("report").stdout.startswith("FAILED  8 cases")


def test_a_job_of_github_has_its_summary_and_annotations(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.comes_to = EVERYTHING
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    done = _typed("run", "mysql-9.7", "-c", "pymysql", "-k", "one-way::expired", "--json", tmp_path / "x.json")
    assert (tmp_path / "summary.md").read_text().startswith("## dbtls: FAILED")
    assert done.stderr.count("::error ") == 3
    assert "::error" not in done.stdout
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))
    done = _typed("report", tmp_path / "x.json")
    assert done.exit_code == 2
    assert "GitHub's summary could not be written" in done.stderr


def test_a_format_of_a_folder_is_written_by_its_name(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "ids.py").write_text(
        "from harness.reports.format import Format\n"
        "FORMAT = Format(name='ids', title='ids', help='h', text=lambda report: report.cases[0].id)\n"
    )
    line = ("run", "mysql-9.7", "-c", "pymysql", "-k", "one-way::expired", "--format", "ids=ids.txt")
    runs.comes_to = FINE
    _typed(*line, "--format-dir", tmp_path / "formats")
    assert (tmp_path / "ids.txt").read_text() == "one-way::refused"
    with pytest.raises(UsageError, match="no format `ids`"):
        _typed(*line)


def test_a_part_of_a_run_names_itself_and_reaches_its_servers_alone(runs: Runs) -> None:
    names = []
    for part in ("1/2", "2/2"):
        _typed("run", "mysql-9.7", "mariadb-11.8", "-c", "pymysql", "-k", "one-way::expired", "--shard", part)
        names.append([build.name for build in runs.asked[-1].servers])
    assert sorted(name for part in names for name in part) == ["mariadb-11.8", "mysql-9.7"]
    assert all(len(part) == 1 for part in names)
    with pytest.raises(UsageError, match="`3/2` is no part of a run"):
        _typed("run", "mysql-9.7", "--shard", "3/2")


def test_lines_are_read_as_a_report(tmp_path: Path, runs: Runs) -> None:
    runs.comes_to = FINE
    done = _typed("run", "mysql-9.7", "-c", "pymysql", "-k", "one-way::expired", "--json-lines", "-")
    assert [json.loads(line)["line"] for line in done.stdout.splitlines()] == ["ended"]
    assert read_report(_stored(FINE, tmp_path / "x.json")).exit_code == 0
