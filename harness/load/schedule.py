"""Schedule: when each arrival of a load is due. Pure, so that the same plan is the same load.

All kinds share one row of evenly spaced slots, so that no two arrivals fall on one moment. A slot goes to a kind as a
task system with one processor gives it (earliest deadline first, among kinds that are not ahead of their rate): at
every moment each kind is less than one arrival away from its rate times the time, whatever the other rates are
(Baruah et al., Proportionate progress, 1996: the pfair bound).
"""

from collections.abc import Iterator
from typing import NamedTuple

from harness.load.plan import Arrivals
from harness.model.history import Kind


class Arrival(NamedTuple):
    """Something that a load is to do, ``offset_s`` seconds after its begin."""

    kind: Kind
    offset_s: float


def schedule(arrivals: Arrivals) -> Iterator[Arrival]:
    """The arrivals of one worker in the order of time, without end; none where every rate is 0.

    Of each kind a worker takes every ``workers``-th: each has its share of every kind.
    """
    rates = {Kind.CONNECT: arrivals.connects, Kind.CHECK_OUT: arrivals.check_outs, Kind.HELD: arrivals.held}
    rates = {kind: rate for kind, rate in rates.items() if rate > 0}
    total = sum(rates.values())
    given = dict.fromkeys(rates, 0)
    slot = 0
    while rates:
        now = slot / total
        # Ahead of its rate comes last: `False` sorts before `True`.
        kind = min(
            rates, key=lambda kind: (given[kind] * total >= rates[kind] * (slot + 1), (given[kind] + 1) / rates[kind])
        )
        if given[kind] % arrivals.workers == arrivals.index:
            yield Arrival(kind, now)
        given[kind] += 1
        slot += 1
