"""What a run came to: values that the reports read."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Literal, assert_never

from harness.exits import Exit
from harness.kinds.kind import Evidence
from harness.knowledge.rows import Known
from harness.model.fault import Fault
from harness.model.obstacle import Obstacle
from harness.model.verdict import Status, Verdict, exit_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A case that a run is to give a verdict, on one server with one client; None where none takes part.

    Before a scenario has made its cases, its own id stands for all of them.
    """

    id: str
    claim: str
    server: str
    client: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """One case on one server with one client, None where none takes part.

    ``case`` is itself as data (``harness.case.data``), where there is anything to carry out; ``outcome`` is what became
    of it in words; ``known`` the row that made its verdict KNOWN, ``unmeasured`` where that was measured if not on
    these versions, and ``divergences`` the heading of the list of its own that its theme has for those. ``faults`` are
    the malfunctions that its verdict is owed to.
    """

    id: str
    claim: str
    server: str
    client: str | None
    verdict: Verdict
    obstacle: Obstacle | None = None
    """Why it is SKIPPED, as reports count it."""
    expected: str = ""
    difference: str = ""
    outcome: str = ""
    case: Mapping[str, Any] | None = None
    known: Known | None = None
    unmeasured: str = ""
    divergences: str = ""
    proofs: tuple[Evidence, ...] = ()
    faults: tuple[Fault, ...] = ()
    duration_s: float = 0.0
    """From the case's own first attempt to its last; proofs of the good situation are shared and not counted."""

    @property
    def ends(self) -> tuple[str, ...]:
        """The server, and the client where one takes part."""
        return (self.server,) if self.client is None else (self.server, self.client)

    def rerun(self, options: Sequence[str]) -> str:
        """The command that runs just this case again; ``options`` are the run's, see ``RunReport.options``."""
        client = () if self.client is None else ("--client", self.client)
        chosen = ("--server", self.server, *client, "--scenario", self.id)
        return shlex.join(("dbtls", "run", *chosen, *options))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProvenance:
    """What a server said of itself in this run; ``product`` is what ranges of knowledge see in that."""

    name: str
    product: str
    image: str
    version: str
    tls_library: str
    protocols: tuple[str, ...]
    reload: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProvenance:
    """What a client's probe said of itself in this run; ``product`` as for servers."""

    name: str
    product: str
    driver: str
    runtime: str
    tls_library: str
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A server or client that was not available, why, and its last lines."""

    kind: Literal["server", "client"]
    name: str
    reason: str
    remedy: str
    detail: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What was run, where, with what, and when it began; ``shard`` is the part of the cases that it had: ``2/3``."""

    harness: str
    revision: str
    command: str
    engine: str
    python: str
    machine: str
    servers: tuple[ServerProvenance, ...]
    clients: tuple[ClientProvenance, ...]
    begun: datetime | None = None
    shard: str | None = None


class Ended(Enum):
    """How a run ended: by itself, or by whom before that."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    """By Ctrl-C."""
    TERMINATED = "terminated"
    """By SIGTERM."""
    FIRST_FAILURE = "first-failure"
    """By the first case that did not pass, as was asked for."""
    KILLED = "killed"
    """By what left it no time to say so: what it had streamed breaks off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """A whole run, or what there is of one that was ended before its end: ``not_reached`` is the rest.

    ``options`` are those that a case needs to be found again: other folders of servers, clients, scenarios.
    ``spent_s`` says where its time went, summed over the servers' lanes, by kind of work; ``spent_by_theme_s`` by
    theme, without what was no case's own: images, the first start, the harness's work.
    """

    results: tuple[CellResult, ...]
    missing: tuple[Missing, ...]
    faults: tuple[Fault, ...]
    not_reached: tuple[Pending, ...]
    ended: Ended
    options: tuple[str, ...]
    provenance: Provenance
    duration_s: float
    first_verdict_s: float | None
    spent_s: dict[str, float]
    spent_by_theme_s: dict[str, float] = field(default_factory=dict)

    def count(self, status: Status) -> int:
        return sum(result.verdict.status is status for result in self.results)

    def exit_code(self, *, allow_missing: bool) -> Exit:
        """How the run's command ends."""
        return exit_of(
            self.ended,
            {status: self.count(status) for status in Status},
            faults=bool(self.faults),
            missing=bool(self.missing) and not allow_missing,
        )


def exit_of(ended: Ended, counts: Mapping[Status, int], *, faults: bool, missing: bool, asked: bool = False) -> Exit:
    """The worst of: ended before its end, a fault, a case failed, inconclusive, passed.

    Inconclusive: a case was, a build was ``missing``, or nothing was proved. ``asked``: there is something that was to
    count as a failure and is none.
    """
    match ended:
        case Ended.INTERRUPTED:
            return Exit.INTERRUPTED
        case Ended.TERMINATED:
            return Exit.TERMINATED
        case Ended.KILLED:
            return Exit.FAULT
        case Ended.FINISHED | Ended.FIRST_FAILURE:
            pass
        case _:
            assert_never(ended)
    if faults:
        return Exit.FAULT
    if counts[Status.FAIL] or asked:
        return exit_for(Status.FAIL)
    proved = counts[Status.PASS] + counts[Status.KNOWN]
    if counts[Status.INCONCLUSIVE] or not proved or missing:
        return exit_for(Status.INCONCLUSIVE)
    return exit_for(Status.PASS)
