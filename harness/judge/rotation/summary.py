"""The summary of a worker's records, made in one pass; only what is under way and each generation stays in memory."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from harness.judge.rotation.conductor import ConductorRecord
from harness.judge.rotation.facts import (
    Anomaly,
    AnomalyKind,
    ClosedAt,
    Pooled,
    Stall,
    Tally,
    Use,
    WorkerSummary,
    failure_words,
)
from harness.judge.rotation.in_force import InForce
from harness.model import history
from harness.model.history import Act, ActKind, Begun, Closed, Closing, Ended, Failed, Kind, Record, Served, Why
from harness.model.rotation import Terms

LATE_S = 0.25
"""An arrival that begins so long after it was intended is late: as long as a few whole connections take."""
CPU_FULL = 0.9
"""Of one core: a worker is one thread, and has no more."""
_MOST_FLAWS = 20
_MOST_ANOMALIES = 2000
"""Of a worker: attempts are counted by what they have in common, and garbage has nothing in common."""

_SCHEDULED = (Kind.CONNECT, Kind.CHECK_OUT, Kind.HELD)


def summarize(writer: str, records: Iterable[Record], conductor: ConductorRecord, terms: Terms) -> WorkerSummary:
    """Summarize ``records`` of the worker ``writer``."""
    builder = _SummaryBuilder(writer, conductor, terms)
    take = {
        Begun: builder.begun,
        Ended: builder.ended,
        Closed: builder.closed,
        Act: builder.act,
        history.Health: builder.health,
        Closing: builder.closing,
    }
    for record in records:
        do = take.get(type(record))
        if do is not None:
            do(record)  # type: ignore[operator]  # mypy cannot pair a type with its own method
    return builder.result()


@dataclass(slots=True)
class _OfKind:
    """Attempts of a kind so far; those ``under_way`` now, and since when none of them has ended."""

    connects: bool
    begun: int = 0
    served: int = 0
    under_way: int = 0
    since_s: float = 0.0


class _SummaryBuilder:
    def __init__(self, writer: str, conductor: ConductorRecord, terms: Terms) -> None:
        self._times = [*(counted.census.at_s for counted in conductor.counts), math.inf]
        self._next_census_s = self._times[0]
        self._following = 0
        self._worker = WorkerSummary(
            writer=writer,
            uses={each.material: Use(each.number, each.account, each.client_serial) for each in conductor.generations},
            census_connects=[0] * len(self._times),
        )
        self._in_force = InForce(self._worker, conductor, terms)
        # The standing's, at hand.
        self._place = self._changed = 0
        self._serial = conductor.serials[0]
        # number -> (the record of its begin, the place there, changes of the server by then)
        self._under_way: dict[int, tuple[Begun, int, int]] = {}
        self._last_number = 0
        self._kinds = {kind: _OfKind(kind.connects) for kind in Kind}
        self._stall_s = 0.0
        self._late = 0
        self._tries: list[tuple[Anomaly, str]] = []
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
            self._worker.census_connects[self._following] += 1
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
            self._worker.stall = Stall(stalled_s, self._place)
        of.since_s = ended_s
        of.under_way -= 1
        if type(result) is Served:
            of.served += 1
            self._served(begun, ended_s, result)
        elif type(result) is Failed:
            self._failed(begun, result)

    def _served(self, begun: tuple[Begun, int, int], ended_s: float, served: Served) -> None:
        (_, kind, pool, handed, _, begun_s), place, changed = begun
        worker = self._worker
        use = worker.uses.get(served.material)
        if use is None:
            use = worker.uses[served.material] = Use(None, None)
        use.served += 1
        use.last_use_s = ended_s
        if use.generation is None:
            self._note(AnomalyKind.FOREIGN_MATERIAL, place, kind, pool, "material that nobody had declared")
        elif use.account is not None and use.account != served.account:
            words = f"generation {use.generation}, let in as {served.account}, not as {use.account}"
            self._note(AnomalyKind.FOREIGN_ACCOUNT, place, kind, pool, words)
        elif use.client_serial is not None and served.client_serial not in {None, use.client_serial}:
            words = f"generation {use.generation}, and another's certificate was presented"
            self._note(AnomalyKind.FOREIGN_MATERIAL, place, kind, pool, words)
        if served.version == "":
            self._note(AnomalyKind.IN_THE_CLEAR, self._place, kind, pool, "no TLS")
        if place >= use.retired_from and begun_s > use.retired_s:
            self._note(AnomalyKind.RETIRED, use.retired_from, kind, pool, f"generation {use.generation}")
        if handed is not None:
            if handed != served.material:
                self._other_material(handed, use, served, place, kind, pool)
            if use.account is None and use.client_serial is not None and served.client_serial is None:
                worker.unproved += 1
            if served.server_serial == self._serial and changed == self._changed:
                worker.serials_seen[changed] += 1
            else:
                self._other_serial(served.server_serial, changed, place, kind, pool)
            if kind is Kind.CONNECT:
                use.connects += 1
                worker.served_connects[place] += 1
                if use.first_connect_s is None:
                    use.first_connect_s = ended_s
            elif kind is Kind.OPEN:
                use.pools.add(pool)
                # What a pool opened before the load answers no publication.
                if use.first_pooled_s is None and place:
                    use.first_pooled_s = ended_s
                worker.open[served.connection_id] = Pooled(pool, served.material, place)
        else:
            use.pools.add(pool)
            if served.server_serial is not None and served.server_serial not in self._in_force.known_serials:
                self._note(
                    AnomalyKind.FOREIGN_SERIAL, place, kind, pool, "a server's certificate that nobody had announced"
                )
            told = self._in_force.told.get(pool)
            if told is not None and place >= told[1] and use.retired_from > place:
                opened = worker.open.get(served.connection_id)
                if opened is not None and opened.place < told[0]:
                    self._note(AnomalyKind.NOT_MOVED, told[1], kind, pool, "a connection from before the reload")

    def _other_material(self, handed: str, use: Use, served: Served, place: int, kind: Kind, pool: str) -> None:
        """A driver that reads its stores itself may find newer ones than there were before; never older ones."""
        there = self._worker.uses.get(handed)
        if use.generation is None:
            return  # odd enough
        if there is None or there.generation is None or served.client_serial is None:
            self._note(AnomalyKind.FOREIGN_MATERIAL, place, kind, pool, "other material than was handed to the driver")
        elif use.generation < there.generation:
            words = f"generation {use.generation}, where the stores held generation {there.generation}"
            self._note(AnomalyKind.FOREIGN_MATERIAL, place, kind, pool, words)

    def _other_serial(self, seen: int | None, changed: int, place: int, kind: Kind, pool: str) -> None:
        """What a connect was shown: what the server had at its begin, or came to have before its end."""
        serials = self._in_force.serials
        if seen is None:
            self._worker.blind += 1
        elif seen in serials[changed : changed + 1]:
            self._worker.serials_seen[changed] += 1
        elif seen not in serials[changed : self._in_force.changing + 1]:
            old = seen in serials[:changed]
            words = "the server's old certificate" if old else "a server's certificate that nobody had announced"
            self._note(AnomalyKind.FOREIGN_SERIAL, place, kind, pool, words)

    def _failed(self, begun: tuple[Begun, int, int], failed: Failed) -> None:
        (_, kind, pool, _, _, _), _, _ = begun
        if kind.connects and self._place:
            self._worker.connects_failed += 1
        words = failure_words(failed.how, failed.by, failed.causes)
        # What happened between begin and end is nearer to the cause than what was there at the begin.
        anomaly = Anomaly(AnomalyKind.FAILED, self._place, kind, pool, words)
        if kind is Kind.TRY and self._in_force.reloading is not None:
            self._tries.append((anomaly, failed.said))
        else:
            self._count(anomaly, failed.said)

    def closed(self, record: Closed) -> None:
        worker = self._worker
        worker.open.pop(record.connection_id, None)
        worker.closes[ClosedAt(self._place, record.pool, record.why)] += 1
        use = worker.uses.get(record.material)
        if use is None or self._place < use.superseded_from:
            return
        if record.why is not Why.SHUTDOWN:
            use.drained += 1
        elif self._place >= use.retired_from:
            worker.undrained.append((use.retired_from, record))

    def act(self, record: Act) -> None:
        self._in_force.act(record)
        self._place, self._changed = self._in_force.place, self._in_force.changed
        self._serial = self._in_force.serials[min(self._changed, len(self._in_force.serials) - 1)]
        if record.kind is ActKind.RELOADED:
            self._account_for_tries(refused=bool(record.refused))

    def _account_for_tries(self, *, refused: bool) -> None:
        """Those that failed in a reload, now that it is known what the reload made of it."""
        tries, self._tries = self._tries, []
        for anomaly, said in tries:
            self._count(anomaly._replace(what=AnomalyKind.REFUSED_TRY) if refused else anomaly, said)

    def health(self, record: history.Health) -> None:
        health = self._worker.health
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
        if not self._in_force.ended:
            # Later looks count arrivals that were due while the load waited for its last ones.
            health.due, health.begun = record.due, sum(self._kinds[kind].begun for kind in _SCHEDULED)

    def closing(self, record: Closing) -> None:
        self._worker.closed = True
        for kind, of in self._kinds.items():
            lasted_s = record.at_s - of.since_s
            if of.under_way and kind is not Kind.HELD and lasted_s > self._worker.stall.lasted_s:
                self._worker.stall = Stall(lasted_s, self._place)

    def result(self) -> WorkerSummary:
        for begun, place, _ in self._under_way.values():
            self._note(AnomalyKind.INDETERMINATE, place, begun.kind, begun.pool, "begun without an end")
        self._account_for_tries(refused=False)
        self._worker.health.late = self._late
        self._worker.connects = sum(self._worker.census_connects)
        for kind, of in self._kinds.items():
            self._worker.begun[kind], self._worker.served[kind] = of.begun, of.served
        return self._worker

    def _note(self, what: AnomalyKind, place: int, kind: Kind, pool: str, words: str) -> None:
        self._count(Anomaly(what, place, kind, pool, words), "")

    def _count(self, anomaly: Anomaly, said: str) -> None:
        anomalies = self._worker.anomalies
        tally = anomalies.get(anomaly)
        if tally is None:
            if len(anomalies) >= _MOST_ANOMALIES:
                anomaly = anomaly._replace(place=0, pool="", words="many different ones")
            tally = anomalies.setdefault(anomaly, Tally(0, said))
        tally.count += 1

    def flaw(self, what: str) -> None:
        if len(self._worker.flaws) < _MOST_FLAWS:
            self._worker.flaws.append(what)
