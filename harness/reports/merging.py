"""Several reports as one: shards of a run, or runs of different servers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.reports.assembling import FaultKey, assembled, join_fault
from harness.reports.model import (
    CaseReport,
    ClientReport,
    FailOn,
    FaultReport,
    MissingReport,
    PendingReport,
    ProvenanceReport,
    Report,
    ServerReport,
)
from harness.reports.words import amount
from harness.runner.results import Ended

T = TypeVar("T")
N = TypeVar("N", ServerReport, ClientReport)

_WORST_LAST = (Ended.FINISHED, Ended.FIRST_FAILURE, Ended.KILLED, Ended.TERMINATED, Ended.INTERRUPTED)
_NAMED = 5
"""Cases that are in two reports, so many by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The sum of reports, and what a reader must know of how it came about."""

    report: Report
    notes: tuple[str, ...]


def merged(reports: Mapping[str, Report], *, allow_missing: bool = False, fail_on: Sequence[FailOn] = ()) -> Merged:
    """The sum of ``reports``, at least one, each by what it is called.

    Of a case that two have the worse counts, and a note names it. ``allow_missing`` and ``fail_on`` are as of each run,
    and these besides.
    """
    every = tuple(reports.values())
    cases, notes = _cases(reports)
    there = {case.key for case in cases}
    report = assembled(
        ended=max((one.ended for one in every), key=_WORST_LAST.index),
        allow_missing=allow_missing or all(one.allow_missing for one in every),
        fail_on=tuple({*fail_on, *(what for one in every for what in one.fail_on)}),
        duration_s=max(one.duration_s for one in every),
        first_verdict_s=min((one.first_verdict_s for one in every if one.first_verdict_s is not None), default=None),
        spent_s=_summed(one.spent_s for one in every),
        spent_by_theme_s=_summed(one.spent_by_theme_s for one in every),
        provenance=ProvenanceReport(
            runs=_once(run for one in every for run in one.provenance.runs),
            servers=_by_name(server for one in every for server in one.provenance.servers),
            clients=_by_name(client for one in every for client in one.provenance.clients),
        ),
        missing=_missing(one for report in every for one in report.missing),
        faults=_faults(fault for one in every for fault in one.faults),
        not_reached=_not_reached((one for report in every for one in report.not_reached), there),
        cases=cases,
        properties=[use for one in every for use in one.properties],
    )
    return Merged(report=report, notes=notes)


def _cases(reports: Mapping[str, Report]) -> tuple[list[CaseReport], tuple[str, ...]]:
    """Every case once, and what is said of those that two reports have."""
    found: dict[tuple[str, str, str], tuple[str, CaseReport]] = {}
    twice: dict[tuple[str, str, str], str] = {}
    for name, report in reports.items():
        for case in report.cases:
            before = found.get(case.key)
            if before is None:
                found[case.key] = (name, case)
                continue
            worse = max(before, (name, case), key=lambda pair: pair[1].status)
            found[case.key] = worse
            ends = " ".join((case.id, *case.ends))
            twice[case.key] = f"{ends} is in {before[0]} and {name}: {worse[1].status.value} of {worse[0]} counts"
    notes = [*list(twice.values())[:_NAMED]]
    if len(twice) > _NAMED:
        notes.append(f"{amount(len(twice) - _NAMED, 'more case')} in more than one report: the worse counts")
    return [case for _, case in found.values()], tuple(notes)


def _missing(missing: Iterable[MissingReport]) -> list[MissingReport]:
    found: dict[tuple[str, str], MissingReport] = {}
    for one in missing:
        found.setdefault((one.kind, one.name), one)
    return list(found.values())


def _faults(faults: Iterable[FaultReport]) -> list[FaultReport]:
    """Each once, with all that it cost."""
    found: dict[FaultKey, FaultReport] = {}
    for fault in faults:
        join_fault(found, fault)
    return list(found.values())


def _not_reached(pending: Iterable[PendingReport], there: set[tuple[str, str, str]]) -> list[PendingReport]:
    """Those of which no report has the case."""
    return list({one.key: one for one in pending if one.key not in there}.values())


def _summed(spent: Iterable[Mapping[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in spent:
        for what, seconds in one.items():
            found[what] = found.get(what, 0.0) + seconds
    return found


def _once(values: Iterable[T]) -> tuple[T, ...]:
    """Each once; in order. Values of reports are compared, not hashed: some hold mappings."""
    found: list[T] = []
    for value in values:
        if value not in found:
            found.append(value)
    return tuple(found)


def _by_name(values: Iterable[N]) -> tuple[N, ...]:
    return tuple(sorted(_once(values), key=lambda value: value.name))
