"""Verdicts: what a case came to, and why. The worst wins."""

from dataclasses import dataclass
from enum import Enum
from functools import total_ordering


@total_ordering
class Status(Enum):
    """In order of badness."""

    PASS = "pass"  # noqa: S105  a verdict, no password
    KNOWN = "known"
    """A deviation that a build's or client's data declares with reason and source."""
    SKIPPED = "skipped"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Status):
            return NotImplemented
        order = list(Status)
        return order.index(self) < order.index(other)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status and its reason, one sentence that names the thing."""

    status: Status
    reason: str
