"""Served: every attempt was."""

from harness.judge.rotation.facts import AnomalyKind, Facts
from harness.judge.rotation.finding import failed, inconclusive, listed, passed, plural, total
from harness.model.rotated import Finding

NAME = "served"


def check(facts: Facts) -> Finding:
    """FAIL for an attempt that was not served, at the step of the first; needs attempts.

    A try that failed in a reload which then refused harmed nobody: that reload is for ``happened`` to judge.
    """
    if lost := facts.anomalies(AnomalyKind.FAILED):
        reason = f"{plural(total(lost), 'attempt')} of {facts.attempts:,} not served: {listed(facts, lost)}"
        return failed(NAME, reason, facts.step(lost[0][0].place))
    if not facts.served:
        return inconclusive(NAME, "no attempt was served")
    return passed(NAME, f"{plural(facts.served, 'attempt')} served, none failed")
