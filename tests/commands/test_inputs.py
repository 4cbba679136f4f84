"""What somebody may type wrongly, and what then is said: whole output and exit code, of 63 lines that somebody tried.

``inputs.txt`` is the transcript: the lines of a review in its order, each with how clear a reader of that review would
find the answer. A line that is taken now has something at its end before which nothing starts; `run` is told to list.
"""

from pathlib import Path

import pytest

from tests.commands.transcript import Turn, again, read

TURNS = read()
REFUSED = [turn for turn in TURNS if turn.code == 2]


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.line)
def test_a_line_is_answered_as_the_transcript_says(turn: Turn, tmp_path: Path) -> None:
    assert str(again(turn, tmp_path)) == str(turn)


def test_of_all_lines_three_at_most_are_answered_unclearly() -> None:
    assert [turn.number for turn in TURNS] == list(range(1, 64))
    assert sum(turn.clear == "unclear" for turn in TURNS) <= 3
    assert sum(turn.clear == "clear" for turn in TURNS) >= 50


@pytest.mark.parametrize("turn", REFUSED, ids=lambda turn: turn.line)
def test_there_is_one_voice(turn: Turn) -> None:
    """One error without a full stop and one hint; a notice about a name of old may stand before them."""
    error, hint = (line for line in turn.said.splitlines() if not line.startswith("dbtls: "))
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")
    assert not error.endswith(".")
    assert len(hint.split(", ")) <= 10, "a list of names nobody reads"
