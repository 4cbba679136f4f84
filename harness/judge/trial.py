"""The verdict of a trial: what came of a document's words is what is expected of them, or is not."""

from harness.model.verdict import Status, Verdict


def judge_trial(expected: str, found: str) -> Verdict:
    """Judge what was ``found``."""
    if found == expected:
        return Verdict(Status.PASS, found)
    return Verdict(Status.FAIL, f"{found}, expected: {expected}")
