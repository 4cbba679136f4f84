"""The console: progress while a run goes, the matrix and each deviation at its end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import assert_never

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from harness.judge.known import why
from harness.knowledge.rows import Severity
from harness.model.fault import Fault
from harness.model.verdict import Status
from harness.reports.alone import alone_table
from harness.reports.evidence import result_lines
from harness.reports.fault import print_fault
from harness.reports.making import report_of
from harness.reports.properties import properties_table
from harness.reports.text import printable
from harness.runner.events import (
    BuildMissing,
    Event,
    Faulted,
    Judged,
    LaneDoes,
    LaneEnded,
    LaneFailed,
    LanePlanned,
    RunBegan,
)
from harness.runner.results import CellResult, Ended, RunReport

MARKS: Mapping[Status, tuple[str, str]] = {
    Status.PASS: ("✓", "green"),
    Status.KNOWN: ("K", "yellow"),
    Status.SKIPPED: ("-", "dim"),
    Status.INCONCLUSIVE: ("?", "magenta"),
    Status.FAIL: ("F", "bold red"),
}


_CASES_SHOWN = 5
"""Of those that a fault cost; the JSON report has all."""

_UNBOUNDED = 400
"""Columns where output is no terminal: a line that a program reads must not be folded to a default of 80."""


def stdout() -> Console:
    """Standard output, for data."""
    console = Console()
    return console if console.is_terminal else Console(width=_UNBOUNDED)


class LiveProgress:
    """A line a server while a run goes, on a terminal; with ``verbose`` also each verdict. A context manager."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[server]:22}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._bad: Counter[str] = Counter()

    def __enter__(self) -> "LiveProgress":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case LaneDoes(server=server, text=text):
                self._progress.update(self._task(server), description=text[:60])
            case LanePlanned(server=server, count=count):
                about = f"{server.version}, {server.tls_library}"
                self._progress.update(self._task(server.name), total=count, description=about)
            case Judged(result=result):
                if result.verdict.status in {Status.FAIL, Status.INCONCLUSIVE}:
                    self._bad[result.server] += 1
                if self._verbose or _is_told_alone(result):
                    _line(self._progress.console, _row(result), MARKS[result.verdict.status][1])
                self._progress.advance(self._task(result.server))
            case BuildMissing(missing=missing):
                _line(self._progress.console, f"{missing.name}: unavailable: {missing.reason}", "magenta")
            case Faulted(fault=fault):
                what = fault.what if fault.server is None else f"{fault.what} ({fault.server})"
                print_fault(self._progress.console, what, detail=fault.detail, remedy=fault.remedy)
            case LaneEnded(server=server):
                bad = self._bad[server]
                self._progress.update(self._task(server), description=f"done, {bad} bad" if bad else "done")
            case RunBegan() | LaneFailed():
                pass
            case _:
                assert_never(event)

    def _task(self, server: str) -> TaskID:
        if server not in self._tasks:
            self._tasks[server] = self._progress.add_task("waiting", server=server, total=None)
        return self._tasks[server]


def print_report(
    report: RunReport, console: Console, *, allow_missing: bool, tracebacks: bool = False, briefly: bool = False
) -> None:
    """The matrix, the known deviations, skips by reason, each failure with both ends' evidence, faults, and the sum.

    ``tracebacks``: of a defect of dbtls also the places that it came through. ``briefly``: what is bad, and the sum.
    """
    if not briefly:
        _print_all_that_is_as_expected(report, console)
    for missing in report.missing:
        _line(console)
        _line(console, f"Missing: {missing.name}: {missing.reason}", "bold magenta")
        for line in missing.detail:
            _line(console, f"    {line}")
        _line(console, f"  hint: {missing.remedy}")
    for result in report.results:
        if _is_told_alone(result):
            _print_deviation(result, report.options, console)
    lost = [result for result in report.results if _is_lost(result)]
    _print_by_reason("Inconclusive, not carried out because of a fault", lost, console)
    for fault in report.faults:
        _print_fault(fault, console, tracebacks=tracebacks)
    if not briefly:
        _print_provenance(report, console)
    _print_sum(report, console, allow_missing=allow_missing)


