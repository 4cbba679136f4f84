"""Reconciled: the server counted the connections that the load began, no more and no fewer."""

from dataclasses import dataclass
from itertools import accumulate

from harness.judge.rotation.facts import AnomalyKind, Facts
from harness.judge.rotation.finding import failed, inconclusive, passed, plural, total
from harness.model.history import ActKind, Census
from harness.model.rotated import Finding

NAME = "reconciled"
COUNTER = "Connections"
"""Counts every connection that the server took up, served or refused (MySQL and MariaDB, SHOW GLOBAL STATUS)."""
_REFUSED = "Aborted_connects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Connections of the load from the begin to the end: what the ``server`` counted, what the ``client`` began.

    ``refused`` is how many of them the server says that it refused; None: it does not say.
    """

    server: int
    client: int
    refused: int | None


def counts(facts: Facts) -> Counts | None:
    """None without a census before the begin, one after the end, and the server's counter in both."""
    taken = facts.conductor.counts
    acts = facts.conductor.acts
    if not taken or taken[0].after or taken[-1].after < len(acts) or all(act.kind is not ActKind.END for act in acts):
        return None
    first, last = taken[0].census, taken[-1].census
    if COUNTER not in first.counters or COUNTER not in last.counters:
        return None
    refused = last.counters[_REFUSED] - first.counters.get(_REFUSED, 0) if _REFUSED in last.counters else None
    return Counts(
        server=_counted(first, last), client=sum(worker.connects for worker in facts.workers), refused=refused
    )


def check(facts: Facts) -> Finding:
    """FAIL when the server counted more than was begun: a driver connected again and did not say so.

    INCONCLUSIVE when it counted fewer, beyond connects that failed, where it was not asked before and after, and when
    it counted more than a history has that is not whole.
    """
    found = counts(facts)
    if found is None:
        return inconclusive(NAME, "the server's count of connections before and after the load is not known")
    if found.server > found.client:
        surplus = plural(found.server - found.client, "connection")
        if facts.flaws:
            return inconclusive(NAME, f"the server counted {surplus} more than are in a history that is not whole")
        refused = "" if found.refused is None else f"; it refused {found.refused:,}"
        reason = (
            f"the server counted {surplus} more than the client began ({found.client:,}): a driver retried silently"
        )
        return failed(NAME, reason + refused, facts.step(_where(facts)))
    fewer = found.client - found.server
    # One that failed may never have left the client, and one without an end may not have either.
    spared = sum(worker.connects_failed for worker in facts.workers) + total(facts.anomalies(AnomalyKind.INDETERMINATE))
    if fewer > spared:
        reason = f"the server counted {plural(fewer, 'connection')} fewer than the client began ({found.client:,})"
        return inconclusive(NAME, reason)
    return passed(NAME, f"{plural(found.client, 'connection')} begun, {found.server:,} counted by the server")


def _where(facts: Facts) -> int:
    """The place where the server first refused a login that no client reports, else where it was first ahead.

    That there is a surplus was counted; where it arose is the one thing that compares two writers' clocks.
    """
    taken = facts.conductor.counts
    first = taken[0].census
    told = sum(worker.connects_failed for worker in facts.workers)
    for after, census in taken:
        if census.counters.get(_REFUSED, 0) - first.counters.get(_REFUSED, 0) > told:
            return after
    begun = accumulate(sum(worker.census_connects[at] for worker in facts.workers) for at in range(len(taken)))
    for (after, census), connects in zip(taken, begun, strict=True):
        if _counted(first, census) > connects:
            return after
    return taken[-1].after


def _counted(first: Census, last: Census) -> int:
    return last.counters.get(COUNTER, 0) - first.counters.get(COUNTER, 0) - (last.own - first.own)
