"""A rotation under load on the console: what was done, what came of it, what the judge found, the verdict last."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.judge.rotation.finding import plural
from harness.kinds.rotation.words import failure_lines, finding_line, spell, terms_line, verdict_line
from harness.model.history import Kind
from harness.model.rotated import Figures, Rotated
from harness.reports.marks import Mark
from harness.reports.rotation.generations import caption, generations_table
from harness.reports.text import printable

_COLUMN = 17
_MOST_CAUSES = 8
"""A driver's unclassified words may be another cause each time; the JSON report has them all."""


def print_rotated(rotated: Rotated, console: Console, *, history: Path, picture: Path | None) -> None:
    """All of it; the verdict is the last line. The words are the same without a terminal."""
    for name, value in (*rotated.provenance.items(), ("terms", terms_line(rotated.terms))):
        _named(console, name, value, "dim")
    _line(console)
    console.print(_attempts_table(rotated.figures))
    _line(console)
    for name, value in _figure_lines(rotated.figures):
        _named(console, name, value)
    if rotated.figures.generations:
        _line(console)
        console.print(generations_table(rotated.figures.generations))
        _line(console, caption(rotated.figures.generations), "dim")
    _line(console)
    for finding in sorted(rotated.findings, key=lambda finding: finding.status, reverse=True):
        mark = Mark.of(finding.status, None)
        _line(console, f"{mark.symbol} {finding_line(finding)}", mark.style)
    _line(console)
    _named(console, "history", f"{history}   (again: dbtls judge {shlex.quote(str(history))})", "dim")
    if picture is not None:
        _named(console, "picture", str(picture), "dim")
    _line(console, verdict_line(rotated), Mark.of(rotated.verdict.status, None).style)


def _line(console: Console, text: str = "", style: str = "") -> None:
    """One line as it is: text from elsewhere is neither markup nor folded nor able to drive a terminal."""
    console.print(Text(printable(text), style=style), soft_wrap=True)


def _named(console: Console, name: str, value: str, style: str = "") -> None:
    _line(console, f"{name:{_COLUMN - 1}} {value}", style)


def _attempts_table(figures: Figures) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("attempts", no_wrap=True, min_width=_COLUMN - 2)
    for heading in ("begun", "served", "not served"):
        table.add_column(heading, justify="right", no_wrap=True)
    kinds = [kind for kind in Kind if figures.attempts.get(kind)]
    rows = [(kind.value, figures.attempts[kind], figures.served.get(kind, 0)) for kind in kinds]
    rows.append(("all", sum(figures.attempts.values()), sum(figures.served.values())))
    for name, begun, served in rows:
        table.add_row(name, f"{begun:,}", f"{served:,}", f"{begun - served:,}")
    return table


def _figure_lines(figures: Figures) -> Iterator[tuple[str, str]]:
    """Names and values, in the order in which a reader doubts them."""
    for line in failure_lines(figures, most=_MOST_CAUSES) if figures.failures else ("none",):
        yield "failures", line
    if figures.indeterminate:
        yield "indeterminate", f"{plural(figures.indeterminate, 'attempt')} begun without an end"
    if figures.bound is not None:
        yield "bound", f"with 95 % certainty at most {figures.bound:.2g} of attempts fail (3/n)"
    stalled = f" at «{figures.stalled_at}»" if figures.stalled_at else ""
    yield "longest stall", spell(figures.longest_stall_s) + stalled
    yield "arrivals", f"{figures.asked:.1f} new connections/s asked, {figures.reached:.1f} reached"
    yield (
        "generator",
        (
            f"{spell(figures.lag_max_s)} late at most, {figures.cpu_max:.2f} cores at most, "
            f"its client {figures.probe_cpu_max:.2f}"
        ),
    )
    yield (
        "reload",
        f"{_longest(figures.reload_s)} at clients; change of the server: {_longest(figures.server_change_s)}",
    )
    counted = "no count" if figures.server_connections is None else f"{figures.server_connections:,} counted"
    yield (
        "connections",
        (
            f"{figures.peak_connections:,} at once at most; {figures.client_connections:,} begun by clients, "
            f"{counted} by the server"
        ),
    )


def _longest(seconds: float | None) -> str:
    return "none" if seconds is None else f"{spell(seconds)} at most"
