"""Tables for any width: what does not fit is folded or stands in a further block below, and nothing is cut off.

A *block* is a part of the table that fits: some columns, with the row heads repeated at the left. Of a table and its
transpose the one with fewer lines is drawn.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from harness.reports.text import on_one_line

_GAP = 2
"""Columns between two cells."""
_WIDEST_HEAD = 26
"""Columns of a column's head before it folds. A guess: the names of builds are up to 22 long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table: ``cells`` by the numbers of row and column, from 0; a pair that is not there is empty.

    ``corner`` stands over the row heads. Heads may be equal.
    """

    corner: str
    rows: Sequence[str]
    columns: Sequence[str]
    cells: Mapping[tuple[int, int], Text]

    def transposed(self, corner: str) -> "Grid":
        """Its columns as rows."""
        turned = {(column, row): cell for (row, column), cell in self.cells.items()}
        return Grid(corner=corner, rows=self.columns, columns=self.rows, cells=turned)


def drawn(grid: Grid, width: int, *, transposed_corner: str = "") -> list[Text]:
    """The lines of ``grid`` in ``width`` columns; of its transpose where that has a corner and takes fewer lines."""
    lines = list(_lines(grid, width))
    if transposed_corner:
        turned = list(_lines(grid.transposed(transposed_corner), width))
        if len(turned) < len(lines):
            return turned
    return lines


def folded(text: Text, width: int) -> list[Text]:
    """``text`` in lines of at most ``width`` columns, cut behind a blank where there is one; at least one line."""
    lines = []
    while cell_len(text.plain) > width:
        at = _fits(text.plain, width)
        blank = text.plain.rfind(" ", 0, at)
        at = blank + 1 if blank > 0 else at
        lines.append(text[:at])
        text = text[at:]
    return [*lines, text]


def paragraph(text: Text, width: int) -> list[Text]:
    """``text`` as ``folded``, without the blanks at which it is cut."""
    lines = folded(text, width)
    for line in lines:
        line.rstrip()
    return lines


def _fits(text: str, width: int) -> int:
    """How many characters of ``text`` fit; at least one, or there would be no end."""
    taken = 0
    for number, character in enumerate(text):
        taken += cell_len(character)
        if taken > width:
            return max(number, 1)
    return len(text)


def _lines(grid: Grid, width: int) -> Iterator[Text]:
    heads = [on_one_line(row) for row in grid.rows]
    left = min(max(map(cell_len, (grid.corner, *heads))), max(width // 2 - _GAP, 1))
    for number, block in enumerate(_blocks(grid, width - left - _GAP)):
        if number:
            yield Text()
        top = [(size, Text(on_one_line(grid.columns[column]), style="bold")) for column, size in block]
        yield from _row([(left, Text(grid.corner, style="bold")), *top])
        for row, head in enumerate(heads):
            cells = [(size, grid.cells.get((row, column), Text())) for column, size in block]
            yield from _row([(left, Text(head)), *cells])


def _blocks(grid: Grid, room: int) -> list[list[tuple[int, int]]]:
    """Columns with their sizes, so many together as fit into ``room``; one that is wider than that is folded."""
    blocks: list[list[tuple[int, int]]] = [[]]
    taken = 0
    for column, head in enumerate(grid.columns):
        cells = (cell.plain for (_, at), cell in grid.cells.items() if at == column)
        widest = max(map(cell_len, cells), default=0)
        size = max(1, min(room, max(widest, min(cell_len(on_one_line(head)), _WIDEST_HEAD))))
        if blocks[-1] and taken + _GAP + size > room:
            blocks.append([])
            taken = 0
        taken += size + (_GAP if blocks[-1] else 0)
        blocks[-1].append((column, size))
    return blocks


def _row(cells: Sequence[tuple[int, Text]]) -> Iterator[Text]:
    """A row of cells, each folded to its size: as many lines as the tallest of them has."""
    parts = [(size, folded(cell, size)) for size, cell in cells]
    for number in range(max(len(lines) for _, lines in parts)):
        line = Text()
        for size, lines in parts:
            part = lines[number] if number < len(lines) else Text()
            line.append_text(part)
            line.append(" " * (size - cell_len(part.plain) + _GAP))
        line.rstrip()
        yield line
