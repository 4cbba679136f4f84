"""Course: every step was taken, nobody refused one, and none took too long."""

from collections.abc import Iterator

from harness.judge.rotation.facts import Facts
from harness.judge.rotation.finding import failed, inconclusive, passed, plural
from harness.judge.rotation.latency import reload_times, server_times
from harness.model.history import ActKind
from harness.model.rotated import Finding
from harness.model.rotation import What

NAME = "course"


def check(facts: Facts) -> Finding:
    """FAIL at the step that was refused, or whose reload lasted longer than ``drain_s``.

    INCONCLUSIVE where steps of the rotations asked for are not there. A generator that stood still has that time for
    its reloads on top: that is for ``generator`` to judge.
    """
    for look in (_refused, _slow, _missing):
        if (finding := next(look(facts), None)) is not None:
            return finding
    return passed(NAME, f"{plural(facts.terms.rotations, 'rotation')}, every step taken, none refused")


def _refused(facts: Facts) -> Iterator[Finding]:
    for act in facts.conductor.acts:
        if act.refused:
            whose = "server" if act.kind is ActKind.SERVER_CHANGED else "client"
            yield failed(NAME, f"the {whose} refused: {act.refused}", act.step)
    for worker in facts.workers:
        for act in worker.acts:
            if act.refused:
                yield failed(NAME, f"the client of {worker.writer} refused: {act.refused}", act.step)


def _slow(facts: Facts) -> Iterator[Finding]:
    limit_s = facts.terms.drain_s + facts.lag_max_s
    for whose, times in (("the client's", reload_times(facts)), ("the server's", server_times(facts))):
        for step, seconds in times:
            if seconds > limit_s:
                reason = f"{whose} reload took {seconds:.2f} s, more than {facts.terms.drain_s:g} s"
                yield failed(NAME, reason, step)


def _missing(facts: Facts) -> Iterator[Finding]:
    terms = facts.terms
    moves = terms.what.moves_authority and terms.server_moves
    wanted, there = {
        "publications": (terms.rotations * (2 if moves else 1), len(facts.conductor.publications)),
        "reloads": (terms.rotations, sum(act.kind is ActKind.RELOADED for act in facts.conductor.acts)),
    }["reloads" if terms.what in {What.CONFIGDB, What.SETTINGS} else "publications"]
    changes = len(facts.conductor.serials) - 1
    if there < wanted:
        last = facts.conductor.acts[-1].step if facts.conductor.acts else ""
        yield inconclusive(NAME, f"{there} of {plural(wanted, 'step')} at the client were taken", last)
    if moves and changes < terms.rotations:
        yield inconclusive(NAME, f"{changes} of {plural(terms.rotations, 'change')} of the server were made")
