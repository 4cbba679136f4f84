"""What a judge finds in the history of a rotation under load: findings, figures, and the verdict that they come to.

Terms: a *stall* is a stretch of time in which attempts were under way and none of a kind ended; *first use* of a
generation is the first end of a connect with its material; *last use* the last end of an attempt, of whatever kind, on
a connection that was opened with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.history import Kind
from harness.model.rotation import Terms
from harness.model.verdict import Status, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one checker found. ``step`` is the act that it is about («rotation 2: old authority retired»), or ''."""

    checker: str
    status: Status
    reason: str
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationFigures:
    """How one generation came and went. Times in seconds from the moment its publication began; None: never seen.

    ``first_connect_s`` is the first connection of the load's own with it, ``first_pooled_s`` the first that a pool
    opened; ``last_use_s`` counts from the moment that the generation which retires it was published. ``drained`` are
    connections of it that pools closed after that.
    """

    number: int
    rotation: int
    served: int
    first_connect_s: float | None
    first_pooled_s: float | None
    last_use_s: float | None
    drained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts and times of a run. ``bound`` is 3/n for n successes without a failure (95 %), None with one.

    ``reached`` is new connections a second, begun, over the scheduled time, of ``asked``; ``longest_stall_s`` and its
    ``stalled_at`` step; ``reload_s`` the longest from reload sent to reload returned at clients; ``server_change_s`` at
    the server. ``server_connections`` is what the server counted of the load's, ``client_connections`` what the load
    began.
    """

    attempts: Mapping[Kind, int]
    served: Mapping[Kind, int]
    failures: Mapping[str, int]
    indeterminate: int
    bound: float | None
    asked: float
    reached: float
    longest_stall_s: float
    stalled_at: str
    lag_max_s: float
    cpu_max: float
    probe_cpu_max: float
    peak_connections: int
    client_connections: int
    server_connections: int | None
    reload_s: float | None
    server_change_s: float | None
    generations: tuple[GenerationFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The server's sessions at a time since the load began, in seconds, by generation; None: of no generation."""

    at_s: float
    sessions: Mapping[int | None, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An act, for a picture: when, since the load began, in seconds, and what."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """All that is found in a history. ``findings`` has one of each checker, the worst of which is the verdict."""

    terms: Terms
    provenance: Mapping[str, str]
    verdict: Verdict
    findings: tuple[Finding, ...]
    figures: Figures
    moments: tuple[Moment, ...]
    marks: tuple[Mark, ...]
