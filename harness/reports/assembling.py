"""A report from its parts: all that follows from others is worked out here, for one run as for the sum of several."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from harness.model.verdict import Status
from harness.reports.model import (
    FORMAT,
    CaseReport,
    Counts,
    DivergenceReport,
    FailOn,
    FaultReport,
    MissingReport,
    PendingReport,
    PropertyReport,
    ProvenanceReport,
    Report,
)
from harness.reports.properties import in_order, property_uses
from harness.runner.results import Ended, exit_of


def assembled(
    *,
    ended: Ended,
    allow_missing: bool,
    fail_on: Sequence[FailOn],
    duration_s: float,
    first_verdict_s: float | None,
    spent_s: Mapping[str, float],
    spent_by_theme_s: Mapping[str, float],
    provenance: ProvenanceReport,
    missing: Sequence[MissingReport],
    faults: Sequence[FaultReport],
    not_reached: Sequence[PendingReport],
    cases: Sequence[CaseReport],
    properties: Sequence[PropertyReport] = (),
) -> Report:
    """The report of ``cases``, sorted; ``properties`` are those that are known from elsewhere."""
    counts = {status: sum(case.status is status for case in cases) for status in Status}
    ordered = tuple(sorted(cases, key=lambda case: case.key))
    uses = {(use.name, use.server, use.client): use for use in (*properties, *property_uses(ordered, provenance))}
    return Report(
        format=FORMAT,
        ended=ended,
        exit_code=exit_of(
            ended,
            counts,
            faults=bool(faults),
            missing=bool(missing) and not allow_missing,
            asked=any(meant(one, cases) for one in fail_on),
        ),
        allow_missing=allow_missing,
        fail_on=tuple(one for one in FailOn if one in fail_on),
        counts=Counts.model_validate({status.value: count for status, count in counts.items()}),
        duration_s=round(duration_s, 3),
        first_verdict_s=None if first_verdict_s is None else round(first_verdict_s, 3),
        spent_s=_rounded(spent_s),
        spent_by_theme_s=_rounded(spent_by_theme_s),
        provenance=provenance,
        missing=tuple(missing),
        faults=tuple(faults),
        not_reached=tuple(sorted(not_reached, key=lambda one: one.key)),
        properties=tuple(sorted(uses.values(), key=in_order)),
        divergences=tuple(_divergence(case) for case in ordered if case.divergences),
        cases=ordered,
    )


FaultKey = tuple[str | None, str | None, str]
"""Server, client and text: what makes two faults the same."""


def join_fault(found: dict[FaultKey, FaultReport], fault: FaultReport) -> None:
    """Take note of ``fault``, together with its like: once, with all that it cost."""
    key = (fault.server, fault.client, fault.text)
    before = found.setdefault(key, fault)
    found[key] = before.model_copy(update={"cases": tuple(dict.fromkeys((*before.cases, *fault.cases)))})


def _rounded(spent_s: Mapping[str, float]) -> dict[str, float]:
    return {what: round(seconds, 3) for what, seconds in sorted(spent_s.items())}


def meant(what: FailOn, cases: Sequence[CaseReport]) -> tuple[CaseReport, ...]:
    """Those of ``cases`` that are ``what``."""
    match what:
        case FailOn.UNSAFE:
            return tuple(case for case in cases if case.is_unsafe)
        case FailOn.KNOWN:
            return tuple(case for case in cases if case.status is Status.KNOWN)
        case FailOn.SKIPPED:
            return tuple(case for case in cases if case.status is Status.SKIPPED)
        case _:
            assert_never(what)


def _divergence(case: CaseReport) -> DivergenceReport:
    return DivergenceReport(
        list=case.divergences,
        id=case.id,
        server=case.server,
        client=case.client,
        expected=case.expected,
        outcome=case.outcome,
        reason="" if case.known is None else case.known.reason,
        source="" if case.known is None else case.known.source,
    )
