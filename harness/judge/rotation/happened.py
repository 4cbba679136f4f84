"""Happened: new connections took up each generation, in every pool that it concerns."""

from collections.abc import Iterator
from itertools import chain

from harness.judge.rotation.conductor import Publication, act_at
from harness.judge.rotation.configuration import configdb_moved, nobody_moved
from harness.judge.rotation.facts import Facts
from harness.judge.rotation.finding import passed, plural
from harness.model.rotated import Finding
from harness.model.rotation import What
from harness.model.verdict import Status

NAME = "happened"


def check(facts: Facts) -> Finding:
    """FAIL at the step that nobody took up although there were attempts; INCONCLUSIVE where too few were made."""
    match facts.terms.what:
        case What.CONFIGDB:
            found = list(configdb_moved(facts))
        case What.SETTINGS:
            found = list(nobody_moved(facts))
        case What.LEAF | What.AUTHORITY | What.BOTH:
            found = list(chain(_rotated(facts), _pools(facts)))
    if found:
        status, reason, step = max(found, key=lambda each: each[0])
        return Finding(checker=NAME, status=status, reason=reason, step=step)
    return passed(NAME, f"{plural(len(facts.conductor.publications), 'new generation')}, each used by new connections")


def _rotated(facts: Facts) -> Iterator[tuple[Status, str, str]]:
    publications = facts.conductor.publications
    if not publications:
        yield Status.INCONCLUSIVE, "no new generation was published", ""
        return
    following = [_in_force(facts, each) for each in publications[1:]]
    for each, until in zip(publications, [*following, None], strict=True):
        place = _in_force(facts, each)
        if place is None:
            yield Status.INCONCLUSIVE, f"generation {each.generation.number} was published and never loaded", each.step
            continue
        if facts.terms.how.reloads:
            yield from _told(facts, each, place)
        yield from _taken_up(facts, each, place, until)


def _in_force(facts: Facts, each: Publication) -> int | None:
    return each.reloaded if facts.terms.how.reloads else each.published


def _told(facts: Facts, each: Publication, place: int) -> Iterator[tuple[Status, str, str]]:
    for worker in facts.workers:
        if len(worker.acts) < place or act_at(worker.acts, place).refused:
            continue
        told = set(act_at(worker.acts, place).told)
        concerned = {
            pool for use in worker.uses.values() if use.generation in each.generation.retires for pool in use.pools
        }
        if not told:
            yield Status.FAIL, f"the reload of {worker.writer} told no pool of new material", each.step
        elif missed := sorted(concerned - told):
            yield Status.FAIL, f"the reload of {worker.writer} did not tell {', '.join(missed)}", each.step


def _taken_up(facts: Facts, each: Publication, place: int, until: int | None) -> Iterator[tuple[Status, str, str]]:
    number = each.generation.number
    if any(use.connects for _, use in facts.uses(number)) or all(
        len(worker.acts) >= place and act_at(worker.acts, place).refused for worker in facts.workers
    ):
        return
    others = sum(
        count
        for worker in facts.workers
        for at, count in worker.served_connects.items()
        if at >= place and (until is None or at < until)
    )
    if others:
        reason = f"published, not used: {plural(others, 'new connection')} after it, none with generation {number}"
        yield Status.FAIL, reason, each.step
    else:
        yield Status.INCONCLUSIVE, f"no new connection was made to use generation {number}", each.step


def _pools(facts: Facts) -> Iterator[tuple[Status, str, str]]:
    """Over the whole run: in one generation alone a pool may not have had its turn."""
    mix = facts.terms.mix
    if not mix.check_outs + mix.held or not facts.conductor.publications:
        return
    new = {each.generation.number for each in facts.conductor.publications}
    used = {pool for worker in facts.workers for use in worker.uses.values() for pool in use.pools}
    moved = {
        pool for worker in facts.workers for use in worker.uses.values() if use.generation in new for pool in use.pools
    }
    if unmoved := sorted(used - moved):
        last = facts.conductor.publications[-1].step
        yield Status.INCONCLUSIVE, f"no new generation was seen in {', '.join(unmoved)}", last
    if not used:
        yield Status.INCONCLUSIVE, "no pool was used", ""
