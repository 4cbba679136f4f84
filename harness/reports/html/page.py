"""The page of a run's report.

Its size is bound: the evidence of cases stands in the page itself, the worst first, as far as there is room; that of
the others in a compact block that the page's script reads; what has no room there either is in the JSON report alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from harness.reports.digest import digest_of
from harness.reports.html import anchors
from harness.reports.html.compact import as_data, block
from harness.reports.html.ends import both_ends
from harness.reports.html.matrix import Cell, Theme, matrix
from harness.reports.html.rendering import rendered
from harness.reports.marks import Mark
from harness.reports.model import CaseReport, Report
from harness.reports.words import amount, duration

LIMIT = 2_000_000
"""Bytes that a page of some thousands of cases takes at most."""

_BLOCK_LIMIT = 900_000
_LINK = 20
"""Bytes that the link from the table to the evidence takes, in place of an address there."""
_MOST = 200
"""Failures that are shown among the findings; of the rest the addresses."""
_TEMPLATE = "report.html.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Known deviations with one reason."""

    reason: str
    severity: str
    source: str
    cases: tuple[CaseReport, ...]


def page(report: Report, *, limit: int = LIMIT) -> str:
    """``report`` as one document of about ``limit`` bytes at most; longer only where the bare matrix is."""
    themes = matrix(report)
    cells = [cell for theme in themes for row in theme.rows for cell in row.ordered]
    kept, omitted = _block(cells)
    values = _values(report, themes) | {"block": Markup(kept), "omitted": omitted}  # noqa: S704  letters of base64
    bare = rendered(_TEMPLATE, **values, shown={})
    return rendered(_TEMPLATE, **values, shown=_shown(cells, limit - len(bare.encode())))


def _values(report: Report, themes: tuple[Theme, ...]) -> dict[str, object]:
    return {
        "report": report,
        "digest": digest_of(report),
        "themes": themes,
        "marks": tuple(Mark),
        "alike": _alike(report.cases),
        "skips": _skips(report.cases),
        "most": _MOST,
        "amount": amount,
        "duration": duration,
        "address": lambda case: anchors.cell(case.id, case.server, case.client),
    }


def _block(cells: Iterable[Cell]) -> tuple[str, int]:
    """The compact block of ``cells``, and how many are left out of it."""
    there = list(cells)
    for kept in (set(Mark), set(Mark) - {Mark.PASSED, Mark.SKIPPED}, {Mark.FAILED, Mark.INCONCLUSIVE}):
        made = block(cell.case if cell.mark in kept else None for cell in there)
        if len(made) <= _BLOCK_LIMIT:
            return made, sum(cell.mark not in kept for cell in there)
    return block(None for _ in there), len(there)


def _shown(cells: Iterable[Cell], room: int) -> Mapping[str, Markup]:
    """The evidence that stands in the page, by address: the worst first, as far as there is ``room`` in bytes."""
    shown: dict[str, Markup] = {}
    for cell in sorted(cells, key=lambda cell: -cell.mark.rank):
        if cell.mark in {Mark.PASSED, Mark.SKIPPED}:
            break
        html = rendered("cell.html.j2", cell=cell, pieces=tuple(both_ends(cell.case)), data=as_data(cell.case))
        room -= len(html.encode()) + _LINK
        if room < 0:
            break
        shown[cell.anchor] = Markup(html)  # noqa: S704  a template made it
    return shown


def _alike(cases: Iterable[CaseReport]) -> tuple[Alike, ...]:
    """Known deviations that are not unsafe, by reason, the most frequent first."""
    groups: dict[tuple[str, str, str], list[CaseReport]] = {}
    for case in cases:
        if case.known is not None and not case.is_unsafe:
            known = case.known
            groups.setdefault((known.severity.value, known.reason, known.source), []).append(case)
    made = (
        Alike(severity=severity, reason=reason, source=source, cases=tuple(these))
        for (severity, reason, source), these in groups.items()
    )
    return tuple(sorted(made, key=lambda alike: (-len(alike.cases), alike.reason)))


def _skips(cases: Iterable[CaseReport]) -> tuple[tuple[str, int], ...]:
    """Reasons for which cases were skipped, the most frequent first."""
    counts: dict[str, int] = {}
    for case in cases:
        if Mark.of(case.status, None) is Mark.SKIPPED:
            counts[case.reason] = counts.get(case.reason, 0) + 1
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
