"""The console's tables: themes, cases with clients, cases of servers alone. None of them loses a mark at any width."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.text import Text

from harness.reports.digest import Tally, Themes, mark_of
from harness.reports.grid import Grid, drawn, paragraph
from harness.reports.marks import Mark
from harness.reports.model import CaseReport, PropertyReport
from harness.reports.text import on_one_line

_SIGNS = "123456789abcdefghijklmnopqrstuvwxyz"
"""What a client is called in a matrix: a column each, explained above it."""
_NOT_REACHED = "…"
"""Followed by a number: of cases that have no verdict, because the run was ended before."""
_NONE = Text("·", style="dim")
"""In a cell, for a client that has no such case."""


def theme_table(themes: Themes, width: int) -> list[Text]:
    """What came of each theme on each server: every sort of deviation with its number, else one mark for all."""
    cells = {
        (row, column): _tally(themes.cells[theme, server])
        for row, theme in enumerate(themes.themes)
        for column, server in enumerate(themes.servers, 1)
        if (theme, server) in themes.cells
    }
    totals = {(row, 0): Text(f"{themes.cases(theme):,}") for row, theme in enumerate(themes.themes)}
    grid = Grid(corner="theme", rows=themes.themes, columns=("cases", *themes.servers), cells=cells | totals)
    return drawn(grid, width, transposed_corner="server")


def _tally(tally: Tally) -> Text:
    parts = [Text(f"{mark.symbol}{count}", style=mark.style) for mark, count in tally.deviating]
    if tally.not_reached:
        parts.append(Text(f"{_NOT_REACHED}{tally.not_reached}", style="magenta"))
    elif not parts and tally.worst is not None:
        parts.append(Text(tally.worst.symbol, style=tally.worst.style))
    return Text(" ").join(parts)


def legend(themes: Themes, width: int) -> list[Text]:
    """What each mark in the table of ``themes`` means."""
    there = {mark for tally in themes.cells.values() for mark in tally.counts}
    told = [f"{mark.symbol} {mark.word}" for mark in Mark if mark in there]
    if any(tally.not_reached for tally in themes.cells.values()):
        told.append(f"{_NOT_REACHED} not reached")
    return paragraph(Text("   ".join(told), style="dim"), width)


def case_matrix(cases: Sequence[CaseReport], width: int) -> Iterator[Text]:
    """A mark for each case with a client: a row a case, a column a server, in each cell a mark for each client."""
    clients = sorted({case.client for case in cases if case.client is not None})
    for first in range(0, len(clients), len(_SIGNS)):
        if first:
            yield Text()
        signs = dict(zip(clients[first:], _SIGNS, strict=False))
        names = "  ".join(f"{sign} {on_one_line(name)}" for name, sign in signs.items())
        yield from paragraph(Text(f"clients  {names}"), width)
        yield from drawn(_matrix([case for case in cases if case.client in signs], signs), width)


def _matrix(cases: Sequence[CaseReport], signs: Mapping[str, str]) -> Grid:
    servers = sorted({case.server for case in cases})
    identities = list(dict.fromkeys(case.id for case in cases))
    marks = {(case.id, case.server, case.client): mark_of(case) for case in cases}
    cells = {(0, column): Text("".join(signs.values()), style="dim") for column in range(len(servers))}
    for row, identity in enumerate(identities, 1):
        for column, server in enumerate(servers):
            found = [marks.get((identity, server, client)) for client in signs]
            cells[row, column] = Text().join(_NONE if mark is None else Text(mark.symbol, mark.style) for mark in found)
    return Grid(corner="case", rows=("", *identities), columns=servers, cells=cells)


def alone_matrix(cases: Sequence[CaseReport], width: int) -> list[Text]:
    """A row for each case without a client, a column for each server: the mark, and what became of it."""
    columns = _numbered(sorted(case.server for case in cases))
    rows = _numbered(case.id for case in cases)
    cells = {}
    for case in cases:
        mark = mark_of(case)
        text = Text(f"{mark.symbol} {on_one_line(case.outcome or case.brief)}".rstrip(), style=mark.style)
        cells[rows[case.id], columns[case.server]] = text
    return drawn(Grid(corner="on the server alone", rows=list(rows), columns=list(columns), cells=cells), width)


def property_table(uses: Sequence[PropertyReport], width: int) -> list[Text]:
    """A row for each property, a column for each client, in each cell the word, or each server's where they differ."""
    rows = _numbered(use.name for use in uses)
    columns = _numbered(use.client for use in uses)
    words: dict[tuple[int, int], dict[str, list[str]]] = {}
    for use in uses:
        words.setdefault((rows[use.name], columns[use.client]), {}).setdefault(use.use, []).append(use.server)
    cells = {pair: Text(_words(by_word)) for pair, by_word in words.items()}
    return drawn(Grid(corner="the guide's property", rows=list(rows), columns=list(columns), cells=cells), width)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    """Each name once, in order, with its place in it."""
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _words(by_word: Mapping[str, Sequence[str]]) -> str:
    if len(by_word) == 1:
        return "".join(by_word)
    told = ((word, ", ".join(sorted(servers))) for word, servers in by_word.items())
    return on_one_line("; ".join(f"{word} ({servers})" for word, servers in told))
