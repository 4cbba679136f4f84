"""What a run tells while it goes: a closed union. Reports are made of these; nothing else leaves a lane."""

from dataclasses import dataclass, field

from harness.model.fault import Fault
from harness.runner.results import CellResult, ClientProvenance, Missing, Pending, Provenance, ServerProvenance


@dataclass(frozen=True, slots=True)
class RunBegan:
    """The first event. ``expected`` are the cases that are to have a verdict, as far as that is known before any server
    is up: each scenario stands for its own. ``options`` as in ``RunReport``; ``origin`` has no servers and clients yet.
    """

    origin: Provenance
    options: tuple[str, ...]
    expected: tuple[Pending, ...]


@dataclass(frozen=True, slots=True)
class LaneDoes:
    """A server's lane has begun something a person may wait for."""

    server: str
    text: str


@dataclass(frozen=True, slots=True)
class LanePlanned:
    """A server is up, and the cases for the clients ``of`` are known: ``pending``; ``count`` are all of the lane's."""

    server: ServerProvenance
    clients: tuple[ClientProvenance, ...]
    of: frozenset[str | None]
    pending: tuple[Pending, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A case has its verdict."""

    result: CellResult


@dataclass(frozen=True, slots=True)
class BuildMissing:
    """A server or a client is not available; what is left goes on."""

    missing: Missing


@dataclass(frozen=True, slots=True)
class Faulted:
    """There was a malfunction. It is told when it is first met; what it cost is in the report."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class LaneFailed:
    """A lane met a malfunction that leaves its open cases without a verdict; the other lanes go on."""

    server: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class LaneEnded:
    """A lane is through. ``spent_s`` is where its time went, by kind of work, ``spent_by_theme_s`` by theme."""

    server: str
    spent_s: dict[str, float]
    spent_by_theme_s: dict[str, float] = field(default_factory=dict)


Event = RunBegan | LaneDoes | LanePlanned | Judged | BuildMissing | Faulted | LaneFailed | LaneEnded
