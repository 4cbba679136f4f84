"""Server: new connections were shown each certificate that the server changed to."""

from collections.abc import Iterator
from itertools import pairwise

from harness.judge.rotation.conductor import act_at
from harness.judge.rotation.facts import NEVER, Facts
from harness.judge.rotation.finding import failed, inconclusive, passed, plural
from harness.model.history import ActKind
from harness.model.rotated import Finding

NAME = "server"


def check(facts: Facts) -> Finding:
    """FAIL at the change whose certificate no later connection was shown.

    Of a driver that does not show it, connections speak that were served with what was published after the change: in
    the guide's order that is trust in the new authority alone, by which such a driver has verified the certificate, or
    not connected. INCONCLUSIVE without either.
    """
    found = list(_unseen(facts))
    if found:
        return max(found, key=lambda finding: finding.status)
    changes = len(facts.conductor.serials) - 1
    if not changes:
        return passed(NAME, "no change of its certificate was planned")
    how = "verified by the new authority alone, not shown by the driver" if _blind(facts) else "seen by new connections"
    return passed(NAME, f"{plural(changes, 'change')} of its certificate, each {how}")


def _blind(facts: Facts) -> bool:
    """Whether the driver shows the server's certificate of no connection."""
    return any(worker.blind for worker in facts.workers) and not any(
        worker.serials_seen.total() for worker in facts.workers
    )


def _verified(facts: Facts, place: int, until: int) -> bool:
    """Whether enough new connections were served with what was published after the change at ``place``."""
    after = [each for each in facts.conductor.publications if place < each.published <= until]
    served = (sum(use.connects for _, use in facts.uses(each.generation.number)) for each in after)
    return any(count >= facts.terms.at_least for count in served)


def _unseen(facts: Facts) -> Iterator[Finding]:
    serials = facts.conductor.serials
    acts = facts.conductor.acts
    places = [place for place, act in enumerate(acts, start=1) if act.kind is ActKind.SERVER_CHANGED]
    for change, (place, until) in enumerate(pairwise([*places, NEVER]), start=1):
        step = facts.step(place)
        if act_at(acts, place).refused:
            continue
        if serials[change] is None:
            yield inconclusive(NAME, "the server's certificate was not checked", step)
        elif serials[change] == serials[change - 1]:
            yield failed(NAME, "the server has the certificate that it had before", step)
        elif not sum(worker.serials_seen[change] for worker in facts.workers):
            connects = sum(
                count for worker in facts.workers for at, count in worker.served_connects.items() if place <= at < until
            )
            if not connects:
                yield inconclusive(NAME, "no new connection was made after it", step)
            elif not any(worker.blind for worker in facts.workers):
                reason = f"{plural(connects, 'new connection')} after it, none was shown the new certificate"
                yield failed(NAME, reason, step)
            elif not (_blind(facts) and _verified(facts, place, until)):
                yield inconclusive(NAME, "the client's driver does not show the server's certificate", step)
