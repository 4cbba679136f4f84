"""Declared deviations: a FAIL that the data explains is KNOWN; a declaration that no longer holds is a FAIL."""

from fnmatch import fnmatchcase

from harness.knowledge.rows import Known
from harness.model.verdict import Status, Verdict


def with_known(verdict: Verdict, row: Known | None, *, outcome: str, unmeasured: str = "") -> Verdict:
    """``verdict`` in the light of a declaration; ``outcome`` is the result of the attempt that it judges.

    ``unmeasured`` says where the deviation was measured if not on these versions.
    """
    if row is None:
        return verdict
    if verdict.status is Status.FAIL:
        if not any(fnmatchcase(outcome, pattern) for pattern in row.outcomes):
            declared_is = " or ".join(row.outcomes)
            return Verdict(Status.FAIL, f"{verdict.reason} — declared as known is another deviation: {declared_is}")
        return Verdict(Status.KNOWN, f"{verdict.reason} — known: {why(row, unmeasured)}")
    if verdict.status is Status.PASS:
        elsewhere = f"; {unmeasured}" if unmeasured else ""
        return Verdict(
            Status.FAIL,
            f"declared as known to deviate, and does not any more ({verdict.reason}): {row.reason}{elsewhere}",
        )
    return verdict


def why(row: Known, unmeasured: str) -> str:
    """The reason and source of a row, and where it was measured if not here."""
    return f"{row.reason} ({row.source})" + (f"; {unmeasured}" if unmeasured else "")
