"""A comparison: its facts, what is not proven, what was not compared, and how it ends."""

from collections.abc import Collection
from dataclasses import dataclass

from harness.compare.differences import Difference, Weight, differences
from harness.compare.facts import Fact, facts
from harness.compare.pairing import Paired
from harness.exits import Exit

FAILS = frozenset({Weight.BREAKS, Weight.WEAKER})
"""What ends a comparison with 1 where nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What tells two sides apart."""

    paired: Paired
    facts: tuple[Fact, ...]
    unsure: tuple[Difference, ...]

    @property
    def same(self) -> int:
        """How many compared cells do not differ."""
        different = {one.pair.after.key for fact in self.facts for one in fact.differences}
        return len(self.paired.pairs) - len(different | {one.pair.after.key for one in self.unsure})


def compared(paired: Paired) -> Comparison:
    """``paired``, compared."""
    found = [one for pair in paired.pairs for one in differences(pair)]
    return Comparison(paired=paired, facts=facts(found), unsure=tuple(one for one in found if one.unsure is not None))


def exit_for(comparison: Comparison, fail_on: Collection[Weight] = FAILS) -> Exit:
    """1 if there is a fact of a weight in ``fail_on``; else 3 if nothing was compared; else 0."""
    if any(fact.weight in fail_on for fact in comparison.facts):
        return Exit.FAILED
    return Exit.PASSED if comparison.paired.pairs else Exit.INCONCLUSIVE
