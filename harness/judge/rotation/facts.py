"""Facts: what is known of a history once every writer's records have been gone through once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from harness.history.stored import Flaw
from harness.judge.rotation.conductor import ConductorRecord
from harness.model.history import Act, ActKind, Closed, Failure, Kind, Why
from harness.model.rotation import Terms

NEVER = 1 << 62
"""A place that no course reaches."""


class AnomalyKind(Enum):
    """What can be wrong with attempts, or worth a checker's look."""

    FAILED = "failed"
    REFUSED_TRY = "refused try"
    """Failed as part of a reload that then said that it refuses."""
    INDETERMINATE = "indeterminate"
    IN_THE_CLEAR = "in the clear"
    FOREIGN_MATERIAL = "foreign material"
    FOREIGN_ACCOUNT = "foreign account"
    FOREIGN_SERIAL = "foreign serial"
    RETIRED = "retired"
    NOT_MOVED = "not moved"
    """On a connection from before a reload that its pool was notified of."""


class Anomaly(NamedTuple):
    """Attempts that are alike: ``words`` say what happened, at the ``place`` of the act nearest to its cause."""

    what: AnomalyKind
    place: int
    kind: Kind
    pool: str
    words: str


@dataclass(slots=True)
class Tally:
    """How many, and the driver's own words of the first."""

    count: int
    said: str


@dataclass(slots=True)
class Use:
    """What one worker did with one material. Times are the worker's; ``generation`` None: nobody declared it.

    From ``retired_from`` on, a place, it must not be used by attempts that begin after ``retired_s``; ``superseded_s``
    is when what retires it was published. ``client_serial`` is that of its leaf, as it was declared.
    """

    generation: int | None
    account: str | None
    client_serial: int | None = None
    served: int = 0
    connects: int = 0
    pools: set[str] = field(default_factory=set)
    first_connect_s: float | None = None
    first_pooled_s: float | None = None
    last_use_s: float | None = None
    published_s: float | None = None
    superseded_s: float | None = None
    superseded_from: int = NEVER
    retired_from: int = NEVER
    retired_s: float = 0.0
    drained: int = 0


@dataclass(frozen=True, slots=True)
class Stall:
    """Attempts of a kind were under way for ``lasted_s``, and none of it ended; ``place`` is that of its end."""

    lasted_s: float
    place: int


@dataclass(slots=True)
class Health:
    """A worker's own figures: longest lag, most cores, the longest time on end with its core full, seconds.

    ``due`` and ``begun`` are scheduled arrivals at the last look before the load ended; ``late`` those begun much later
    than they were intended.
    """

    looks: int = 0
    lag_max_s: float = 0.0
    cpu_max: float = 0.0
    probe_cpu_max: float = 0.0
    full_s: float = 0.0
    due: int = 0
    begun: int = 0
    late: int = 0


class Pooled(NamedTuple):
    """A pool's connection that is open by the client's own record; ``place`` is where its opening began."""

    pool: str
    material: str
    place: int


class ClosedAt(NamedTuple):
    """Closes that are alike."""

    place: int
    pool: str
    why: Why


@dataclass(slots=True, kw_only=True)
class WorkerSummary:
    """What one worker's records come to, in its own order."""

    writer: str
    uses: dict[str, Use]
    census_connects: list[int]
    """Connects that began before each census, behind the one before it; then those behind the last."""
    acts: list[Act] = field(default_factory=list)
    begun: Counter[Kind] = field(default_factory=Counter)
    served: Counter[Kind] = field(default_factory=Counter)
    anomalies: dict[Anomaly, Tally] = field(default_factory=dict)
    flaws: list[str] = field(default_factory=list)
    connects: int = 0
    """Connects of whatever kind that began with the load or after."""
    connects_failed: int = 0
    served_connects: Counter[int] = field(default_factory=Counter)
    """Connects of the load's own that were served, by the place where they began."""
    serials_seen: Counter[int] = field(default_factory=Counter)
    """Connects that began after each change of the server and were shown its new serial."""
    blind: int = 0
    """Connects whose driver cannot see the server's certificate."""
    open: dict[int, Pooled] = field(default_factory=dict)
    closes: Counter[ClosedAt] = field(default_factory=Counter)
    unproved: int = 0
    """Connects of a generation without an account of its own, whose driver does not say what it presented."""
    undrained: list[tuple[int, Closed]] = field(default_factory=list)
    """Of retired generations, closed by nothing but the end of the client; with their places."""
    open_at_reload: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Connections of each pool that were open when a reload began, by the place of its end."""
    stall: Stall = Stall(0.0, 0)
    health: Health = field(default_factory=Health)
    closed: bool = False
    """Whether there is a closing line."""

    def time_of(self, kind: ActKind) -> float | None:
        """When it met the first act of that kind."""
        return next((act.at_s for act in self.acts if act.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that checkers ask."""

    terms: Terms
    conductor: ConductorRecord
    workers: tuple[WorkerSummary, ...]
    flaws: tuple[Flaw, ...]

    def step(self, place: int) -> str:
        """The step of a place."""
        return self.conductor.step(place)

    def anomalies(self, *wanted: AnomalyKind) -> list[tuple[Anomaly, Tally]]:
        """What there is of those, of all workers, the earliest place first."""
        merged: dict[Anomaly, Tally] = {}
        for worker in self.workers:
            for anomaly, tally in worker.anomalies.items():
                if anomaly.what in wanted:
                    before = merged.setdefault(anomaly, Tally(0, tally.said))
                    before.count += tally.count
        return sorted(merged.items(), key=lambda item: item[0].place)

    def uses(self, number: int) -> Iterator[tuple[WorkerSummary, Use]]:
        """What each worker did with that generation."""
        for worker in self.workers:
            for use in worker.uses.values():
                if use.generation == number:
                    yield worker, use

    @property
    def attempts(self) -> int:
        return sum(sum(worker.begun.values()) for worker in self.workers)

    @property
    def served(self) -> int:
        return sum(sum(worker.served.values()) for worker in self.workers)

    @property
    def lag_max_s(self) -> float:
        return max((worker.health.lag_max_s for worker in self.workers), default=0.0)


def failure_words(how: Failure, by: str | None, causes: tuple[str, ...]) -> str:
    """How an attempt failed: «refused by the server: access-denied»."""
    whom = f" by the {by}" if by else ""
    return f"{how.value}{whom}" + (f": {' or '.join(causes)}" if causes else "")
