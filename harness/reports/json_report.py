"""The JSON report: stable, versioned, described by ``report.schema.json`` beside this file."""

import json
from pathlib import Path
from typing import Any

from harness.knowledge.rows import Known
from harness.model.fault import Fault
from harness.model.verdict import Status
from harness.reports.properties import PropertyUse, property_uses
from harness.runner.results import CellResult, RunReport

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
        "evidence": [proof.as_json() for proof in result.proofs],
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
