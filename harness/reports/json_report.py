"""The JSON report: stable, versioned, described by ``report.schema.json`` beside this file."""

import json
from pathlib import Path
from typing import Any, assert_never

from harness.knowledge.rows import Known
from harness.model.observation import Observation
from harness.model.outcome import (
    Accepted,
    ClientFault,
    Hung,
    NotAttempted,
    Outcome,
    RawError,
    Refused,
    Unclassified,
)
from harness.model.startup import StartOutcome
from harness.model.verdict import Status
from harness.reports.properties import PropertyUse, property_uses
from harness.reports.rotation.json_report import as_json as rotation_as_json
from harness.runner.results import AnyProof, CellResult, Fault, Proof, RotationProof, RunReport, StartProof, TrialProof

SCHEMA = Path(__file__).parent / "report.schema.json"
FORMAT = "dbtls-report/2"


def write_json(report: RunReport, path: Path, *, allow_missing: bool) -> None:
    """Write ``report`` to ``path``."""
    path.write_text(json.dumps(as_json(report, allow_missing=allow_missing), indent=1) + "\n", encoding="utf-8")


def as_json(report: RunReport, *, allow_missing: bool) -> dict[str, Any]:
    """``report`` as the schema describes it."""
    origin = report.provenance
    return {
        "format": FORMAT,
        "ended": report.ended.value,
        "exit_code": int(report.exit_code(allow_missing=allow_missing)),
        "counts": {status.value: report.count(status) for status in Status},
        "duration_s": round(report.duration_s, 3),
        "first_verdict_s": None if report.first_verdict_s is None else round(report.first_verdict_s, 3),
        "spent_s": {kind: round(seconds, 3) for kind, seconds in sorted(report.spent_s.items())},
        "provenance": {
            "harness": origin.harness,
            "revision": origin.revision,
            "command": origin.command,
            "engine": origin.engine,
            "python": origin.python,
            "machine": origin.machine,
            "servers": [
                {
                    "name": server.name,
                    "product": server.product,
                    "image": server.image,
                    "version": server.version,
                    "tls_library": server.tls_library,
                    "protocols": list(server.protocols),
                    "reload": server.reload,
                }
                for server in origin.servers
            ],
            "clients": [
                {
                    "name": client.name,
                    "product": client.product,
                    "driver": client.driver,
                    "runtime": client.runtime,
                    "tls_library": client.tls_library,
                }
                for client in origin.clients
            ],
        },
        "missing": [
            {
                "kind": item.kind,
                "name": item.name,
                "reason": item.reason,
                "remedy": item.remedy,
                "detail": list(item.detail),
            }
            for item in report.missing
        ],
        "faults": [_fault(fault) for fault in report.faults],
        "not_reached": [
            {"id": one.id, "server": one.server, "client": one.client, "claim": one.claim} for one in report.not_reached
        ],
        "properties": [_property(use) for use in property_uses(report)],
        "divergences": [_divergence(result) for result in report.results if result.divergences],
        "cases": [_case(result, result.rerun(report.options)) for result in report.results],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "server": fault.server,
        "client": fault.client,
        "text": fault.what,
        "remedy": fault.remedy,
        "detail": list(fault.detail),
        "traceback": list(fault.traceback),
        "cases": list(fault.cases),
    }


def _case(result: CellResult, rerun: str) -> dict[str, Any]:
    return {
        "id": result.id,
        "claim": result.claim,
        "server": result.server,
        "client": result.client,
        "status": result.verdict.status.value,
        "reason": result.verdict.reason,
        "expected": result.expected,
        "difference": result.difference,
        "outcome": result.outcome,
        "known": None if result.known is None else _known(result.known, result.unmeasured),
        "case": result.case,
        "duration_s": round(result.duration_s, 4),
        "rerun": rerun,
        "evidence": [_proof(proof) for proof in result.proofs],
    }


def _known(row: Known, unmeasured: str) -> dict[str, Any]:
    return {
        "severity": row.severity.value,
        "reason": row.reason,
        "source": row.source,
        "servers": [str(one) for one in row.servers],
        "clients": [str(one) for one in row.clients],
        "measured": [str(one) for one in row.measured],
        "unmeasured": unmeasured,
        "place": row.place,
    }


def _property(use: PropertyUse) -> dict[str, Any]:
    given, otherwise = use.outcomes
    return {
        "client": use.client,
        "server": use.server,
        "name": use.name,
        "use": use.word,
        "outcome": given,
        "outcome_otherwise": otherwise,
    }


def _divergence(result: CellResult) -> dict[str, Any]:
    return {
        "list": result.divergences,
        "id": result.id,
        "server": result.server,
        "client": result.client,
        "expected": result.expected,
        "outcome": result.outcome,
        "reason": "" if result.known is None else result.known.reason,
        "source": "" if result.known is None else result.known.source,
    }


def _proof(proof: AnyProof) -> dict[str, Any]:
    match proof:
        case Proof(observation=observation):
            client, server = _outcome(observation.outcome), _testimony(observation)
            return {"attempt": proof.label, "expected": proof.expected, "client": client, "server": server}
        case StartProof(outcome=outcome):
            return {"start": proof.label, "expected": proof.expected, **_start(outcome)}
        case TrialProof(trial=trial):
            return {
                "command": trial.command,
                "ran": trial.ran,
                "expected": proof.expected,
                "found": trial.found,
                "printed": list(trial.said),
            }
        case RotationProof(rotated=rotated):
            return {"rotation": proof.label, "expected": proof.expected, "result": rotation_as_json(rotated)}
        case _:
            assert_never(proof)


def _start(outcome: StartOutcome) -> dict[str, Any]:
    return {
        "outcome": outcome.start.name.lower(),
        "tls_version": outcome.version and outcome.version.value,
        "alone": outcome.alone,
        "plaintext": outcome.plaintext,
        "dropped": list(outcome.dropped),
        "error": outcome.error,
        "log": list(outcome.log),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Accepted():
            return {
                "outcome": "accepted",
                "tls_version": outcome.version and outcome.version.value,
                "cipher": outcome.cipher,
                "account": outcome.account,
                "connection_id": outcome.connection_id,
                "server_serial": None if outcome.server_serial is None else f"{outcome.server_serial:x}",
                "legacy": outcome.legacy,
            }
        case Refused():
            causes = sorted(cause.value for cause in outcome.causes)
            return {"outcome": "refused", "by": outcome.by.value, "causes": causes, "error": _chain(outcome.chain)}
        case Unclassified():
            return {"outcome": "unclassified", "error": _chain(outcome.chain)}
        case Hung():
            return {"outcome": "hung", "deadline_s": outcome.deadline_s}
        case ClientFault():
            return {"outcome": "client-fault", "how": outcome.how, "last_words": list(outcome.last_words)}
        case NotAttempted():
            return {"outcome": "not-attempted", "reason": outcome.reason}
        case _:
            assert_never(outcome)


def _chain(chain: tuple[RawError, ...]) -> list[dict[str, Any]]:
    return [
        {"kind": link.kind, "code": link.code, "sqlstate": link.sqlstate, "message": link.message} for link in chain
    ]


def _testimony(observation: Observation) -> dict[str, Any] | None:
    testimony = observation.testimony
    if testimony is None:
        return None
    return {
        "seen": testimony.seen.value,
        "connection_ids": list(testimony.connection_ids),
        "counters": dict(testimony.counters),
        "log": list(testimony.log),
        "account": observation.user,
        "served_serial": None if observation.served_serial is None else f"{observation.served_serial:x}",
        "was": observation.server_was,
    }
