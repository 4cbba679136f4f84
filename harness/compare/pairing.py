"""The cells of two sides, paired: what both have, what one has alone, and what was not carried out on both."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from harness.errors import UsageError
from harness.model.verdict import Status
from harness.names import listed
from harness.reports.model import CaseReport, Report


class Axis(Enum):
    """What the two sides differ in."""

    SERVER = "server"
    CLIENT = "client"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One case as it went on each side."""

    before: CaseReport
    after: CaseReport


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCompared:
    """A case that says nothing of the difference between the sides, and why."""

    case: CaseReport
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """All cells of two sides. ``before`` and ``after`` name the sides."""

    axis: Axis
    before: str
    after: str
    pairs: tuple[Pair, ...]
    not_compared: tuple[NotCompared, ...]


def within(report: Report, before: str, after: str) -> Paired:
    """The cells of two servers, or of two clients, of one report. Raises UsageError for a name that it has not."""
    servers = {case.server for case in report.cases}
    clients = {case.client for case in report.cases if case.client is not None}
    for axis, known in ((Axis.SERVER, servers), (Axis.CLIENT, clients)):
        if {before, after} <= known:
            return _paired(axis, before, after, _side(report, axis, before), _side(report, axis, after))
    for name in (before, after):
        if name not in servers | clients:
            raise UsageError(
                f"the report has no server and no client `{name}`",
                remedy=f"name two of its servers ({listed(sorted(servers))}) or clients ({listed(sorted(clients))})",
            )
    raise UsageError(f"`{before}` and `{after}` are a server and a client", remedy="name two servers, or two clients")


def between(before: Report, after: Report, *, names: tuple[str, str]) -> Paired:
    """The cells of two reports; ``names`` are theirs."""
    return _paired(Axis.REPORT, *names, before.cases, after.cases)


def _side(report: Report, axis: Axis, name: str) -> list[CaseReport]:
    return [case for case in report.cases if name == (case.server if axis is Axis.SERVER else case.client)]


def _key(axis: Axis, case: CaseReport) -> tuple[str, str, str]:
    server = "" if axis is Axis.SERVER else case.server
    return (case.id, server, "" if axis is Axis.CLIENT else case.client or "")


def _paired(axis: Axis, before: str, after: str, ours: Iterable[CaseReport], theirs: Iterable[CaseReport]) -> Paired:
    left = {_key(axis, case): case for case in ours}
    right = {_key(axis, case): case for case in theirs}
    pairs, rest = [], []
    for key in sorted(left.keys() | right.keys()):
        one, other = left.get(key), right.get(key)
        if one is None or other is None:
            alone = one or right[key]
            rest.append(NotCompared(case=alone, why=f"only {after if one is None else before} has it"))
        elif undone := [(name, case) for name, case in ((before, one), (after, other)) if _is_undone(case)]:
            name, case = undone[0]
            where = "either side" if len(undone) == 2 else name
            rest.append(NotCompared(case=case, why=f"{case.status.value} on {where}"))
        else:
            pairs.append(Pair(before=one, after=other))
    return Paired(axis=axis, before=before, after=after, pairs=tuple(pairs), not_compared=tuple(rest))


def _is_undone(case: CaseReport) -> bool:
    return case.status in {Status.SKIPPED, Status.INCONCLUSIVE} or case.faulted
