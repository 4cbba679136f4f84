"""Generator: the load was made as it was meant to be, when it was meant to be."""

from collections.abc import Iterator

from harness.judge.rotation.facts import Facts
from harness.judge.rotation.finding import inconclusive, passed, shortened
from harness.judge.rotation.summary import CPU_FULL, LATE_S
from harness.model.history import ActKind, Kind
from harness.model.rotated import Finding

NAME = "generator"
LAG_S = 1.0
"""A busy machine stands still for some hundred ms; in a second a whole step of a rotation is over."""
MISSED = 0.05
"""Share of arrivals that may be late or missing: what is missing was not tried when it would have hurt."""
FULL_S = 5.0
"""A core that is full for so long is not a burst: the generator has become the bottleneck."""


def check(facts: Facts) -> Finding:
    """INCONCLUSIVE, never worse, with all that was wrong: what was not asked for did not fail either."""
    if faults := list(_faults(facts)):
        return inconclusive(NAME, f"the load generator was not healthy: {shortened(faults)}")
    return passed(
        NAME, f"{reached(facts):.1f} new connections/s of {facts.terms.rate:g}, {facts.lag_max_s:.3f} s late at most"
    )


def reached(facts: Facts) -> float:
    """New connections of the load's own a second, from begin to end by the conductor's clock."""
    begin, end = facts.conductor.time_of(ActKind.BEGIN), facts.conductor.time_of(ActKind.END)
    connects = sum(worker.begun[Kind.CONNECT] for worker in facts.workers)
    return connects / (end - begin) if begin is not None and end is not None and end > begin else 0.0


def _faults(facts: Facts) -> Iterator[str]:
    for worker in facts.workers:
        health = worker.health
        scheduled = sum(worker.begun[kind] for kind in (Kind.CONNECT, Kind.CHECK_OUT, Kind.HELD))
        if not health.looks:
            yield f"{worker.writer} sent no health report"
        if health.lag_max_s > LAG_S:
            yield f"{worker.writer} was {health.lag_max_s:.2f} s late, more than {LAG_S:g} s"
        if health.late > MISSED * scheduled:
            yield f"{worker.writer} began {health.late:,} of {scheduled:,} arrivals more than {LATE_S:g} s late"
        if health.due - health.begun > max(MISSED * health.due, 1):
            yield f"{worker.writer} began {health.begun:,} of {health.due:,} arrivals that were due"
        if health.full_s > FULL_S:
            yield f"{worker.writer} had its core full ({CPU_FULL:g} or more) for {health.full_s:.1f} s on end"
    rate = reached(facts)
    if rate < (1 - MISSED) * facts.terms.rate:
        yield f"{rate:.1f} new connections/s were reached of {facts.terms.rate:g}"
