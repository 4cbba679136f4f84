"""The verdict of a start-up. A server that starts without TLS although configured to use it is never as expected."""

from typing import assert_never

from harness.model.startup import ExpectStart, Start, StartOutcome
from harness.model.verdict import Status, Verdict


def judge_start(expected: ExpectStart, outcome: StartOutcome, *, good: StartOutcome) -> Verdict:
    """Judge ``outcome``; ``good`` is the result of the good start, which differs in one thing."""
    if good.start is not Start.SERVES:
        return Verdict(Status.INCONCLUSIVE, f"the good start does not serve: {good}{_why(good)}")
    as_expected = (
        (outcome.start, outcome.plaintext) == (expected.start, expected.plaintext)
        and expected.version in {None, outcome.version}
        and not outcome.dropped
        and not outcome.alone
    )
    if as_expected:
        return Verdict(Status.PASS, f"{outcome}{_why(outcome)}")
    silently = "silently " if outcome.start is Start.WITHOUT else ""
    return Verdict(Status.FAIL, f"{silently}{outcome}, expected: {expected}{_why(outcome)}")


def _why(outcome: StartOutcome) -> str:
    """What it says about it: the handshake's error, or its log's last line that is more than a farewell."""
    match outcome.start:
        case Start.BREAKS:
            said = outcome.error
        case Start.REFUSES | Start.WITHOUT | Start.HANGS:
            said = next((line for line in reversed(outcome.log) if not line.endswith("Aborting")), "")
        case Start.SERVES:
            said = ""
        case _:
            assert_never(outcome.start)
    return f" ({said})" if said else ""
