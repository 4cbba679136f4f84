"""Enough: every generation served so many new connections that their number proves something."""

from harness.judge.rotation.facts import Facts
from harness.judge.rotation.finding import inconclusive, passed, plural
from harness.model.rotated import Finding

NAME = "enough"


def check(facts: Facts) -> Finding:
    """INCONCLUSIVE for a generation with fewer than ``at_least`` new connections of the load's own."""
    numbers = [each.number for each in facts.conductor.generations]
    connects = {number: sum(use.connects for _, use in facts.uses(number)) for number in numbers}
    if not connects:
        return inconclusive(NAME, "no generation was declared")
    fewest = min(connects, key=lambda number: connects[number])
    if connects[fewest] < facts.terms.at_least:
        short = sum(count < facts.terms.at_least for count in connects.values())
        more = f" ({short - 1} more generations have too few)" if short > 1 else ""
        reason = f"generation {fewest} served {plural(connects[fewest], 'new connection')} of {facts.terms.at_least}"
        steps = (each.step for each in facts.conductor.publications if each.generation.number == fewest)
        return inconclusive(NAME, reason + more, next(steps, ""))
    return passed(NAME, f"{plural(connects[fewest], 'new connection')} or more with every generation")
