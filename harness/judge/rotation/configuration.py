"""Whether a change of configuration affected the pools it concerns, and no others: status, reason and step."""

from collections.abc import Iterator
from itertools import pairwise

from harness.judge.rotation.conductor import act_at
from harness.judge.rotation.facts import NEVER, Facts, WorkerSummary
from harness.judge.rotation.finding import plural
from harness.model.history import ActKind, Why
from harness.model.verdict import Status

CONFIGDB = "configdb-"
"""How the names of the configDB's pools begin."""


def configdb_moved(facts: Facts) -> Iterator[tuple[Status, str, str]]:
    """The configDB's pools were notified and their connections replaced; no other pool's were."""
    replaced = 0
    for worker, place, until in _reloads(facts):
        act = act_at(worker.acts, place)
        if act.refused:
            continue
        told = set(act.told)
        others = sorted(pool for pool in told if not pool.startswith(CONFIGDB))
        if not told:
            yield Status.FAIL, f"nothing rotated: the reload of {worker.writer} told no pool", act.step
        elif others:
            yield (
                Status.FAIL,
                f"the reload of {worker.writer} told {', '.join(others)}, which it does not concern",
                act.step,
            )
        closed = _closed(worker, place, until)
        if strange := sorted(set(closed) - told):
            yield Status.FAIL, f"connections of {', '.join(strange)} were replaced, whom it does not concern", act.step
        for pool in sorted(told):
            held = worker.open_at_reload[place, pool]
            if held and not closed.get(pool):
                yield Status.FAIL, f"{pool} had {plural(held, 'connection')} open, and none was replaced", act.step
        replaced += sum(closed.values())
    if not replaced:
        yield Status.INCONCLUSIVE, "no connection of the configDB's pools was open at any reload", ""


def nobody_moved(facts: Facts) -> Iterator[tuple[Status, str, str]]:
    """No pool was notified and no connection replaced."""
    for worker, place, until in _reloads(facts):
        act = act_at(worker.acts, place)
        if act.told:
            yield Status.FAIL, f"the reload of {worker.writer} told {', '.join(act.told)} of limits alone", act.step
        if closed := _closed(worker, place, until):
            yield Status.FAIL, f"connections of {', '.join(sorted(closed))} were replaced for limits alone", act.step


def _reloads(facts: Facts) -> Iterator[tuple[WorkerSummary, int, int]]:
    """Each worker's reloads: the place behind one, and that of the next."""
    for worker in facts.workers:
        places = [place for place, act in enumerate(worker.acts, start=1) if act.kind is ActKind.RELOADED]
        for place, until in pairwise([*places, NEVER]):
            yield worker, place, until


def _closed(worker: WorkerSummary, place: int, until: int) -> dict[str, int]:
    """Connections that a reload closed, by pool: while it was made, or after it."""
    found: dict[str, int] = {}
    for (at, pool, why), count in worker.closes.items():
        if why is Why.RELOAD and place - 1 <= at < until - 1:
            found[pool] = found.get(pool, 0) + count
    return found
