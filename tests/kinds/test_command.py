"""Commands of documents: taken note of, and judged by what came of them."""

from harness.case.command_check import CommandCheck
from harness.kinds.command import judged
from harness.model.verdict import Status


def test_a_command_is_judged_by_what_it_found() -> None:
    trial = CommandCheck(command="openssl x", ran="openssl y", expected="ends well", found="ends with status 1")
    result = judged(trial)
    assert (result.verdict.status, result.outcome, result.expected) == (Status.FAIL, trial.found, trial.expected)
