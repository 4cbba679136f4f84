"""The console's tables of cases without a client: a row each, what became of it at each server."""

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from harness.model.verdict import Status
from harness.reports.text import printable
from harness.runner.results import CellResult


def alone_table(results: Sequence[CellResult], marks: Mapping[Status, tuple[str, str]]) -> Table:
    """A row for each case of ``results``, a column for each server, in each cell the verdict's mark and the outcome."""
    servers = sorted({result.server for result in results})
    there = {(result.id, result.server): result for result in results}
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("on the server alone", no_wrap=True, overflow="fold")
    for server in servers:
        table.add_column(Text(server))
    for identity in dict.fromkeys(result.id for result in results):
        found = [there.get((identity, server)) for server in servers]
        table.add_row(Text(identity), *(Text() if result is None else _cell(result, marks) for result in found))
    return table


def _cell(result: CellResult, marks: Mapping[Status, tuple[str, str]]) -> Text:
    mark, style = marks[result.verdict.status]
    brief = result.proofs[-1].brief if result.proofs else ""
    return Text(printable(f"{mark} {brief}".rstrip()), style=style)