def _print_all_that_is_as_expected(report: RunReport, console: Console) -> None:
    _print_matrices(report.results, console)
    known = [result for result in report.results if result.verdict.status is Status.KNOWN]
    _print_by_reason("Known deviations", [result for result in known if not result.divergences], console)
    for heading in dict.fromkeys(result.divergences for result in known if result.divergences):
        _print_by_reason(heading, [result for result in known if result.divergences == heading], console)
    skipped = [result for result in report.results if result.verdict.status is Status.SKIPPED]
    _print_by_reason("Skipped", skipped, console)
    if uses := report_of(report).properties:
        _line(console)
        console.print(properties_table(uses))


def _line(console: Console, text: str = "", style: str = "") -> None:
    """One line as it is: text from elsewhere is neither markup nor folded nor able to drive a terminal."""
    console.print(Text(printable(text), style=style), soft_wrap=True)


def _print_by_reason(title: str, results: Sequence[CellResult], console: Console) -> None:
    if not results:
        return
    _line(console)
    _line(console, title, "bold")
    for reason, alike in sorted(_by_reason(results).items(), key=lambda pair: _rank(pair[1][0])):
        known = alike[0].known
        severity = f"{known.severity.value}: " if known else ""
        _line(console, f"  {severity}{_cells(alike)}: {reason}")


def _rank(result: CellResult) -> int:
    """Its place in a list: the worst of known deviations first."""
    return 0 if result.known is None else list(Severity).index(result.known.severity)


def _print_matrices(results: Sequence[CellResult], console: Console) -> None:
    """One of marks, a mark a client, and one of outcomes for what concerns the server alone."""
    by_themselves = [result for result in results if result.client is None]
    with_clients = [result for result in results if result.client is not None]
    if with_clients:
        _print_matrix(with_clients, console)
    if with_clients and by_themselves:
        _line(console)
    if by_themselves:
        console.print(alone_table(by_themselves, MARKS))


def _print_matrix(results: Sequence[CellResult], console: Console) -> None:
    servers = sorted({result.server for result in results})
    clients = sorted({result.client for result in results if result.client is not None})
    marks = {(result.id, result.server, result.client): MARKS[result.verdict.status] for result in results}
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("case", no_wrap=True, overflow="fold")
    for server in servers:
        table.add_column(Text(server), justify="center")
    for identity in dict.fromkeys(result.id for result in results):
        row = []
        for server in servers:
            cell = Text()
            for client in clients:
                mark, style = marks.get((identity, server, client), (" ", ""))
                cell.append(mark, style=style)
            row.append(cell)
        table.add_row(Text(identity), *row)
    console.print(table)
    legend = "  ".join(f"{mark} {status.value}" for status, (mark, _) in MARKS.items())
    _line(console, f"in each cell, in this order: {', '.join(clients)}.   {legend}", "dim")


def _is_lost(result: CellResult) -> bool:
    """Whether a fault kept it from being carried out: the fault is told once, not with each case that it cost."""
    return bool(result.faults) and not result.proofs and result.verdict.status is Status.INCONCLUSIVE


def _is_told_alone(result: CellResult) -> bool:
    return result.verdict.status in {Status.FAIL, Status.INCONCLUSIVE} and not _is_lost(result)


def _print_fault(fault: Fault, console: Console, *, tracebacks: bool) -> None:
    _line(console)
    _line(console, f"Fault: {fault.place}: {fault.what}" if fault.place else f"Fault: {fault.what}", "bold red")
    for line in (*fault.detail, *(fault.traceback if tracebacks else ())):
        _line(console, f"    {line}")
    _line(console, f"  hint: {fault.remedy}")
    if fault.cases:
        shown = ", ".join(fault.cases[:_CASES_SHOWN])
        more = len(fault.cases) - _CASES_SHOWN
        _line(console, f"  cost: {shown}" + (f" and {more} more" if more > 0 else ""))


def _print_deviation(result: CellResult, options: Sequence[str], console: Console) -> None:
    mark, style = MARKS[result.verdict.status]
    _line(console)
    _line(console, "  ".join((f"{mark} {result.id}", *result.ends)), style)
    _line(console, f"  claim: {result.claim}")
    _line(console, f"  {result.verdict.status.value}: {result.verdict.reason}")
    for line in result_lines(result):
        _line(console, f"  {line}")
    _line(console, f"  again: {result.rerun(options)}")


