"""Where a pool records what it does, before and after it does it."""

from typing import Protocol

from harness.model.history import Failed, Kind, Served, Why


class Recorder(Protocol):
    """Takes an attempt's beginning before the attempt is dispatched, and its end. Safe between threads."""

    def begin(self, kind: Kind, *, pool: str = "", material: str | None = None, intended_s: float | None = None) -> int:
        """An attempt is about to be dispatched; its number. ``intended_s`` None: it was not on a schedule."""

    def end(self, number: int, result: Served | Failed, *, asked: int = 1) -> None:
        """The attempt of that number has its result, after ``asked`` queries came back."""

    def closed(self, pool: str, connection_id: int, material: str, why: Why) -> None:
        """A pool has closed a connection."""
