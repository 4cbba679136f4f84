"""Retired: what a step retires is not used after it."""

from harness.judge.rotation.facts import AnomalyKind, Facts
from harness.judge.rotation.finding import failed, listed, passed, plural, total
from harness.model.rotated import Finding

NAME = "retired"


def check(facts: Facts) -> Finding:
    """FAIL for an attempt that began after a reload had returned, and used what that reload was to replace.

    Where no reload is made, for one that began later than ``drain_s`` after the publication.
    """
    if escaped := facts.anomalies(AnomalyKind.RETIRED, AnomalyKind.NOT_MOVED):
        reason = f"{plural(total(escaped), 'attempt')} begun on what had been replaced: {listed(facts, escaped)}"
        return failed(NAME, reason, facts.step(escaped[0][0].place))
    return passed(NAME, "nothing that was replaced was used by an attempt begun after it")
