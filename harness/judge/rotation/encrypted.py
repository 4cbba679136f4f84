"""Encrypted: no connection was in the clear."""

from harness.judge.rotation.facts import AnomalyKind, Facts
from harness.judge.rotation.finding import failed, listed, passed, plural, total
from harness.model.rotated import Finding

NAME = "encrypted"


def check(facts: Facts) -> Finding:
    """FAIL for an attempt that was served without TLS: a downgrade."""
    if clear := facts.anomalies(AnomalyKind.IN_THE_CLEAR):
        reason = f"downgrade: {plural(total(clear), 'attempt')} served in the clear: {listed(facts, clear)}"
        return failed(NAME, reason, facts.step(clear[0][0].place))
    return passed(NAME, "no attempt was served in the clear")
