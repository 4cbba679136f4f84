"""What went wrong in a run, as lines for a reader: what was missing, what deviates, what is undecided, what broke."""

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from harness.reports.digest import mark_of
from harness.reports.model import CaseReport, FaultReport, MissingReport
from harness.reports.text import printable

Section = Sequence[Text]
"""Lines that belong together; a blank line stands between two sections."""

_CASES_SHOWN = 5
"""Of those that a fault cost; the JSON report has all."""


def line(text: str = "", style: str = "") -> Text:
    """A line as it is: text from elsewhere is no markup and cannot drive a terminal."""
    return Text(printable(text), style=style)


def missing_section(missing: MissingReport) -> Section:
    """A build that was not available."""
    return [
        line(f"Missing: {missing.name}: {missing.reason}", "bold magenta"),
        *(line(f"    {told}") for told in missing.detail),
        line(f"  hint: {missing.remedy}"),
    ]


def case_section(case: CaseReport) -> Section:
    """A case with its claim, the one difference, both ends, and the command that runs it again."""
    mark = mark_of(case)
    return [
        line("  ".join((f"{mark.symbol} {case.id}", *case.ends)), mark.style),
        line(f"  claim: {case.claim}"),
        line(f"  {case.status.value}: {case.reason}"),
        *(line(f"  {told}") for told in case.lines()),
        line(f"  again: {case.rerun}"),
    ]


def row(case: CaseReport) -> Text:
    """A case in a line."""
    mark = mark_of(case)
    return line(" ".join((mark.symbol, case.id, *case.ends, case.reason)), mark.style)


def fault_section(fault: FaultReport, *, traceback: bool) -> Section:
    """A malfunction, what to do about it, and what it cost; with ``traceback`` the places that it came through."""
    return list(_fault(fault, traceback=traceback))


def _fault(fault: FaultReport, *, traceback: bool) -> Iterator[Text]:
    yield line(f"Fault: {fault.place}: {fault.text}" if fault.place else f"Fault: {fault.text}", "bold red")
    yield from (line(f"    {told}") for told in (*fault.detail, *(fault.traceback if traceback else ())))
    yield line(f"  hint: {fault.remedy}")
    if fault.cases:
        shown = ", ".join(fault.cases[:_CASES_SHOWN])
        more = len(fault.cases) - _CASES_SHOWN
        yield line(f"  cost: {shown}" + (f" and {more} more" if more > 0 else ""))


def by_reason(title: str, cases: Iterable[CaseReport]) -> Section:
    """Cases by the reason of their verdicts, known deviations the worst first; nothing for none."""
    reasons: dict[str, list[CaseReport]] = {}
    for case in sorted(cases, key=lambda case: -mark_of(case).rank):
        reasons.setdefault(_reason(case), []).append(case)
    if not reasons:
        return []
    ranked = sorted(reasons.items(), key=lambda pair: _rank(pair[1][0]))
    return [line(title, "bold"), *(line(f"  {_severity(alike[0])}{_cells(alike)}: {told}") for told, alike in ranked)]


def _rank(case: CaseReport) -> int:
    return 0 if case.known is None else list(type(case.known.severity)).index(case.known.severity)


def _severity(case: CaseReport) -> str:
    return "" if case.known is None else f"{case.known.severity.value}: "


def _reason(case: CaseReport) -> str:
    """Its verdict's; of a known deviation of the server alone what is declared: logs differ where all is alike."""
    known = case.known
    if known is None or case.client is not None:
        return case.reason
    elsewhere = f"; {known.unmeasured}" if known.unmeasured else ""
    return f"{case.outcome}, expected: {case.expected} — known: {known.reason} ({known.source}){elsewhere}"


def _cells(cases: Sequence[CaseReport]) -> str:
    """Which cells, briefly: ids, then servers, then clients, each once."""
    parts = (
        dict.fromkeys(case.id for case in cases),
        dict.fromkeys(case.server for case in cases),
        dict.fromkeys(case.client for case in cases if case.client is not None),
    )
    return " × ".join(", ".join(part) for part in parts if part)
