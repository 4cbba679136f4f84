"""A history: every attempt of a load, begun and ended, and every act of the rotation among them, as records.

Terms: an *attempt* is one use of the database by the load; it begins before it is dispatched and ends with a result,
and one that has no end is indeterminate. A *connect* is an attempt that makes a connection of its own at the server.
*Material* is what a client hands to its driver (whom it trusts, what it presents), told apart by a fingerprint; a
*generation* is a material that the conductor published, numbered from 1. An *act* is what the conductor or a
worker's client did to the system; acts stand among the attempts of each worker, in the order in which that worker met
them, so that no two clocks are compared. A *census* is what the server says of itself.

Each *writer* (the conductor, each worker) has a file of its own. Records are NamedTuples: a judge reads millions.
"""

from enum import Enum
from typing import NamedTuple

HISTORY = 1
"""The version of the format; ``harness.history.codec`` has the lines."""


class Kind(Enum):
    """What an attempt is."""

    CONNECT = "connect"
    """A connection of the load's own: opened with what is configured now, asked, closed."""
    OPEN = "open"
    """A pool opens a connection."""
    TRY = "try"
    """A reload tries the new configuration before it is used."""
    CHECK_OUT = "check-out"
    """Borrowed from a pool, asked once, given back."""
    HELD = "held"
    """Borrowed from a pool, asked again and again for some seconds, given back."""

    # Members are singletons. Enum's own hash is a function in Python, and a judge counts millions by their kind.
    __hash__ = object.__hash__

    @property
    def connects(self) -> bool:
        """Whether the attempt makes a connection at the server."""
        return self in {Kind.CONNECT, Kind.OPEN, Kind.TRY}


class Begun(NamedTuple):
    """An attempt is about to be dispatched. ``number`` counts one writer's attempts from 1; times are monotonic.

    ``intended_s`` is when the schedule wanted it; ``material`` what a connect hands to the driver, None for the others.
    """

    number: int
    kind: Kind
    pool: str
    material: str | None
    intended_s: float
    begun_s: float


class Failure(Enum):
    """How an attempt failed."""

    REFUSED = "refused"
    UNCLASSIFIED = "unclassified"
    """The driver's words are in no table."""
    HUNG = "hung"
    EXHAUSTED = "exhausted"
    """The pool had no connection to lend within maxWait."""


class Served(NamedTuple):
    """A query came back.

    ``account`` and ``connection_id`` are the server's answers to CURRENT_USER() and CONNECTION_ID(); ``version`` and
    ``cipher`` the driver's own view ('' in the clear, None where it cannot see), ``server_serial`` the certificate that
    it was shown (None: cannot see); ``material`` what this connection was opened with; ``client_serial`` the
    certificate that it presented, where the driver says so.
    """

    account: str
    connection_id: int
    version: str | None
    cipher: str | None
    server_serial: int | None
    material: str
    client_serial: int | None = None


class Failed(NamedTuple):
    """No query came back. ``by`` and ``causes`` are values of Side and Cause, ``said`` the driver's own words."""

    how: Failure
    by: str | None
    causes: tuple[str, ...]
    said: str


class Ended(NamedTuple):
    """An attempt has its result. ``asked`` is how many queries came back."""

    number: int
    ended_s: float
    asked: int
    result: Served | Failed


class Why(Enum):
    """Why a connection of a pool was closed."""

    RELOAD = "reload"
    LIFE_TIME = "life-time"
    IDLE_TIME = "idle-time"
    EXCESS = "excess"
    """More idle connections than maxIdle."""
    FAILED = "failed"
    SHUTDOWN = "shutdown"


class Closed(NamedTuple):
    """A pool has closed a connection."""

    pool: str
    connection_id: int
    material: str
    at_s: float
    why: Why


class ActKind(Enum):
    """What was done to the system."""

    BEGIN = "begin"
    """The load begins: the configuration is loaded, arrivals are scheduled from here."""
    PUBLISHING = "publishing"
    """New material is about to be written where the client will find it."""
    PUBLISHED = "published"
    """It is there."""
    RELOADING = "reloading"
    RELOADED = "reloaded"
    """The client says that it has; ``refused`` is its reason where it has not."""
    SERVER_CHANGING = "server-changing"
    SERVER_CHANGED = "server-changed"
    END = "end"
    """Arrivals end; what is under way may finish."""


class Act(NamedTuple):
    """Something was done. ``step`` is its name for a reader, without the kind: «rotation 3: old authority retired».

    ``generation`` is set by PUBLISHING and PUBLISHED, ``server_serial`` by BEGIN and SERVER_CHANGED; RELOADED has the
    pools that were ``told``, or ``refused``.
    """

    kind: ActKind
    at_s: float
    rotation: int
    step: str
    generation: int | None = None
    server_serial: int | None = None
    told: tuple[str, ...] = ()
    refused: str = ""


class Generation(NamedTuple):
    """A material, declared by the conductor before it is published.

    ``account`` is the one that demands its very leaf, which may be another generation's too (None: whoever is let in);
    ``rotation`` 0 is what the load begins with. ``retires`` are the generations that must not be used once this
    one is in force. ``client_serial`` is that of its leaf.
    """

    number: int
    rotation: int
    material: str
    account: str | None
    retires: tuple[int, ...]
    client_serial: int | None = None


class Census(NamedTuple):
    """What the server said at a moment: its connections by account, the harness's own left out, and its counters.

    ``own`` is how many connections the harness itself had made by then beside the load's.
    """

    at_s: float
    sessions: dict[str, int]
    counters: dict[str, int]
    own: int


class Health(NamedTuple):
    """What a worker says of itself, now and then.

    ``cpu`` and ``probe_cpu`` are cores in use since the last time, by the worker and by its client's probe; ``due`` how
    many arrivals the schedule has wanted so far, ``lag_s`` the longest wait from intended to actual start since then.
    """

    at_s: float
    cpu: float
    probe_cpu: float
    due: int
    lag_s: float


class Opening(NamedTuple):
    """The first line of a writer's file. ``terms`` and ``provenance`` are the conductor's alone to state."""

    version: int
    writer: str
    terms: "dict[str, object] | None" = None
    provenance: "dict[str, str] | None" = None


class Closing(NamedTuple):
    """The last line of a writer's file. ``begun`` counts its attempts, ``workers`` those of each worker."""

    at_s: float
    begun: int
    workers: "dict[str, int] | None" = None


Record = Begun | Ended | Closed | Act | Generation | Census | Health | Opening | Closing
