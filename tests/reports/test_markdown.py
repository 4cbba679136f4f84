"""Markdown: what a summary must say, and nothing of a report that could mark it up."""

import re
from dataclasses import replace

from harness.model.verdict import Status
from harness.reports.formats.markdown import LIMIT, MOST, text
from harness.reports.making import report_of
from tests.reports.samples import BROKEN, EVERYTHING, UNVERIFIED
from tests.runner.reports import report, result

HOSTILE = "<img src=x onerror=alert(1)> | [a](http://x) `b` **c** @all #1 \x1b[31m\nnew line"


def test_the_verdict_the_themes_and_each_failure_are_there() -> None:
    lines = text(report_of(EVERYTHING)).splitlines()
    assert lines[0] == "## dbtls: FAILED"
    assert "| one-way | 4 | F&nbsp;1 ?&nbsp;1 |" in lines
    assert "**`one-way::expired mysql-9.7 pymysql`** fail: connected but unverified: accepted over TLSv1.3" in lines
    assert "- again: `dbtls run --server mysql-9.7 --client pymysql --scenario one-way::expired`" in lines
    assert "one difference: server certificate: a → b" in lines
    assert any(line.startswith("**Missing: mysql-8.4**: no registry") for line in lines)


def test_faults_and_what_was_not_reached_are_there() -> None:
    said = text(report_of(BROKEN))
    assert said.startswith("## dbtls: INTERRUPTED")
    assert "**Fault:** mysql-9.7 pymysql: client \\" not in said
    assert "died: signal 11 (SIGSEGV). Hint: see its last lines. It cost 2 of the cases." in said
    assert "2 not reached" in said


def test_text_from_elsewhere_marks_nothing_up() -> None:
    hostile = replace(result(Status.FAIL, f"t::{HOSTILE}", HOSTILE), server=HOSTILE, claim=HOSTILE, difference=HOSTILE)
    said = text(report_of(report(hostile)))
    outside = re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", said.split("```text")[0])
    assert "\x1b" not in said
    assert "&#60;img" in outside
    assert not re.search(r"<(?!/?(details|summary)>)", outside), outside
    assert "[a]" not in outside
    assert "@all" not in outside
    (themes,) = (line for line in said.splitlines() if line.startswith("| theme"))
    assert themes.count("|") == 4
    assert "&#60;img" in themes
    assert "\nnew line" not in outside


def test_evidence_with_a_fence_of_its_own_stays_in_its_fence() -> None:
    fenced = replace(UNVERIFIED, difference="```\n# out\n```")
    said = text(report_of(report(fenced)))
    assert "````text\n" in said


def test_a_summary_is_never_too_long() -> None:
    cases = [replace(result(Status.FAIL, f"t::{number}", "x" * 5000)) for number in range(400)]
    said = text(report_of(report(*cases)))
    assert len(said.encode()) <= LIMIT + 100
    assert said.endswith("… and more: the JSON report has all of it.\n")
    few = text(report_of(report(*cases[: MOST + 3])))
    assert sum(line.startswith("- `t::") for line in few.splitlines()) == 3
