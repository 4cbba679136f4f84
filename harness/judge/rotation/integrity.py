"""Integrity: the history is whole, and every attempt that began has an end."""

from harness.judge.rotation.facts import AnomalyKind, Facts
from harness.judge.rotation.finding import inconclusive, listed, passed, plural, shortened, total
from harness.model.history import ActKind
from harness.model.rotated import Finding

NAME = "integrity"


def check(facts: Facts) -> Finding:
    """INCONCLUSIVE for what is missing, altered, torn or out of turn in any file, and for attempts without an end."""
    flaws = [f"{flaw.place}: {flaw.what}" for flaw in facts.flaws]
    flaws += [f"{worker.writer}: {flaw}" for worker in facts.workers for flaw in worker.flaws]
    flaws += _not_met(facts)
    if flaws:
        return inconclusive(NAME, f"the history is not whole: {shortened(flaws)}")
    if endless := facts.anomalies(AnomalyKind.INDETERMINATE):
        count = plural(total(endless), "attempt")
        step = facts.step(endless[0][0].place)
        return inconclusive(NAME, f"{count} indeterminate: {listed(facts, endless)}", step)
    return passed(NAME, f"{plural(len(facts.workers), 'worker')}: every line in its place, every attempt with an end")


def _not_met(facts: Facts) -> list[str]:
    acts = facts.conductor.acts
    found = [
        f"the conductor: no act `{kind.value}`"
        for kind in (ActKind.BEGIN, ActKind.END)
        if all(act.kind is not kind for act in acts)
    ]
    if not facts.workers:
        found.append("no worker")
    done = [(act.kind, act.step) for act in acts]
    for worker in facts.workers:
        own = [(act.kind, act.step) for act in worker.acts]
        if own != done:
            place = next((at for at, pair in enumerate(zip(own, done, strict=False)) if pair[0] != pair[1]), len(own))
            named = f"`{done[place][0].value}` of «{done[place][1]}»" if place < len(done) else "one that nobody did"
            found.append(f"{worker.writer}: act {min(place, len(own)) + 1} should be {named}")
    return found
