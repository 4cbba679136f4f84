"""The console: progress while a run goes, the matrix and each deviation at its end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import assert_never

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from harness.model.verdict import Status
from harness.reports.evidence import evidence_lines
from harness.runner.events import BuildMissing, Event, Judged, LaneDoes, LaneEnded, LaneFailed, LanePlanned
from harness.runner.results import CellResult, RunReport

MARKS: Mapping[Status, tuple[str, str]] = {
    Status.PASS: ("✓", "green"),
    Status.KNOWN: ("K", "yellow"),
    Status.SKIPPED: ("-", "dim"),
    Status.INCONCLUSIVE: ("?", "magenta"),
    Status.FAIL: ("F", "bold red"),
}


_UNBOUNDED = 400
"""Columns where output is no terminal: a line that a program reads must not be folded to a default of 80."""


def stdout() -> Console:
    """Standard output, for data."""
    console = Console()
    return console if console.is_terminal else Console(width=_UNBOUNDED)


class LiveProgress:
    """A line a server while a run goes, on a terminal; elsewhere one line a lane's milestone. A context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[server]:22}"),
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
                    self._progress.console.print(_row(result), soft_wrap=True)
                self._progress.advance(self._task(result.server))
            case BuildMissing(missing=missing):
                self._console.print(f"{missing.server}: cannot be had: {missing.reason}", style="magenta", markup=False)
            case LaneEnded(server=server):
                bad = self._bad[server]
                self._progress.update(self._task(server), description=f"done, {bad} bad" if bad else "done")
            case LaneFailed():
                pass
            case _:
                assert_never(event)

    def _task(self, server: str) -> TaskID:
        if server not in self._tasks:
            self._tasks[server] = self._progress.add_task("waiting", server=server, total=None)
        return self._tasks[server]


def print_report(report: RunReport, console: Console, *, allow_missing: bool) -> None:
    """The matrix, the known deviations, skips by reason, each failure with both ends' evidence, and the sum."""
    _print_matrix(report.results, console)
    known = [result for result in report.results if result.verdict.status is Status.KNOWN]
    if known:
        console.print("\nKnown deviations", style="bold")
        for reason, results in _by_reason(known).items():
            console.print(f"  {_cells(results)}: {reason}", markup=False, soft_wrap=True)
    skipped = [result for result in report.results if result.verdict.status is Status.SKIPPED]
    if skipped:
        console.print("\nSkipped", style="bold")
        for reason, results in _by_reason(skipped).items():
            console.print(f"  {_cells(results)}: {reason}", markup=False, soft_wrap=True)
    for missing in report.missing:
        console.print(f"\nMissing: {missing.server}: {missing.reason}", style="bold magenta", markup=False)
        for line in missing.detail:
            console.print(f"    {line}", markup=False, soft_wrap=True)
        console.print(f"  hint: {missing.remedy}", markup=False)
    for result in report.results:
        if result.verdict.status in {Status.FAIL, Status.INCONCLUSIVE}:
            _print_deviation(result, console)
    _print_sum(report, console, allow_missing=allow_missing)


def _print_matrix(results: Sequence[CellResult], console: Console) -> None:
    servers = sorted({result.server for result in results})
    clients = sorted({result.client for result in results})
    marks = {(result.id, result.server, result.client): MARKS[result.verdict.status] for result in results}
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("case", no_wrap=True, overflow="fold")
    for server in servers:
        table.add_column(server, justify="center")
    for identity in dict.fromkeys(result.id for result in results):
        row = []
        for server in servers:
            cell = Text()
            for client in clients:
                mark, style = marks.get((identity, server, client), (" ", ""))
                cell.append(mark, style=style)
            row.append(cell)
        table.add_row(identity, *row)
    console.print(table)
    legend = "  ".join(f"{mark} {status.value}" for status, (mark, _) in MARKS.items())
    console.print(f"in each cell, in this order: {', '.join(clients)}.   {legend}", style="dim", highlight=False)


def _print_deviation(result: CellResult, console: Console) -> None:
    mark, style = MARKS[result.verdict.status]
    console.print(f"\n{mark} {result.id}  {result.server}  {result.client}", style=style, markup=False)
    console.print(f"  claim: {result.claim}", markup=False, soft_wrap=True, highlight=False)
    console.print(f"  {result.verdict.status.value}: {result.verdict.reason}", markup=False, soft_wrap=True)
    if result.difference:
        console.print(f"  one difference: {result.difference}", markup=False, soft_wrap=True, highlight=False)
    for proof in result.proofs:
        for line in evidence_lines(proof):
            console.print(f"  {line}", markup=False, soft_wrap=True, highlight=False)
    console.print(f"  again: {result.rerun}", markup=False, soft_wrap=True, highlight=False)


def _print_sum(report: RunReport, console: Console, *, allow_missing: bool) -> None:
    console.print()
    origin = report.provenance
    for server in origin.servers:
        protocols = ", ".join(server.protocols)
        console.print(
            f"{server.name}: {server.version}, {server.tls_library}, {protocols}, "
            f"{server.reload or 'no reload'}, {server.image}",
            style="dim",
            markup=False,
            soft_wrap=True,
            highlight=False,
        )
    for client in origin.clients:
        console.print(
            f"{client.name}: {client.driver}, {client.runtime}, {client.tls_library}",
            style="dim",
            markup=False,
            soft_wrap=True,
            highlight=False,
        )
    console.print(
        f"{origin.harness} at {origin.revision}, {origin.engine}, {origin.machine}", style="dim", highlight=False
    )
    spent = "  ".join(f"{kind} {seconds:.1f}" for kind, seconds in sorted(report.spent_s.items()))
    first = "" if report.first_verdict_s is None else f", first verdict after {report.first_verdict_s:.1f} s"
    console.print(
        f"{report.duration_s:.1f} s{first}; seconds summed over lanes: {spent}",
        style="dim",
        markup=False,
        highlight=False,
    )
    counts = ", ".join(f"{report.count(status)} {status.value}" for status in Status if report.count(status))
    worst = max(report.results, key=lambda result: result.verdict.status, default=None)
    console.print(f"{len(report.results)} cases: {counts or 'none'}", style="bold", markup=False, highlight=False)
    if worst is not None and worst.verdict.status in {Status.FAIL, Status.INCONCLUSIVE}:
        console.print(_row(worst), soft_wrap=True)
        console.print(f"again: {worst.rerun}", markup=False, soft_wrap=True, highlight=False)
    if report.missing and not allow_missing:
        names = ", ".join(missing.server for missing in report.missing)
        console.print(f"not reached: {names} (exit 3; --allow-missing to do without)", style="magenta", markup=False)


def _row(result: CellResult) -> Text:
    mark, style = MARKS[result.verdict.status]
    return Text(f"{mark} {result.id} {result.server} {result.client} {result.verdict.reason}", style=style)


def _by_reason(results: Sequence[CellResult]) -> dict[str, list[CellResult]]:
    grouped: dict[str, list[CellResult]] = {}
    for result in results:
        grouped.setdefault(result.verdict.reason, []).append(result)
    return grouped


def _cells(results: Sequence[CellResult]) -> str:
    """Which cells, briefly: ids, then servers, then clients, each once."""
    parts = (
        dict.fromkeys(result.id for result in results),
        dict.fromkeys(result.server for result in results),
        dict.fromkeys(result.client for result in results),
    )
    return " × ".join(", ".join(part) for part in parts)
