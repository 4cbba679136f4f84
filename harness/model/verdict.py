"""Verdicts: what a case came to, and why. The worst wins."""

from dataclasses import dataclass
from enum import Enum
from functools import total_ordering
from typing import assert_never

from harness.exits import Exit


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


def exit_for(worst: Status) -> Exit:
    """The exit code of a command whose worst verdict this is."""
    match worst:
        case Status.PASS | Status.KNOWN:
            return Exit.PASSED
        case Status.FAIL:
            return Exit.FAILED
        case Status.INCONCLUSIVE | Status.SKIPPED:
            return Exit.INCONCLUSIVE
        case _:
            assert_never(worst)
