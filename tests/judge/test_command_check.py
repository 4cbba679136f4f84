"""Trials judged: what was found is what a document says, or is not."""

from harness.judge.command_check import judge_command_check
from harness.model.verdict import Status, Verdict


def test_what_is_found_as_the_document_says_passes() -> None:
    assert judge_command_check("ends well", "ends well") == Verdict(Status.PASS, "ends well")


def test_anything_else_fails_with_both() -> None:
    assert judge_command_check("ends well", "ends with status 2") == Verdict(
        Status.FAIL, "ends with status 2, expected: ends well"
    )