def _print_provenance(report: RunReport, console: Console) -> None:
    _line(console)
    origin = report.provenance
    for server in origin.servers:
        said = (server.version, server.tls_library, *server.protocols, server.reload or "no reload", server.image)
        _line(console, f"{server.name}: {', '.join(said)}", "dim")
    for client in origin.clients:
        _line(console, f"{client.name}: {client.driver}, {client.runtime}, {client.tls_library}", "dim")
    _line(console, f"{origin.harness} at {origin.revision}, {origin.engine}, {origin.machine}", "dim")
    spent = "  ".join(f"{kind} {seconds:.1f}" for kind, seconds in sorted(report.spent_s.items()))
    first = "" if report.first_verdict_s is None else f", first verdict after {report.first_verdict_s:.1f} s"
    _line(console, f"{report.duration_s:.1f} s{first}; seconds summed over lanes: {spent}", "dim")


def _print_sum(report: RunReport, console: Console, *, allow_missing: bool) -> None:
    counts = ", ".join(f"{report.count(status)} {status.value}" for status in Status if report.count(status))
    _line(console, f"{_cases(len(report.results))}: {counts or 'none'}", "bold")
    worst = max(report.results, key=lambda result: result.verdict.status, default=None)
    if worst is not None and worst.verdict.status in {Status.FAIL, Status.INCONCLUSIVE}:
        _line(console, _row(worst), MARKS[worst.verdict.status][1])
        _line(console, f"again: {worst.rerun(report.options)}")
    _print_unfinished(report, console)
    if report.faults:
        code = report.exit_code(allow_missing=allow_missing)
        count = "1 fault" if len(report.faults) == 1 else f"{len(report.faults)} faults"
        _line(console, f"{count}, see above (exit {code})", "magenta")
    if report.missing and not allow_missing:
        names = ", ".join(missing.name for missing in report.missing)
        code = report.exit_code(allow_missing=allow_missing)
        _line(console, f"not reached: {names} (exit {code}; --allow-missing to do without)", "magenta")


def _print_unfinished(report: RunReport, console: Console) -> None:
    match report.ended:
        case Ended.FINISHED:
            return
        case Ended.INTERRUPTED:
            how = "interrupted by Ctrl-C"
        case Ended.TERMINATED:
            how = "ended by SIGTERM"
        case Ended.FIRST_FAILURE:
            how = "ended by the first case that did not pass"
        case Ended.KILLED:
            how = "killed: what it had streamed breaks off"
        case _:
            assert_never(report.ended)
    left = Counter(one.server for one in report.not_reached)
    where = f" ({', '.join(f'{server} {count}' for server, count in sorted(left.items()))})" if left else ""
    _line(console, f"{how}; not reached: {_cases(left.total())}{where}", "magenta")


def _cases(count: int) -> str:
    return f"{count} case{'' if count == 1 else 's'}"


def _row(result: CellResult) -> str:
    mark, _ = MARKS[result.verdict.status]
    return " ".join((mark, result.id, *result.ends, result.verdict.reason))


def _by_reason(results: Sequence[CellResult]) -> dict[str, list[CellResult]]:
    grouped: dict[str, list[CellResult]] = {}
    for result in results:
        grouped.setdefault(_reason(result), []).append(result)
    return grouped


def _reason(result: CellResult) -> str:
    """Its verdict's; of a known deviation of the server alone what is declared: logs differ where all is alike."""
    if result.known is None or result.client is not None:
        return result.verdict.reason
    outcome = f"{result.outcome}, expected: {result.expected}"
    return f"{outcome} — known: {why(result.known, result.unmeasured)}"


def _cells(results: Sequence[CellResult]) -> str:
    """Which cells, briefly: ids, then servers, then clients, each once."""
    parts = (
        dict.fromkeys(result.id for result in results),
        dict.fromkeys(result.server for result in results),
        dict.fromkeys(result.client for result in results if result.client is not None),
    )
    return " × ".join(", ".join(part) for part in parts if part)
