"""Which marks of a picture are listed below it, and where their numbers stand above it. Pure."""

from collections.abc import Sequence, Set
from typing import NamedTuple

from harness.model.rotated import Mark, Rotated
from harness.model.verdict import Status

ALL = 40
"""So many marks are all listed; of more the first, the last, and those that something was found at."""
ENDS = 6
WORST = 12
ROWS = 3


class Numbered(NamedTuple):
    """A mark, its number from 1, and whether something was found at its step."""

    number: int
    mark: Mark
    bad: bool


def numbered(rotated: Rotated) -> list[Numbered]:
    """All marks."""
    steps = {finding.step for finding in rotated.findings if finding.status > Status.SKIPPED and finding.step}
    return [
        Numbered(number, mark, any(step in mark.text for step in steps)) for number, mark in enumerate(rotated.marks, 1)
    ]


def listed(marks: Sequence[Numbered]) -> list[Numbered]:
    """Those to be listed, in order."""
    if len(marks) <= ALL:
        return list(marks)
    bad = [each for each in marks if each.bad]
    chosen = {each.number for each in (*marks[:ENDS], *bad[:WORST], *marks[-ENDS:])}
    return [each for each in marks if each.number in chosen]


def rows(marks: Sequence[Numbered], at: Sequence[float], *, width: float, numbers: Set[int]) -> dict[int, int]:
    """The row, 0 the lowest, in which each number of ``numbers`` has room; those without any are left out.

    ``at`` is where the marks are, ``width`` what a number takes. Those at which something was found come first.
    """
    taken: list[list[float]] = [[] for _ in range(ROWS)]
    found: dict[int, int] = {}
    wanted = [(each, x) for each, x in zip(marks, at, strict=True) if each.number in numbers]
    for each, x in sorted(wanted, key=lambda pair: not pair[0].bad):
        for row, places in enumerate(taken):
            if all(abs(x - place) >= width for place in places):
                places.append(x)
                found[each.number] = row
                break
    return found
