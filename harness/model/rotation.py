"""A rotation: what is exchanged at a client under load, how it is published, and what may be broken on purpose."""

from dataclasses import dataclass
from enum import Enum


class What(Enum):
    """What is exchanged. The first three are key material, the others configuration alone."""

    LEAF = "leaf"
    """The client's certificate and key."""
    AUTHORITY = "authority"
    """Whom the client trusts: old and new, then the server's certificate follows, then the new alone."""
    BOTH = "both"
    CONFIGDB = "configdb"
    """A property of configdb.properties: the configDB's pools move, and no other."""
    SETTINGS = "settings"
    """Limits of the pools: nobody moves."""

    @property
    def moves_leaf(self) -> bool:
        return self in {What.LEAF, What.BOTH}

    @property
    def moves_authority(self) -> bool:
        return self in {What.AUTHORITY, What.BOTH}


class How(Enum):
    """The guide's three ways to bring new stores to a running client."""

    NEW_URL = "new-url"
    """New files, their URLs in dbconnector.yaml, a reload."""
    IN_PLACE = "in-place"
    """The files that are there change, a reload."""
    ADD_THEN_DELETE = "add-then-delete"
    """The new is added to the files that are there, the old deleted later; no reload: maxLifeTime replaces."""

    @property
    def reloads(self) -> bool:
        return self is not How.ADD_THEN_DELETE


class Pools(Enum):
    """Whose connection pools the load uses."""

    REFERENCE = "reference"
    HIKARICP = "hikaricp"
    """HikariCP in the client's own process; a reload is its softEvictConnections."""


class Control(Enum):
    """Negative controls: one thing broken on purpose, which the judge must find."""

    KILLS_WORK_IN_HAND = "kills-work-in-hand"
    """A reload closes connections that are lent."""
    DROPS_IDLE = "drops-idle"
    """A reload forgets idle connections without closing them."""
    CREATE_ESCAPES = "create-escapes"
    """A connection that was being made during the reload is lent after it."""
    FLAG_OUTSIDE_LOCK = "flag-outside-lock"
    """Whether a connection is of an old generation is looked at before the lock is taken."""
    OLD_CONTEXT_POOL = "old-context-pool"
    """A context's pool that was destroyed as empty comes back with the properties from before the reload."""
    PLAINTEXT_DOWNGRADE = "plaintext-downgrade"
    """A dbconnector.yaml that does not parse is only logged, and the defaults (useSSL=false) apply."""
    RELOAD_DOES_NOTHING = "reload-does-nothing"
    """The reload says that it is done, and nothing moves."""
    SILENT_RETRY = "silent-retry"
    """The driver connects again by itself and does not say so."""
    KEY_BEFORE_CERTIFICATE = "key-before-certificate"
    """The new key is published, and its certificate a moment later."""
    KEY_MISMATCH = "key-mismatch"
    """The published key is another certificate's."""
    AUTHORITY_TOO_EARLY = "authority-too-early"
    """The old authority is retired before the server's certificate is by the new one."""
    LOAD_STALLS = "load-stalls"
    """The load generator stands still for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Arrivals for each new connection: check-outs, and check-outs that are held for ``hold_s`` seconds."""

    check_outs: float = 0.25
    held: float = 0.02
    hold_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a rotation under load was to be: all that its judge needs beside what happened. Times in seconds.

    ``rate`` is new connections a second. ``drain_s`` is how long after a step the last connection of an old generation
    may still live; ``at_least`` how many successes each generation needs. ``server_moves`` False: this server cannot
    reload, so the client's trust changes alone.
    """

    what: What
    how: How
    stores: str
    rotations: int
    rate: float
    mix: Mix
    duration_s: float
    max_life_time_s: float
    drain_s: float
    at_least: int
    server_moves: bool
    control: Control | None = None
