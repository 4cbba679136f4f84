"""A malfunction, as a value: of the harness, of its surroundings, or of a client."""

from dataclasses import dataclass

from harness.errors import HarnessError, surroundings, trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What went wrong, with whom, and what it cost.

    ``server`` and ``client`` are those it was met with, where it concerns one. ``detail`` are raw lines (a log's end, a
    probe's last words), ``traceback`` the places that an exception of our own came through. ``cases`` are the ids of
    those that FAIL or are INCONCLUSIVE because of it, each once.
    """

    what: str
    remedy: str
    server: str | None = None
    client: str | None = None
    detail: tuple[str, ...] = ()
    traceback: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: Exception, *, server: str | None = None, client: str | None = None) -> "Fault":
        """``error`` as a fault: of the harness or its surroundings, or else a defect of dbtls."""
        if isinstance(error, OSError):
            error = surroundings(error)
        if isinstance(error, HarnessError):
            return cls(what=str(error), remedy=error.remedy, server=server, client=client, detail=error.detail)
        return cls(
            what=f"a defect of dbtls: {type(error).__name__}: {error}",
            remedy="please report it, with the traceback of the JSON report",
            server=server,
            client=client,
            traceback=trace(error),
        )

    @property
    def place(self) -> str:
        """What it was met with, for a reader: server and client, or what is known of them."""
        return " ".join(name for name in (self.server, self.client) if name is not None)
