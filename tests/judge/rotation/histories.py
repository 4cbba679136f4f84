"""Histories for the judge, written line by line: a small run that is as it should be, and places to disturb it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from harness.history.stored import Flaw
from harness.model.history import (
    HISTORY,
    Act,
    ActKind,
    Begun,
    Census,
    Closed,
    Closing,
    Ended,
    Failed,
    Failure,
    Generation,
    Health,
    Kind,
    Opening,
    Record,
    Served,
    Why,
)
from harness.model.rotation import How, Mix, Terms, What

POOLS = ("configdb-read", "configdb-write", "context-1")
LOAD = "load"
PUBLISHED = "rotation 1: new leaf published"
WIDENED = "rotation 1: trust widened published"
FOLLOWS = "rotation 1: server's certificate by the new authority"
RETIRED = "rotation 1: old authority retired"
END = "load ends"
DENIED = Failed(Failure.REFUSED, "server", ("access-denied",), "OperationalError [28000/1045]: Access denied")
_STEP_S = 0.01


def terms(**changed: object) -> Terms:
    """A leaf, in place; a rate that a small history reaches."""
    told: dict[str, object] = {
        "what": What.LEAF,
        "how": How.IN_PLACE,
        "stores": "pem",
        "rotations": 1,
        "rate": 5.0,
        "mix": Mix(hold_s=0.5),
        "duration_s": 2.0,
        "max_life_time_s": 600.0,
        "drain_s": 3.0,
        "at_least": 3,
        "server_moves": False,
    }
    return Terms(**(told | changed))  # type: ignore[arg-type]  # any field, by its name


@dataclass(kw_only=True)
class Run:
    """A history in the making, and a ``harness.history.stored.History``: one conductor, and by default one worker.

    Every line takes 10 ms. Each writer's clock has a zero of its own: the conductor's is the worker's, 1,000 s ahead
    where ``skewed``.
    """

    terms: Terms = field(default_factory=terms)
    provenance: Mapping[str, str] = field(default_factory=dict)
    flaws: tuple[Flaw, ...] = ()
    conducted: list[Record] = field(default_factory=list)
    worker: list[Record] = field(default_factory=list)
    now_s: float = 100.0
    skew_s: float = 0.0
    connections: int = 0
    own: int = 1
    serial: int | None = 1000
    presented: bool = False
    """No accounts of leaves: the driver says what it presented, and generations are declared with that."""
    _number: int = 0
    _sessions: dict[int, tuple[str, int]] = field(default_factory=dict)
    _due: int = 0

    def __post_init__(self) -> None:
        self.conducted.append(Opening(HISTORY, "conductor", {}, {}))
        self.worker.append(Opening(HISTORY, "w1"))

    @property
    def conductor(self) -> tuple[Record, ...]:
        return tuple(self.conducted)

    @property
    def workers(self) -> Mapping[str, Iterable[Record]]:
        return {"w1": self.worker}

    def passes(self, seconds: float = _STEP_S) -> None:
        self.now_s += seconds

    def declares(self, number: int, *retires: int, account: str | None = "", rotation: int = 1) -> None:
        told = f"a{number}" if account == "" else account
        serial = number if self.presented else None
        if self.presented:
            told = None
        self.conducted.append(Generation(number, 0 if number == 1 else rotation, f"m{number}", told, retires, serial))

    def act(
        self,
        kind: ActKind,
        step: str,
        *,
        rotation: int = 1,
        generation: int | None = None,
        told: tuple[str, ...] = (),
        refused: str = "",
        serial: int | None = None,
    ) -> None:
        """In both files."""
        self.passes()
        act = Act(kind, self.now_s, rotation, step, generation, serial, told, refused)
        self.conducted.append(act)
        self.worker.append(act._replace(at_s=self.now_s + self.skew_s))

    def begin(self, kind: Kind, pool: str = "", *, material: str | None = None, late_s: float = 0.0) -> int:
        self.passes()
        self._number += 1
        at_s = self.now_s + self.skew_s
        self.worker.append(Begun(self._number, kind, pool, material, at_s - late_s, at_s))
        if kind.connects:
            self.connections += 1
        if kind in {Kind.CONNECT, Kind.CHECK_OUT, Kind.HELD}:
            self._due += 1
        return self._number

    def end(self, number: int, result: Served | Failed) -> None:
        self.passes()
        self.worker.append(Ended(number, self.now_s + self.skew_s, 1 if isinstance(result, Served) else 0, result))

    def served(self, generation: int, **changed: object) -> Served:
        """What an attempt on that generation comes to."""
        account, serial = ("a", generation) if self.presented else (f"a{generation}", None)
        told = Served(account, 7 + self.connections, "TLSv1.3", "AES", self.serial, f"m{generation}", serial)
        return told._replace(**changed)  # type: ignore[arg-type]  # any field, by its name

    def connect(self, generation: int, *, times: int = 1, found: int | None = None, **changed: object) -> None:
        """``found`` is the generation that the stores held when the driver was asked to connect, if another."""
        for _ in range(times):
            number = self.begin(Kind.CONNECT, material=f"m{found or generation}")
            self.end(number, self.served(generation, **changed))

    def tries(self, generation: int, failed: Failed | None = None) -> None:
        number = self.begin(Kind.TRY, material=f"m{generation}")
        self.end(number, failed or self.served(generation))

    def opens(self, pool: str, generation: int, **changed: object) -> int:
        """The connection's id."""
        number = self.begin(Kind.OPEN, pool, material=f"m{generation}")
        served = self.served(generation, **changed)
        self._sessions[served.connection_id] = (pool, generation)
        self.end(number, served)
        return served.connection_id

    def check_out(self, connection: int, *, kind: Kind = Kind.CHECK_OUT, **changed: object) -> None:
        pool, generation = self._sessions[connection]
        number = self.begin(kind, pool)
        self.end(number, self.served(generation, **{"connection_id": connection, **changed}))

    def fails(self, kind: Kind = Kind.CONNECT, pool: str = "", failed: Failed = DENIED) -> None:
        self.end(self.begin(kind, pool, material="m1" if kind.connects else None), failed)

    def closes(self, *connections: int, why: Why = Why.RELOAD) -> None:
        for connection in connections:
            pool, generation = self._sessions.pop(connection)
            self.passes()
            self.worker.append(Closed(pool, connection, f"m{generation}", self.now_s + self.skew_s, why))

    def use_pools(self, generation: int) -> tuple[int, ...]:
        """Each pool opens a connection, and lends it."""
        opened = tuple(self.opens(pool, generation) for pool in POOLS)
        for connection in opened:
            self.check_out(connection)
        return opened

    def census(self, sessions: Mapping[str, int] | None = None, *, surplus: int = 0) -> None:
        """As the client has it, unless it is told otherwise."""
        self.passes()
        if sessions is None:
            held = [f"a{generation}" for _, generation in self._sessions.values()]
            sessions = {account: held.count(account) for account in held}
        self.connections += surplus
        self.own += 1
        counters = {"Connections": 50 + self.connections + self.own, "Aborted_connects": surplus}
        self.conducted.append(Census(self.now_s, dict(sessions), counters, self.own))

    def health(self, *, cpu: float = 0.3, lag_s: float = 0.01, missed: int = 0) -> None:
        self.passes()
        self.worker.append(Health(self.now_s + self.skew_s, cpu, 0.2, self._due + missed, lag_s))

    def begins(self, **changed: object) -> None:
        self.census()
        self.declares(1, **changed)  # type: ignore[arg-type]  # any argument, by its name
        self.act(ActKind.BEGIN, LOAD, rotation=0, generation=1, serial=self.serial)

    def publishes(self, generation: int | None, step: str, *, rotation: int = 1) -> None:
        self.act(ActKind.PUBLISHING, step, generation=generation, rotation=rotation)
        self.act(ActKind.PUBLISHED, step, generation=generation, rotation=rotation)

    def ends(self, *, sessions: Mapping[str, int] | None = None) -> None:
        """Everything is closed."""
        self.health()
        self.act(ActKind.END, END, rotation=0)
        self.closes(*self._sessions, why=Why.SHUTDOWN)
        self.passes()
        self.worker.append(Closing(self.now_s + self.skew_s, self._number))
        self.census(sessions)
        self.conducted.append(Closing(self.now_s, 0, {"w1": self._number}))


