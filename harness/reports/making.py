"""From a run that has just ended to its report."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from harness.kinds.kind import Evidence
from harness.knowledge.rows import Known
from harness.model.fault import Fault
from harness.reports.assembling import assembled
from harness.reports.evidence_model import KINDS
from harness.reports.model import (
    CaseReport,
    ClientReport,
    FailOn,
    FaultReport,
    MissingReport,
    PendingReport,
    ProvenanceReport,
    Report,
    RunOrigin,
    ServerReport,
)
from harness.reports.text import whole
from harness.runner.results import (
    CellResult,
    ClientProvenance,
    Ended,
    Missing,
    Pending,
    Provenance,
    RunReport,
    ServerProvenance,
)

S = TypeVar("S", bound=BaseModel)


def report_of(report: RunReport, *, allow_missing: bool = False, fail_on: Sequence[FailOn] = ()) -> Report:
    """The report of a run that has just ended.

    ``allow_missing``: a server build that was not available makes no difference to its exit code; ``fail_on``: what
    else than a failure counts as one.
    """
    origin = report.provenance
    return assembled(
        ended=report.ended,
        allow_missing=allow_missing,
        fail_on=fail_on,
        duration_s=report.duration_s,
        first_verdict_s=report.first_verdict_s,
        spent_s=report.spent_s,
        spent_by_theme_s=report.spent_by_theme_s,
        provenance=ProvenanceReport(
            runs=(run_of(origin, ended=report.ended, duration_s=report.duration_s),),
            servers=tuple(server_of(server) for server in origin.servers),
            clients=tuple(client_of(client) for client in origin.clients),
        ),
        missing=[missing_of(one) for one in report.missing],
        faults=[fault_of(fault) for fault in report.faults],
        not_reached=[pending_of(one) for one in report.not_reached],
        cases=[case_of(result, report.options) for result in report.results],
    )


def run_of(origin: Provenance, *, ended: Ended, duration_s: float) -> RunOrigin:
    """A run, of what it says of itself."""
    plain = {
        "harness": origin.harness,
        "revision": origin.revision,
        "command": origin.command,
        "engine": origin.engine,
        "python": origin.python,
        "machine": origin.machine,
        "begun": origin.begun,
        "ended": ended,
        "duration_s": round(duration_s, 3),
        "shard": origin.shard,
    }
    return _made(RunOrigin, plain)


def server_of(server: ServerProvenance) -> ServerReport:
    """What a server said of itself."""
    return _made(ServerReport, asdict(server))


def client_of(client: ClientProvenance) -> ClientReport:
    """What a client said of itself."""
    return _made(ClientReport, asdict(client))


def missing_of(missing: Missing) -> MissingReport:
    """A server or client that was not available."""
    return _made(MissingReport, asdict(missing))


def fault_of(fault: Fault) -> FaultReport:
    """A malfunction."""
    plain = {
        "server": fault.server,
        "client": fault.client,
        "text": fault.what,
        "remedy": fault.remedy,
        "detail": fault.detail,
        "traceback": fault.traceback,
        "cases": fault.cases,
    }
    return _made(FaultReport, plain)


def pending_of(one: Pending) -> PendingReport:
    """A case that has no verdict."""
    return _made(PendingReport, asdict(one))


def case_of(result: CellResult, options: Sequence[str]) -> CaseReport:
    """A case that has its verdict; ``options`` are the run's, see ``RunReport.options``."""
    plain = {
        "id": result.id,
        "claim": result.claim,
        "server": result.server,
        "client": result.client,
        "status": result.verdict.status,
        "reason": result.verdict.reason,
        "expected": result.expected,
        "difference": result.difference,
        "outcome": result.outcome,
        "known": None if result.known is None else _known(result.known, result.unmeasured),
        "skipped": None if result.obstacle is None else asdict(result.obstacle),
        "divergences": result.divergences,
        "faulted": bool(result.faults),
        "case": None if result.case is None else dict(result.case),
        "duration_s": round(result.duration_s, 4),
        "rerun": result.rerun(options),
        "evidence": [_evidence(proof) for proof in result.proofs],
    }
    return _made(CaseReport, plain)


def _evidence(proof: Evidence) -> dict[str, Any]:
    said = proof.as_json()
    return said if said["kind"] in KINDS else {"brief": proof.brief, "lines": list(proof.lines()), **said}


def _known(row: Known, unmeasured: str) -> dict[str, Any]:
    return {
        "severity": row.severity,
        "reason": row.reason,
        "source": row.source,
        "servers": [str(one) for one in row.servers],
        "clients": [str(one) for one in row.clients],
        "measured": [str(one) for one in row.measured],
        "unmeasured": unmeasured,
        "place": row.place,
    }


def _made(shape: type[S], plain: Mapping[str, Any]) -> S:
    """``plain`` as ``shape``. What a probe or a log says may be no text (half of a surrogate pair): it is escaped."""
    made = shape.model_validate(plain)
    try:
        made.model_dump_json()
    except PydanticSerializationError:
        made = shape.model_validate(_whole(plain))
    return made


def _whole(value: Any) -> Any:
    match value:
        case str():
            return whole(value)
        case Mapping():
            return {_whole(key): _whole(member) for key, member in value.items()}
        case list() | tuple():
            return [_whole(member) for member in value]
        case _:
            return value
