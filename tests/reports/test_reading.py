"""Reports are read back: what was written, what the format before said, and nothing that is no report."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.exits import Exit
from harness.model.verdict import Status
from harness.reports.evidence import result_lines
from harness.reports.evidence_model import AttemptReport
from harness.reports.json_report import as_text
from harness.reports.making import report_of
from harness.reports.model import FORMAT, FailOn
from harness.reports.reading import read_report
from harness.reports.rotation.model import RotatedReport
from harness.runner.results import Ended, RunReport
from tests.reports.rotation.samples import FAIL
from tests.reports.samples import BROKEN, EVERYTHING, FINE, NOTHING_RUN
from tests.runner.reports import result

READ = f"this dbtls reads dbtls-report/2, {FORMAT}"
REPORTS = {"everything": EVERYTHING, "fine": FINE, "nothing": NOTHING_RUN, "broken": BROKEN}


def _written(report: RunReport, folder: Path) -> Path:
    path = folder / "report.json"
    path.write_text(as_text(report_of(report)), encoding="utf-8")
    return path


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_a_report_is_read_as_it_was_written(report: RunReport, tmp_path: Path) -> None:
    path = _written(report, tmp_path)
    read = read_report(path)
    assert read == report_of(report)
    assert as_text(read) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_its_evidence_reads_as_that_of_the_run(report: RunReport, tmp_path: Path) -> None:
    read = {case.key: case for case in read_report(_written(report, tmp_path)).cases}
    for one in report.results:
        case = read[one.id, one.server, one.client or ""]
        assert list(case.lines()) == list(result_lines(one))
        assert case.brief == (one.proofs[-1].brief if one.proofs else "")


def test_an_attempt_has_both_ends_as_values(tmp_path: Path) -> None:
    (case,) = read_report(_written(FINE, tmp_path)).cases
    (piece,) = case.evidence
    (proof,) = FINE.results[0].proofs
    assert isinstance(piece, AttemptReport)
    assert piece.evidence() == proof


def test_what_a_fault_cost_is_known_again(tmp_path: Path) -> None:
    cases = read_report(_written(BROKEN, tmp_path)).cases
    assert {case.id: (case.faulted, case.is_lost) for case in cases} == {
        "one-way::expired": (True, False),
        "one-way::good": (False, False),
        "versions::pair": (True, True),
        "versions::other": (True, True),
    }


def test_what_is_no_text_is_escaped(tmp_path: Path) -> None:
    broken = replace(FINE, results=(result(Status.FAIL, "t::x", "a lone \ud800 surrogate"),))
    (case,) = read_report(_written(broken, tmp_path)).cases
    assert case.reason == "a lone \\ud800 surrogate"


def _wrong(path: Path) -> str:
    with pytest.raises(UsageError) as raised:
        read_report(path)
    assert raised.value.remedy
    return str(raised.value).removeprefix(f"{path}: ")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert _wrong(tmp_path / "none") == "cannot be read: No such file or directory"
    assert _wrong(tmp_path) == "cannot be read: Is a directory"


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99])
def test_a_file_that_is_cut_off(part: float, tmp_path: Path) -> None:
    path = _written(EVERYTHING, tmp_path)
    os.truncate(path, int(path.stat().st_size * part))
    assert _wrong(path) == "is cut off: its writer did not finish"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "is no report: not JSON (Expecting value: line 1 column 1 (char 0))"),
        ("[]", "is no report of a run"),
        ("{}", "is no report of a run"),
        ('{"format": 3}', "is no report of a run"),
        ('{"format": "dbtls-rotation/1"}', "is no report of a run, but `dbtls-rotation/1`"),
        ('{"format": "dbtls-report/1"}', f"is a report of format `dbtls-report/1`; {READ}"),
        ('{"format": "dbtls-report/9"}', f"is a report of format `dbtls-report/9`; {READ}"),
        ('{"format": "dbtls-report/2", "cases": []}', "is no dbtls-report/2: KeyError('divergences')"),
        (f'{{"format": "{FORMAT}"}}', f"is no {FORMAT}: `ended`: Field required"),
    ],
)
def test_what_is_no_report_says_what_it_is(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert _wrong(path) == said


def test_a_value_that_does_not_fit_is_named(tmp_path: Path) -> None:
    path = _written(FINE, tmp_path)
    plain = json.loads(path.read_text(encoding="utf-8"))
    plain["cases"][0]["status"] = "green"
    path.write_text(json.dumps(plain), encoding="utf-8")
    assert _wrong(path).startswith(f"is no {FORMAT}: `cases.0.status`: Input should be 'pass', ")


def _as_2(report: RunReport) -> dict[str, Any]:
    """``report`` as the format before today's had it."""
    plain: dict[str, Any] = json.loads(as_text(report_of(report)))
    origin = plain["provenance"]
    (run,) = origin.pop("runs")
    origin |= {key: run[key] for key in ("harness", "revision", "command", "engine", "python", "machine")}
    for client in origin["clients"]:
        del client["properties"]
    for case in plain["cases"]:
        del case["divergences"], case["faulted"], case["skipped"]
        for piece in case["evidence"]:
            kind, label = piece.pop("kind"), piece.pop("label")
            if kind != "command":
                piece[kind] = label
    del plain["allow_missing"], plain["fail_on"], plain["spent_by_theme_s"]
    return {**plain, "format": "dbtls-report/2"}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_the_format_before_is_read(report: RunReport, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(_as_2(report)), encoding="utf-8")
    made = report_of(report)
    named = {identity for fault in report.faults for identity in fault.cases}
    # It has of a fault which cases it cost, not of a case whether a fault did; and no class of a reason to skip.
    cases = [case.model_copy(update={"faulted": case.id in named, "skipped": None}) for case in made.cases]
    assert read_report(path) == made.model_copy(update={"cases": tuple(cases)})


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [
        ((), Exit.PASSED),
        ((FailOn.UNSAFE,), Exit.PASSED),
        ((FailOn.SKIPPED,), Exit.PASSED),
        ((FailOn.SKIPPED, FailOn.KNOWN), Exit.FAILED),
    ],
)
def test_what_else_is_to_fail_makes_the_exit_code_that_of_a_failure(fail_on: tuple[FailOn, ...], code: Exit) -> None:
    known = [one for one in EVERYTHING.results if one.verdict.status is Status.KNOWN]
    made = report_of(replace(EVERYTHING, results=tuple(known), missing=()), fail_on=fail_on)
    assert (made.exit_code, set(made.fail_on)) == (code, set(fail_on))
    ended = report_of(replace(EVERYTHING, ended=Ended.INTERRUPTED), fail_on=fail_on)
    assert ended.exit_code is Exit.INTERRUPTED


def test_a_rotation_is_read_back_as_pictures_take_it() -> None:

    made = RotatedReport.of(FAIL)
    again = RotatedReport.model_validate_json(made.model_dump_json())
    assert again == made
    assert RotatedReport.of(again.rotated()) == made
