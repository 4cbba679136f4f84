"""Gathering: one pass over a worker's records, in memory for what is under way and for each generation, no more."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from harness.judge.rotation.conducted import Conducted
from harness.judge.rotation.facts import (
    ClosedAt,
    Met,
    Odd,
    Oddity,
    Pooled,
    Stall,
    Tally,
    Use,
    failure_words,
)
from harness.judge.rotation.standing import Standing
from harness.model import history
from harness.model.history import Act, ActKind, Begun, Closed, Closing, Ended, Failed, Kind, Record, Served, Why
from harness.model.rotation import Terms

LATE_S = 0.25
"""An arrival that begins so long after it was intended is late: as long as a few whole connections take."""
CPU_FULL = 0.9
"""Of one core: a worker is one thread, and has no more."""
_MOST_FLAWS = 20
_MOST_ODDITIES = 2000
"""Of a worker: attempts are counted by what they have in common, and garbage has nothing in common."""

_SCHEDULED = (Kind.CONNECT, Kind.CHECK_OUT, Kind.HELD)


def gather(writer: str, records: Iterable[Record], conducted: Conducted, terms: Terms) -> Met:
    """What the worker met."""
    gathering = _Gathering(writer, conducted, terms)
    take = {
        Begun: gathering.begun,
        Ended: gathering.ended,
        Closed: gathering.closed,
        Act: gathering.act,
        history.Health: gathering.health,
        Closing: gathering.closing,
    }
    for record in records:
        do = take.get(type(record))
        if do is not None:
            do(record)  # type: ignore[operator]  # mypy cannot pair a type with its own method
    return gathering.result()


@dataclass(slots=True)
class _OfKind:
    """Attempts of a kind so far; those ``under_way`` now, and since when none of them has ended."""

    connects: bool
    begun: int = 0
    served: int = 0
    under_way: int = 0
    since_s: float = 0.0


class _Gathering:
    def __init__(self, writer: str, conducted: Conducted, terms: Terms) -> None:
        self._times = [*(counted.census.at_s for counted in conducted.counts), math.inf]
        self._next_census_s = self._times[0]
        self._following = 0
        self._met = Met(
            writer=writer,
            uses={each.material: Use(each.number, each.account, each.client_serial) for each in conducted.generations},
            census_connects=[0] * len(self._times),
        )
        self._standing = Standing(self._met, conducted, terms)
        # The standing's, at hand.
        self._place = self._changed = 0
        self._serial = conducted.serials[0]
        # number -> (the record of its begin, the place there, changes of the server by then)
        self._under_way: dict[int, tuple[Begun, int, int]] = {}
        self._last_number = 0
        self._kinds = {kind: _OfKind(kind.connects) for kind in Kind}
        self._stall_s = 0.0
        self._late = 0
        self._tries: list[tuple[Oddity, str]] = []
        self._full_since: float | None = None
        self._looked_s: float | None = None

    def begun(self, record: Begun) -> None:
        number, kind, _, _, intended_s, begun_s = record
        of = self._kinds[kind]
        of.begun += 1
        if of.connects and self._place:
            while begun_s >= self._next_census_s:
                self._following += 1
                self._next_census_s = self._times[self._following]
            self._met.census_connects[self._following] += 1
        if begun_s - intended_s > LATE_S:
            self._late += 1
        if not of.under_way:
            of.since_s = begun_s
        of.under_way += 1
        if number in self._under_way:
            self.flaw(f"attempt {number} begins twice")
        self._last_number = number
        self._under_way[number] = (record, self._place, self._changed)

    def ended(self, record: Ended) -> None:
        number, ended_s, _, result = record
        begun = self._under_way.pop(number, None)
        if begun is None:
            again = 0 < number <= self._last_number
            self.flaw(f"attempt {number} ends twice" if again else f"attempt {number} ends and was never begun")
            return
        kind = begun[0].kind
        of = self._kinds[kind]
        stalled_s = ended_s - of.since_s
        if stalled_s > self._stall_s and kind is not Kind.HELD:
            self._stall_s = stalled_s
            self._met.stall = Stall(stalled_s, self._place)
        of.since_s = ended_s
        of.under_way -= 1
        if type(result) is Served:
            of.served += 1
            self._served(begun, ended_s, result)
        elif type(result) is Failed:
            self._failed(begun, result)

    def _served(self, begun: tuple[Begun, int, int], ended_s: float, served: Served) -> None:
        (_, kind, pool, handed, _, begun_s), place, changed = begun
        met = self._met
        use = met.uses.get(served.material)
        if use is None:
            use = met.uses[served.material] = Use(None, None)
        use.served += 1
        use.last_use_s = ended_s
        if use.generation is None:
            self._odd(Odd.FOREIGN_MATERIAL, place, kind, pool, "material that nobody had declared")
        elif use.account is not None and use.account != served.account:
            words = f"generation {use.generation}, let in as {served.account}, not as {use.account}"
            self._odd(Odd.FOREIGN_ACCOUNT, place, kind, pool, words)
        elif use.client_serial is not None and served.client_serial not in {None, use.client_serial}:
            words = f"generation {use.generation}, and another's certificate was presented"
            self._odd(Odd.FOREIGN_MATERIAL, place, kind, pool, words)
        if served.version == "":
            self._odd(Odd.IN_THE_CLEAR, self._place, kind, pool, "no TLS")
        if place >= use.retired_from and begun_s > use.retired_s:
            self._odd(Odd.RETIRED, use.retired_from, kind, pool, f"generation {use.generation}")
        if handed is not None:
            if handed != served.material:
                self._other_material(handed, use, served, place, kind, pool)
            if use.account is None and use.client_serial is not None and served.client_serial is None:
                met.unproved += 1
            if served.server_serial == self._serial and changed == self._changed:
                met.serials_seen[changed] += 1
            else:
                self._other_serial(served.server_serial, changed, place, kind, pool)
            if kind is Kind.CONNECT:
                use.connects += 1
                met.served_connects[place] += 1
                if use.first_connect_s is None:
                    use.first_connect_s = ended_s
            elif kind is Kind.OPEN:
                use.pools.add(pool)
                # What a pool opened before the load answers no publication.
                if use.first_pooled_s is None and place:
                    use.first_pooled_s = ended_s
                met.open[served.connection_id] = Pooled(pool, served.material, place)
        else:
            use.pools.add(pool)
            if served.server_serial is not None and served.server_serial not in self._standing.known_serials:
                self._odd(Odd.FOREIGN_SERIAL, place, kind, pool, "a server's certificate that nobody had announced")
            told = self._standing.told.get(pool)
            if told is not None and place >= told[1] and use.retired_from > place:
                opened = met.open.get(served.connection_id)
                if opened is not None and opened.place < told[0]:
                    self._odd(Odd.NOT_MOVED, told[1], kind, pool, "a connection from before the reload")

    def _other_material(self, handed: str, use: Use, served: Served, place: int, kind: Kind, pool: str) -> None:
        """A driver that reads its stores itself may find newer ones than there were before; never older ones."""
        there = self._met.uses.get(handed)
        if use.generation is None:
            return  # odd enough
        if there is None or there.generation is None or served.client_serial is None:
            self._odd(Odd.FOREIGN_MATERIAL, place, kind, pool, "other material than was handed to the driver")
        elif use.generation < there.generation:
            words = f"generation {use.generation}, where the stores held generation {there.generation}"
            self._odd(Odd.FOREIGN_MATERIAL, place, kind, pool, words)

    def _other_serial(self, seen: int | None, changed: int, place: int, kind: Kind, pool: str) -> None:
        """What a connect was shown: what the server had at its begin, or came to have before its end."""
        serials = self._standing.serials
        if seen is None:
            self._met.blind += 1
        elif seen in serials[changed : changed + 1]:
            self._met.serials_seen[changed] += 1
        elif seen not in serials[changed : self._standing.changing + 1]:
            old = seen in serials[:changed]
            words = "the server's old certificate" if old else "a server's certificate that nobody had announced"
            self._odd(Odd.FOREIGN_SERIAL, place, kind, pool, words)

    def _failed(self, begun: tuple[Begun, int, int], failed: Failed) -> None:
        (_, kind, pool, _, _, _), _, _ = begun
        if kind.connects and self._place:
            self._met.connects_failed += 1
        words = failure_words(failed.how, failed.by, failed.causes)
        # What happened between begin and end is nearer to the cause than what was there at the begin.
        oddity = Oddity(Odd.FAILED, self._place, kind, pool, words)
        if kind is Kind.TRY and self._standing.reloading is not None:
            self._tries.append((oddity, failed.said))
        else:
            self._count(oddity, failed.said)

    def closed(self, record: Closed) -> None:
        met = self._met
        met.open.pop(record.connection_id, None)
        met.closes[ClosedAt(self._place, record.pool, record.why)] += 1
        use = met.uses.get(record.material)
        if use is None or self._place < use.superseded_from:
            return
        if record.why is not Why.SHUTDOWN:
            use.drained += 1
        elif self._place >= use.retired_from:
            met.undrained.append((use.retired_from, record))

    def act(self, record: Act) -> None:
        self._standing.act(record)
        self._place, self._changed = self._standing.place, self._standing.changed
        self._serial = self._standing.serials[min(self._changed, len(self._standing.serials) - 1)]
        if record.kind is ActKind.RELOADED:
            self._account_for_tries(refused=bool(record.refused))

    def _account_for_tries(self, *, refused: bool) -> None:
        """Those that failed in a reload, now that it is known what the reload made of it."""
        tries, self._tries = self._tries, []
        for oddity, said in tries:
            self._count(oddity._replace(odd=Odd.REFUSED_TRY) if refused else oddity, said)

    def health(self, record: history.Health) -> None:
        health = self._met.health
        health.looks += 1
        health.lag_max_s = max(health.lag_max_s, record.lag_s)
        health.cpu_max = max(health.cpu_max, record.cpu)
        health.probe_cpu_max = max(health.probe_cpu_max, record.probe_cpu)
        before, self._looked_s = self._looked_s, record.at_s
        if record.cpu < CPU_FULL:
            self._full_since = None
        elif before is not None:
            self._full_since = before if self._full_since is None else self._full_since
            health.full_s = max(health.full_s, record.at_s - self._full_since)
        if not self._standing.ended:
            # Later looks count arrivals that were due while the load waited for its last ones.
            health.due, health.begun = record.due, sum(self._kinds[kind].begun for kind in _SCHEDULED)

    def closing(self, record: Closing) -> None:
        self._met.closed = True
        for kind, of in self._kinds.items():
            lasted_s = record.at_s - of.since_s
            if of.under_way and kind is not Kind.HELD and lasted_s > self._met.stall.lasted_s:
                self._met.stall = Stall(lasted_s, self._place)

    def result(self) -> Met:
        for begun, place, _ in self._under_way.values():
            self._odd(Odd.INDETERMINATE, place, begun.kind, begun.pool, "begun without an end")
        self._account_for_tries(refused=False)
        self._met.health.late = self._late
        self._met.connects = sum(self._met.census_connects)
        for kind, of in self._kinds.items():
            self._met.begun[kind], self._met.served[kind] = of.begun, of.served
        return self._met

    def _odd(self, odd: Odd, place: int, kind: Kind, pool: str, words: str) -> None:
        self._count(Oddity(odd, place, kind, pool, words), "")

    def _count(self, oddity: Oddity, said: str) -> None:
        oddities = self._met.oddities
        tally = oddities.get(oddity)
        if tally is None:
            if len(oddities) >= _MOST_ODDITIES:
                oddity = oddity._replace(place=0, pool="", words="many different ones")
            tally = oddities.setdefault(oddity, Tally(0, said))
        tally.count += 1

    def flaw(self, what: str) -> None:
        if len(self._met.flaws) < _MOST_FLAWS:
            self._met.flaws.append(what)
