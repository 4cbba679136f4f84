"""How times, verdicts and exit codes are said."""

from dataclasses import replace

import pytest

from harness.judge.rotation.finding import plural
from harness.kinds.rotation.words import failing_step, spell, verdict_line
from harness.model.rotated import Finding
from harness.model.verdict import Status, Verdict
from tests.reports.rotation.samples import FAIL, FOLLOWS, INCONCLUSIVE, PASS, RETIRED


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (0.0, "0 ms"),
        (0.00124, "1.2 ms"),
        (0.0123, "12 ms"),
        (0.9994, "999 ms"),
        (0.99996, "1.00 s"),
        (9.999, "10.00 s"),
        (1234.5, "1,234 s"),
    ],
)
def test_a_time_has_its_unit(seconds: float | None, said: str) -> None:
    assert spell(seconds) == said


def test_one_is_no_plural() -> None:
    assert (plural(1, "rotation"), plural(1000, "rotation")) == ("1 rotation", "1,000 rotations")


def test_the_step_is_that_of_a_finding_as_bad_as_the_verdict() -> None:
    assert failing_step(FAIL) == RETIRED
    assert verdict_line(FAIL) == f"FAIL at «{RETIRED}»: 31 attempts were lost"


def test_a_verdict_without_a_step_names_none() -> None:
    assert verdict_line(INCONCLUSIVE).startswith("INCONCLUSIVE: ")


def test_a_pass_names_no_step() -> None:
    quiet = replace(PASS, findings=(Finding(checker="stall", status=Status.PASS, reason="none", step=FOLLOWS),))
    assert failing_step(quiet) == ""
    assert verdict_line(replace(quiet, verdict=Verdict(Status.PASS, "so it is"))) == "PASS: so it is"
