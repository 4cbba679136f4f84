"""A report is read back: of this format, of the one before, and from the lines of a run."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import UsageError
from harness.reports.lines import FORMAT as LINES
from harness.reports.lines_reading import report_from_lines
from harness.reports.model import FORMAT, Report

_NAME = FORMAT.partition("/")[0]
_HEAD = 200
"""Bytes in which the format is named: it comes first."""
_REMEDY = "name a report that `dbtls run --json` wrote"


def read_report(path: Path) -> Report:
    """The report in ``path``, which has JSON or JSON lines.

    Raises UsageError for what is no report, is cut off, or is of a format that is not read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path), remedy=_REMEDY) from error
    return report_from(content, place=str(path))


def report_from(content: bytes, *, place: str) -> Report:
    """The report that ``content`` is; ``place`` is where it comes from. Raises UsageError as ``read_report``."""
    if LINES.encode() in content[:_HEAD]:
        return report_from_lines(content, place=place)
    if FORMAT.encode() in content[:_HEAD]:
        try:
            return Report.model_validate_json(content)
        except ValidationError as error:
            _plain(content, place)  # of what is cut off, say so
            raise _misfit(FORMAT, error, place) from error
    plain = _plain(content, place)
    said = plain.get("format")
    upgrade = _EARLIER.get(said) if isinstance(said, str) else None
    if upgrade is None:
        what = f"is no report of a run{f', but `{said}`' if isinstance(said, str) else ''}"
        if str(said).startswith(f"{_NAME}/"):
            what = f"is a report of format `{said}`; this dbtls reads {', '.join((*_EARLIER, FORMAT))}"
        raise UsageError(what, place=place, remedy=_REMEDY)
    try:
        return Report.model_validate(upgrade(plain))
    except (ValidationError, KeyError, TypeError, AttributeError) as error:
        raise _misfit(str(said), error, place) from error


def _misfit(said: str, error: Exception, place: str) -> UsageError:
    what = repr(error)
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        what = f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}"
    return UsageError(f"is no {said}: {what}", place=place, remedy=_REMEDY)


def _plain(content: bytes, place: str) -> Mapping[str, Any]:
    try:
        plain = json.loads(content)
    except ValueError as error:
        cut = not content.strip() or (content.lstrip().startswith(b"{") and not content.rstrip().endswith(b"}"))
        what = "is cut off: its writer did not finish" if cut else f"is no report: not JSON ({error})"
        raise UsageError(what, place=place, remedy=_REMEDY) from error
    if not isinstance(plain, dict):
        raise UsageError("is no report of a run", place=place, remedy=_REMEDY)
    return plain


def _from_2(plain: Mapping[str, Any]) -> dict[str, Any]:
    """What ``dbtls-report/2`` says in the words of today. It has not when a run began, where its time went by theme,
    what a driver lists, nor of which class a reason to skip is."""
    headings = {(one["id"], one["server"], one["client"]): one["list"] for one in plain["divergences"]}
    faulted = {(identity, fault["server"], fault["client"]) for fault in plain["faults"] for identity in fault["cases"]}

    def is_faulted(case: Mapping[str, Any]) -> bool:
        ends = ((case["server"], case["client"]), (case["server"], None), (None, case["client"]), (None, None))
        return case["status"] in {"fail", "inconclusive"} and any((case["id"], *end) in faulted for end in ends)

    origin = dict(plain["provenance"])
    servers, clients = origin.pop("servers"), origin.pop("clients")
    times = {"begun": None, "ended": plain["ended"], "duration_s": plain["duration_s"], "shard": None}
    return {
        **plain,
        "format": FORMAT,
        "allow_missing": bool(plain["missing"]) and plain["exit_code"] == 0,
        "fail_on": [],
        "spent_by_theme_s": {},
        "provenance": {
            "runs": [{**origin, **times}],
            "servers": servers,
            "clients": [{**client, "properties": []} for client in clients],
        },
        "cases": [
            {
                **case,
                "skipped": None,
                "divergences": headings.get((case["id"], case["server"], case["client"]), ""),
                "faulted": is_faulted(case),
                "evidence": [_evidence_from_2(piece) for piece in case["evidence"]],
            }
            for case in plain["cases"]
        ],
    }


def _evidence_from_2(piece: Mapping[str, Any]) -> dict[str, Any]:
    for kind in ("attempt", "start", "rotation"):
        if kind in piece:
            rest = {key: value for key, value in piece.items() if key != kind}
            return {"kind": kind, "label": piece[kind], **rest}
    return {"kind": "command", "label": "case", **piece}


_EARLIER: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {f"{_NAME}/2": _from_2}
