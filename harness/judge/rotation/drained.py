"""Drained: connections of what was retired are gone in time, at the client and at the server."""

from collections import Counter
from collections.abc import Iterator

from harness.judge.rotation.conductor import act_at
from harness.judge.rotation.facts import NEVER, AnomalyKind, Facts, WorkerSummary
from harness.judge.rotation.finding import failed, inconclusive, passed, plural
from harness.model.history import ActKind
from harness.model.rotated import Finding

NAME = "drained"


def check(facts: Facts) -> Finding:
    """FAIL for a connection that a pool opened and never closed, for one that only the client's end closed, and for
    sessions that the server still had ``drain_s`` after the last work in hand was done.

    INCONCLUSIVE where the load ended before they could drain, or where work in hand took much longer than it should. A
    generator that stood still has that time on top.
    """
    found = [finding for look in (_leaked, _sessions, _last_uses, _shut, _left) for finding in look(facts)]
    if found:
        return max(found, key=lambda finding: finding.status)
    drained = sum(use.drained for worker in facts.workers for use in worker.uses.values())
    return passed(NAME, f"{plural(drained, 'connection')} of retired generations closed, none left behind")


def _allowed_s(facts: Facts) -> float:
    terms = facts.terms
    return terms.drain_s + (terms.mix.hold_s if terms.mix.held else 0.0) + facts.lag_max_s


def _leaked(facts: Facts) -> Iterator[Finding]:
    """By the client's own record; only where that is whole."""
    endless = facts.anomalies(AnomalyKind.INDETERMINATE)
    for worker in facts.workers:
        if not worker.closed or endless:
            continue
        leaks: Counter[tuple[int, str]] = Counter()
        for pooled in worker.open.values():
            use = worker.uses[pooled.material]
            leaks[min(use.retired_from, len(worker.acts)), pooled.pool] += 1
        for (place, pool), count in sorted(leaks.items()):
            step = facts.step(place)
            seen = _last_seen(facts, worker, place)
            reason = f"leak: {plural(count, 'connection')} that {pool} opened and never closed"
            yield failed(NAME, reason + (f"; the server still had {seen} of that generation" if seen else ""), step)


def _last_seen(facts: Facts, worker: WorkerSummary, place: int) -> int:
    """Sessions of what was retired at a place, when the server was last asked before the load ended."""
    end = next((at for at, act in enumerate(facts.conductor.acts) if act.kind is ActKind.END), NEVER)
    accounts = {use.account for use in worker.uses.values() if use.retired_from == place}
    before = [counted.census for counted in facts.conductor.counts if place <= counted.after <= end]
    return sum(count for account, count in before[-1].sessions.items() if account in accounts) if before else 0


def _sessions(facts: Facts) -> Iterator[Finding]:
    """By the server: an account that only retired generations have must have no session any more."""
    conductor = facts.conductor
    retired_at: dict[int, int] = {}
    for each in conductor.publications:
        place = each.reloaded if facts.terms.how.reloads else each.published
        if place is not None and not act_at(conductor.acts, place).refused:
            for number in conductor.retired_by(each.generation.number):
                retired_at.setdefault(number, place)
    last: dict[str, int] = {}
    for generation in conductor.generations:
        if generation.account is not None:
            place = retired_at.get(generation.number, NEVER)
            last[generation.account] = max(last.get(generation.account, 0), place)
    due_s = {
        account: act_at(conductor.acts, place).at_s + _finished_s(facts, account, place)
        for account, place in last.items()
        if place != NEVER
    }
    unknown_from = min((anomaly.place for anomaly, _ in facts.anomalies(AnomalyKind.INDETERMINATE)), default=NEVER)
    told: set[str] = set()
    for _, census in conductor.counts:
        for account, count in census.sessions.items():
            if account in due_s and account not in told and count and census.at_s > due_s[account]:
                told.add(account)
                late_s = census.at_s - act_at(conductor.acts, last[account]).at_s
                still = f"the server still had {plural(count, 'connection')} of {account}"
                # What an attempt without an end used may be open to this day.
                say = inconclusive if unknown_from < last[account] else failed
                yield say(NAME, f"{still}, {late_s:.2f} s after it was retired", facts.step(last[account]))


def _finished_s(facts: Facts, account: str, place: int) -> float:
    """From a place until work in hand on that account was done, and what may be left of it with it."""
    lasted = [
        use.last_use_s - act_at(worker.acts, place).at_s
        for worker in facts.workers
        for use in worker.uses.values()
        if use.account == account and use.last_use_s is not None and place <= len(worker.acts)
    ]
    return max(_allowed_s(facts), *(seconds + facts.terms.drain_s for seconds in lasted), 0.0)


def _last_uses(facts: Facts) -> Iterator[Finding]:
    allowed_s = _allowed_s(facts)
    for worker in facts.workers:
        for use in worker.uses.values():
            if use.retired_from == NEVER or use.last_use_s is None:
                continue
            late_s = use.last_use_s - act_at(worker.acts, use.retired_from).at_s
            if late_s > allowed_s:
                reason = f"work in hand on generation {use.generation} lasted {late_s:.2f} s after it was retired"
                yield inconclusive(NAME, reason, facts.step(use.retired_from))


def _shut(facts: Facts) -> Iterator[Finding]:
    """Closed by the end of the client and nothing else: what was retired was still in a pool."""
    for worker in facts.workers:
        for place, closed in worker.undrained[:1]:
            step = facts.step(place)
            late_s = closed.at_s - act_at(worker.acts, place).at_s
            count = plural(len(worker.undrained), "connection")
            if facts.terms.how.reloads or late_s > _allowed_s(facts):
                yield failed(NAME, f"{count} of retired generations lived until the client was shut down", step)
            else:
                reason = f"the load ended {late_s:.2f} s after it was retired, before {count} had reached maxLifeTime"
                yield inconclusive(NAME, reason, step)


def _left(facts: Facts) -> Iterator[Finding]:
    """When everything was closed."""
    if not facts.conductor.counts:
        return
    after, census = facts.conductor.counts[-1]
    left = {account: count for account, count in census.sessions.items() if count}
    if after == len(facts.conductor.acts) and facts.conductor.closing is not None and left:
        whose = ", ".join(f"{count:,} of {account or 'nobody yet'}" for account, count in sorted(left.items()))
        yield failed(
            NAME, f"sessions left at the server when the client had closed everything: {whose}", facts.step(after)
        )
