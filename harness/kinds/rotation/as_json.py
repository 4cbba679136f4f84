"""A rotation under load as plain data, as ``rotation.schema.json`` of the reports describes it."""

from typing import Any

from harness.history.terms import stated
from harness.kinds.rotation.words import failing_step
from harness.model.history import Kind
from harness.model.rotated import Figures, GenerationFigures, Moment, Rotated
from harness.model.verdict import exit_for

FORMAT = "dbtls-rotation/1"


def as_json(rotated: Rotated) -> dict[str, Any]:
    """``rotated`` as the schema describes it."""
    verdict = rotated.verdict
    return {
        "format": FORMAT,
        "exit_code": int(exit_for(verdict.status)),
        "verdict": {"status": verdict.status.value, "step": failing_step(rotated), "reason": verdict.reason},
        "provenance": dict(rotated.provenance),
        "terms": stated(rotated.terms),
        "findings": [
            {
                "checker": finding.checker,
                "status": finding.status.value,
                "step": finding.step,
                "reason": finding.reason,
            }
            for finding in rotated.findings
        ],
        "figures": _figures(rotated.figures),
        "generations": [_generation(generation) for generation in rotated.figures.generations],
        "moments": [_moment(moment) for moment in rotated.moments],
        "marks": [{"at_s": _s(mark.at_s), "text": mark.text} for mark in rotated.marks],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "attempts": {kind.value: figures.attempts.get(kind, 0) for kind in Kind},
        "served": {kind.value: figures.served.get(kind, 0) for kind in Kind},
        "failures": dict(figures.failures),
        "indeterminate": figures.indeterminate,
        "bound": figures.bound,
        "asked_per_s": figures.asked,
        "reached_per_s": round(figures.reached, 3),
        "longest_stall_s": _s(figures.longest_stall_s),
        "stalled_at": figures.stalled_at,
        "lag_max_s": _s(figures.lag_max_s),
        "cpu_max": round(figures.cpu_max, 3),
        "probe_cpu_max": round(figures.probe_cpu_max, 3),
        "peak_connections": figures.peak_connections,
        "client_connections": figures.client_connections,
        "server_connections": figures.server_connections,
        "reload_s": _s(figures.reload_s),
        "server_change_s": _s(figures.server_change_s),
    }


def _generation(figures: GenerationFigures) -> dict[str, Any]:
    return {
        "number": figures.number,
        "rotation": figures.rotation,
        "served": figures.served,
        "first_connect_s": _s(figures.first_connect_s),
        "first_pooled_s": _s(figures.first_pooled_s),
        "last_use_s": _s(figures.last_use_s),
        "drained": figures.drained,
    }


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "at_s": _s(moment.at_s),
        "sessions": {str(number): count for number, count in moment.sessions.items() if number is not None},
        "of_no_generation": moment.sessions.get(None, 0),
    }


def _s(seconds: float | None) -> float | None:
    """Seconds to microseconds, which is what a history holds."""
    return None if seconds is None else round(seconds, 6)