Then = Callable[[Run], object]


def nothing(_: Run) -> None:
    """Nothing more."""


def leaf(
    *,
    run: Run | None = None,
    loaded: Then = nothing,
    published: Then = nothing,
    reloading: Then = nothing,
    reloaded: Then = nothing,
    last: Then = nothing,
    connects: tuple[int, int] = (4, 4),
    **told: object,
) -> Run:
    """A new leaf in place, and a reload; more happens where it is told so."""
    run = run or Run()
    run.begins()
    run.connect(1, times=connects[0])
    old = run.use_pools(1)
    loaded(run)
    run.census()
    run.declares(2, 1)
    run.publishes(2, PUBLISHED)
    published(run)
    run.act(ActKind.RELOADING, PUBLISHED)
    run.tries(2)
    run.closes(*old)
    reloading(run)
    run.act(ActKind.RELOADED, PUBLISHED, **{"told": POOLS, **told})  # type: ignore[arg-type]  # as above
    run.connect(2, times=connects[1])
    run.use_pools(2)
    reloaded(run)
    run.census()
    last(run)
    run.ends()
    return run


def authority(
    *,
    run: Run | None = None,
    widened: Then = nothing,
    changing: Then = nothing,
    changed: Then = nothing,
    retired: Then = nothing,
    new_serial: int | None = 2000,
    after_change: int = 4,
) -> Run:
    """Trust widened, the server's certificate changed, the old authority retired; one account for all."""
    run = run or Run(terms=terms(what=What.AUTHORITY, server_moves=True))
    run.begins(account=None)
    run.connect(1, times=4)
    old = run.use_pools(1)
    run.declares(2, 1, account=None)
    run.publishes(2, WIDENED)
    run.act(ActKind.RELOADING, WIDENED)
    run.closes(*old)
    run.act(ActKind.RELOADED, WIDENED, told=POOLS)
    run.connect(2, times=4)
    old = run.use_pools(2)
    widened(run)
    run.act(ActKind.SERVER_CHANGING, FOLLOWS)
    changing(run)
    run.act(ActKind.SERVER_CHANGED, FOLLOWS, serial=new_serial)
    run.serial = new_serial
    run.connect(2, times=after_change)
    changed(run)
    run.declares(3, 2, account=None)
    run.publishes(3, RETIRED)
    run.act(ActKind.RELOADING, RETIRED)
    run.closes(*old)
    run.act(ActKind.RELOADED, RETIRED, told=POOLS)
    run.connect(3, times=after_change)
    run.use_pools(3)
    retired(run)
    run.ends()
    return run
