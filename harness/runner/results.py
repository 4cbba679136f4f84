"""What a run came to: values that the reports read."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.case.scenario import NOBODY
from harness.case.trial import Trial
from harness.manifest import Known
from harness.model.observation import Observation
from harness.model.rotated import Rotated
from harness.model.startup import StartOutcome
from harness.model.verdict import Status, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One observed attempt of a case: ``good before``, ``case``, ``good after``, or a journey's step."""

    label: str
    expected: str
    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class StartProof:
    """One observed start of a server: ``good before``, or ``case``."""

    label: str
    expected: str
    outcome: StartOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialProof:
    """What came of a command that a document has: ``ran`` is it with what stands for the document's own names."""

    label: str
    expected: str
    trial: Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationProof:
    """What was found in the history of a rotation under load."""

    label: str
    expected: str
    rotated: Rotated


AnyProof = Proof | StartProof | TrialProof | RotationProof


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """One case on one server with one client, NOBODY where none takes part.

    ``case`` is itself as data (``harness.case.data``), where there is anything to carry out; ``outcome`` is what became
    of it in words; ``known`` the declaration that made its verdict KNOWN, and
    ``divergences`` the heading of the list of its own that its theme has for those.
    """

    id: str
    claim: str
    server: str
    client: str
    verdict: Verdict
    expected: str = ""
    difference: str = ""
    outcome: str = ""
    case: Mapping[str, Any] | None = None
    known: Known | None = None
    divergences: str = ""
    proofs: tuple[AnyProof, ...] = ()
    options: tuple[str, ...] = ()
    """The options of the run that the case was found with: other folders of servers, clients, scenarios."""
    duration_s: float = 0.0
    """From the case's own first attempt to its last; proofs of the good situation are shared and not counted."""

    @property
    def rerun(self) -> str:
        """The command that runs just this case again."""
        client = () if self.client == NOBODY else ("--client", self.client)
        chosen = ("--server", self.server, *client, "--scenario", self.id)
        return shlex.join(("dbtls", "run", *chosen, *self.options))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProvenance:
    """What a server said of itself in this run."""

    name: str
    image: str
    version: str
    tls_library: str
    protocols: tuple[str, ...]
    reload: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProvenance:
    """What a client's probe said of itself in this run."""

    name: str
    driver: str
    runtime: str
    tls_library: str
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A server or client that could not be had, why, and its last lines."""

    kind: Literal["server", "client"]
    name: str
    reason: str
    remedy: str
    detail: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What was run, where, and with what."""

    harness: str
    revision: str
    command: str
    engine: str
    python: str
    machine: str
    servers: tuple[ServerProvenance, ...]
    clients: tuple[ClientProvenance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """A whole run. ``spent_s`` says where its time went, summed over the servers' lanes, by kind of work."""

    results: tuple[CellResult, ...]
    missing: tuple[Missing, ...]
    provenance: Provenance
    duration_s: float
    first_verdict_s: float | None
    spent_s: dict[str, float]

    def count(self, status: Status) -> int:
        return sum(result.verdict.status is status for result in self.results)

    def exit_code(self, *, allow_missing: bool) -> int:
        """0 all passed, 1 a case failed, 3 inconclusive: a case was, a build was missing, or nothing was proved."""
        if self.count(Status.FAIL):
            return 1
        proved = self.count(Status.PASS) + self.count(Status.KNOWN)
        if self.count(Status.INCONCLUSIVE) or not proved or (self.missing and not allow_missing):
            return 3
        return 0
