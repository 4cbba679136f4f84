"""What a run tells while it goes: a closed union. Reports are made of these; nothing else leaves a lane."""

from dataclasses import dataclass

from harness.runner.results import CellResult, ClientProvenance, Missing, ServerProvenance


@dataclass(frozen=True, slots=True)
class LaneDoes:
    """A server's lane has begun something a person may wait for."""

    server: str
    text: str


@dataclass(frozen=True, slots=True)
class LanePlanned:
    """A server is up and its cases are known."""

    server: ServerProvenance
    clients: tuple[ClientProvenance, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A case has its verdict."""

    result: CellResult


@dataclass(frozen=True, slots=True)
class BuildMissing:
    """A server or a client cannot be had; what is left goes on."""

    missing: Missing


@dataclass(frozen=True, slots=True)
class LaneEnded:
    """A lane is through. ``spent_s`` is where its time went, by kind of work."""

    server: str
    spent_s: dict[str, float]


@dataclass(frozen=True, slots=True)
class LaneFailed:
    """A lane met a fault of the harness or its surroundings; the run ends."""

    server: str
    error: Exception


Event = LaneDoes | LanePlanned | Judged | BuildMissing | LaneEnded | LaneFailed
