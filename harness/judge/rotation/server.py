"""Server: new connections met each certificate that the server came to have."""

from collections.abc import Iterator
from itertools import pairwise

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
    changes = len(facts.conducted.serials) - 1
    if not changes:
        return passed(NAME, "its certificate was not to change")
    how = "verified by the new authority alone, not shown by the driver" if _blind(facts) else "seen by new connections"
    return passed(NAME, f"{plural(changes, 'change')} of its certificate, each {how}")


def _blind(facts: Facts) -> bool:
    """Whether the driver shows the server's certificate of no connection."""
    return any(met.blind for met in facts.met) and not any(met.serials_seen.total() for met in facts.met)


def _verified(facts: Facts, place: int, until: int) -> bool:
    """Whether enough new connections were served with what was published after the change at ``place``."""
    after = [each for each in facts.conducted.publications if place < each.published <= until]
    served = (sum(use.connects for _, use in facts.uses(each.generation.number)) for each in after)
    return any(count >= facts.terms.at_least for count in served)


def _unseen(facts: Facts) -> Iterator[Finding]:
    serials = facts.conducted.serials
    acts = facts.conducted.acts
    places = [place for place, act in enumerate(acts, start=1) if act.kind is ActKind.SERVER_CHANGED]
    for change, (place, until) in enumerate(pairwise([*places, NEVER]), start=1):
        step = facts.step(place)
        if acts[place - 1].refused:
            continue
        if serials[change] is None:
            yield inconclusive(NAME, "nobody looked what certificate the server has", step)
        elif serials[change] == serials[change - 1]:
            yield failed(NAME, "the server has the certificate that it had before", step)
        elif not sum(met.serials_seen[change] for met in facts.met):
            connects = sum(
                count for met in facts.met for at, count in met.served_connects.items() if place <= at < until
            )
            if not connects:
                yield inconclusive(NAME, "no new connection was made after it", step)
            elif not any(met.blind for met in facts.met):
                reason = f"{plural(connects, 'new connection')} after it, none was shown the new certificate"
                yield failed(NAME, reason, step)
            elif not (_blind(facts) and _verified(facts, place, until)):
                yield inconclusive(NAME, "the client's driver does not show the server's certificate", step)
