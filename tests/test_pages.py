"""The parts of pages that are written from code and data are what code and data say."""

import re

import pytest

from harness.model.outcome import Cause
from scripts.pages import error_rows, marks, origins, said
from tests.documents import page

AGAIN = "`make pages` writes it anew"


def _written(name: str, mark: str) -> str:
    begin, end = marks(mark)
    return page(name).partition(begin)[2].partition(end)[0]


def test_where_servers_come_from_is_what_their_manifests_say() -> None:
    assert _written("servers", "origins") == origins(), AGAIN


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_has_a_row(cause: Cause) -> None:
    assert f"| `{cause.value}` |" in _written("causes", "causes"), AGAIN


def test_words_of_a_cause_are_those_of_an_error_table() -> None:
    known = {said(row) for row in error_rows()}
    cells = re.findall(r"(`[^`]+`) \|$", _written("causes", "causes"), re.MULTILINE)
    assert len(cells) > 30
    assert [words for words in cells if words not in known] == [], AGAIN
