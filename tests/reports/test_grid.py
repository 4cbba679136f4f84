"""Tables at any width: nothing is cut off, nothing is wider than it may be."""

import random

import pytest
from rich.cells import cell_len
from rich.text import Text

from harness.reports.digest import digest_of, mark_of
from harness.reports.grid import Grid, drawn, folded
from harness.reports.making import report_of
from harness.reports.marks import Mark
from harness.reports.tables import alone_matrix, case_matrix, theme_table
from harness.reports.text import on_one_line
from tests.reports.marks import HOSTILE, many

WIDTHS = (60, 80, 120, 200)


@pytest.mark.parametrize("width", [1, 2, 7, 40])
def test_a_text_is_folded_behind_blanks_and_nothing_of_it_is_lost(width: int) -> None:
    text = "to be or not to be, 漢字漢字 antidisestablishmentarianism"
    lines = folded(Text(text), width)
    assert "".join(line.plain for line in lines) == text
    assert all(cell_len(line.plain.rstrip()) <= max(width, 2) for line in lines)
    assert [line.plain for line in folded(Text("to be or"), 6)] == ["to be ", "or"]
    assert [line.plain for line in folded(Text(""), 6)] == [""]


def test_a_fold_keeps_styles() -> None:
    parts = folded(Text("ab", style="red").append("cd", style="green"), 3)
    assert [(part.plain, [str(span.style) for span in part.spans]) for part in parts] == [
        ("abc", ["green"]),
        ("d", ["green"]),
    ]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("seed", range(5))
def test_everything_in_a_table_is_drawn_and_no_line_is_too_wide(width: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  a test's data
    rows = [f"r{number}" * chance.randint(1, 30) for number in range(6)]
    columns = [f"c{number}" * chance.randint(1, 60) for number in range(chance.randint(1, 14))]
    texts = {
        (row, column): f"<{row},{column}>" * chance.randint(1, 9) for row in range(6) for column in range(len(columns))
    }
    grid = Grid(corner="corner", rows=rows, columns=columns, cells={at: Text(text) for at, text in texts.items()})
    lines = [line.plain for line in drawn(grid, width)]
    assert max(map(cell_len, lines)) <= width
    drawn_characters = "".join(lines).replace(" ", "")
    for text in texts.values():
        for character in set(text):
            whole = sum(each.count(character) for each in texts.values())
            assert drawn_characters.count(character) >= whole


def test_of_a_table_and_its_transpose_the_one_with_fewer_lines_is_drawn() -> None:
    def table(rows: int, columns: int) -> list[str]:
        heads = [f"row-{number}" for number in range(rows)], [f"column-{number}" for number in range(columns)]
        grid = Grid(corner="rows", rows=heads[0], columns=heads[1], cells={(0, 1): Text("x")})
        return [line.plain for line in drawn(grid, 60, transposed_corner="columns")]

    assert table(2, 3) == ["rows   column-0  column-1  column-2", "row-0            x", "row-1"]
    assert table(3, 2) == ["columns   row-0  row-1  row-2", "column-0", "column-1  x"]


def _marks(lines: list[Text]) -> dict[str, int]:
    text = "\n".join(line.plain for line in lines)
    return {mark.symbol: text.count(mark.symbol) for mark in Mark}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("servers", [1, 4, 11, 14])
@pytest.mark.parametrize("clients", [1, 6, 43])
@pytest.mark.parametrize("names", [None, HOSTILE], ids=["plain", "hostile"])
def test_a_matrix_has_the_mark_of_every_case_at_every_width(
    width: int, servers: int, clients: int, names: list[str] | None
) -> None:
    report = report_of(many(servers=servers, clients=clients, names=names))
    lines = list(case_matrix([case for case in report.cases if case.client], width))
    found = _marks([line for line in lines if not line.plain.startswith("clients")])
    assert max(cell_len(line.plain) for line in lines) <= width
    # A dash and an F and a k stand in names too; these marks do not.
    for mark in (Mark.PASSED, Mark.UNSAFE, Mark.INCONCLUSIVE):
        assert found[mark.symbol] == sum(mark_of(case) is mark for case in report.cases if case.client)
    assert found["F"] >= sum(case.status.value == "fail" for case in report.cases if case.client)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("servers", [1, 4, 11, 14])
@pytest.mark.parametrize("names", [None, HOSTILE], ids=["plain", "hostile"])
def test_the_table_of_themes_and_the_servers_own_cases_lose_no_mark(
    width: int, servers: int, names: list[str] | None
) -> None:
    report = report_of(many(servers=servers, clients=2, names=names))
    digest = digest_of(report)
    lines = theme_table(digest.themes, width)
    text = "".join("".join(line.plain for line in lines).split())
    assert max(cell_len(line.plain) for line in lines) <= width
    for mark in (Mark.UNSAFE, Mark.INCONCLUSIVE):
        shown = sum(tally.counts.get(mark, 0) > 0 for tally in digest.themes.cells.values())
        assert text.count(mark.symbol) == shown
        assert shown > 0
    assert text.count("‼2k2") == servers  # of one cell, both
    assert text.count("✓") == sum(tally.worst is Mark.PASSED for tally in digest.themes.cells.values())
    alone = [case for case in report.cases if case.client is None]
    lines = alone_matrix(alone, width)
    assert max(cell_len(line.plain) for line in lines) <= width
    assert _marks(lines)["‼"] == sum(case.is_unsafe for case in alone)
    assert (
        "".join("".join(line.plain for line in lines).split()).count("‼startswithoutTLS") == len(alone) or width < 120
    )


def test_hostile_names_stand_on_one_line_and_in_their_order() -> None:
    assert on_one_line("a\nb\tc\u202ed\x1b[31m\u2028") == "a\\nb\\tc\\u202ed\\x1b[31m\\u2028"
    report = report_of(many(servers=4, clients=6, names=HOSTILE))
    for line in (*case_matrix(report.cases, 80), *theme_table(digest_of(report).themes, 80)):
        assert line.plain == on_one_line(line.plain)


def test_a_matrix_says_above_it_which_sign_is_which_client() -> None:
    report = report_of(many(servers=1, clients=2))
    lines = [line.plain for line in case_matrix([case for case in report.cases if case.client], 80)]
    assert lines[0] == "clients  1 client-0  2 client-1"
    assert lines[2].split() == ["12"]


def test_where_a_client_has_no_such_case_a_dot_keeps_its_place() -> None:
    report = report_of(many(servers=1, clients=3))
    some = [case for case in report.cases if case.client and (case.client, case.id) != ("client-1", "one-way::good")]
    lines = [line.plain for line in case_matrix(some, 80)]
    assert next(line for line in lines if line.startswith("one-way::good ")).split()[-1][1] == "·"
