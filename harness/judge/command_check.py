"""The verdict of a command check: the result is what the document expects, or it is not."""

from harness.model.verdict import Status, Verdict


def judge_command_check(expected: str, found: str) -> Verdict:
    """Judge what was ``found``."""
    if found == expected:
        return Verdict(Status.PASS, found)
    return Verdict(Status.FAIL, f"{found}, expected: {expected}")
