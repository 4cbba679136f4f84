"""The verdict of a rotation's history: the worst of what its checkers found."""

from collections.abc import Callable

from harness.history.stored import History
from harness.judge.rotation import (
    course,
    drained,
    encrypted,
    enough,
    generator,
    happened,
    identity,
    integrity,
    reconciled,
    retired,
    served,
    server,
)
from harness.judge.rotation.conductor import ConductorRecord
from harness.judge.rotation.facts import Facts
from harness.judge.rotation.figures import figures
from harness.judge.rotation.finding import inconclusive, plural
from harness.judge.rotation.picture import marks, moments
from harness.judge.rotation.summary import summarize
from harness.model.rotated import Figures, Finding, Rotated
from harness.model.verdict import Status, Verdict

Checker = Callable[[Facts], Finding]

CHECKERS: dict[str, Checker] = {
    module.NAME: module.check
    for module in (
        encrypted,
        served,
        course,
        happened,
        server,
        retired,
        drained,
        identity,
        reconciled,
        integrity,
        enough,
        generator,
    )
}
"""By their names, the one that says most first: among equally bad findings the first is the verdict's reason."""


def judge_rotation(history: History) -> Rotated:
    """Judge ``history``, each of whose workers' records are gone through once, whatever clocks they were written by."""
    terms = history.terms
    conductor = ConductorRecord.of(history.conductor)
    workers = tuple(summarize(name, records, conductor, terms) for name, records in history.workers.items())
    facts = Facts(terms=terms, conductor=conductor, workers=workers, flaws=history.flaws)
    found = tuple(_checked(name, check, facts) for name, check in CHECKERS.items())
    counted = figures(facts)
    return Rotated(
        terms=terms,
        provenance=history.provenance,
        verdict=_verdict(facts, found, counted),
        findings=found,
        figures=counted,
        moments=moments(facts),
        marks=marks(facts),
    )


def _checked(name: str, check: Checker, facts: Facts) -> Finding:
    """A checker that breaks has proved nothing; the others still may."""
    try:
        return check(facts)
    except Exception as error:
        return inconclusive(name, f"could not be checked: {type(error).__name__}: {error}")


def _verdict(facts: Facts, found: tuple[Finding, ...], counted: Figures) -> Verdict:
    worst = max(found, key=lambda finding: finding.status)
    if worst.status is not Status.PASS:
        return Verdict(worst.status, worst.reason)
    bound = f"; with 95 % certainty at most {counted.bound:.2g} of attempts fail" if counted.bound else ""
    return Verdict(
        Status.PASS,
        f"{plural(facts.served, 'attempt')} over {plural(facts.terms.rotations, 'rotation')} and "
        f"{plural(len(counted.generations), 'generation')}, none failed, "
        f"at {counted.reached:.1f} new connections/s{bound}",
    )
