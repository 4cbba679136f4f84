"""Server: new connections were shown each certificate that the server came to have."""

from collections.abc import Iterator
from itertools import pairwise

from harness.judge.rotation.facts import NEVER, Facts
from harness.judge.rotation.finding import failed, inconclusive, passed, plural
from harness.model.history import ActKind
from harness.model.rotated import Finding

NAME = "server"


def check(facts: Facts) -> Finding:
    """FAIL at the change that no later connection saw; INCONCLUSIVE without connects whose driver shows the serial."""
    found = list(_unseen(facts))
    if found:
        return max(found, key=lambda finding: finding.status)
    changes = len(facts.conducted.serials) - 1
    if not changes:
        return passed(NAME, "its certificate was not to change")
    return passed(NAME, f"{plural(changes, 'change')} of its certificate, each seen by new connections")


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
            elif any(met.blind for met in facts.met):
                yield inconclusive(NAME, "the client's driver does not show the server's certificate", step)
            else:
                reason = f"{plural(connects, 'new connection')} after it, none was shown the new certificate"
                yield failed(NAME, reason, step)
