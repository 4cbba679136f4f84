"""Exit codes: one table for all commands."""

import re

import pytest

from harness.commands.epilogs import EXIT_CODES, ROTATION_EXIT_CODES
from harness.exits import Exit, exit_codes
from harness.model.verdict import Status, exit_for


def test_a_verdict_has_its_exit_code() -> None:
    assert {status: int(exit_for(status)) for status in Status} == {
        Status.PASS: 0,
        Status.KNOWN: 0,
        Status.SKIPPED: 3,
        Status.INCONCLUSIVE: 3,
        Status.FAIL: 1,
    }


def test_the_codes_are_those_of_shells_for_signals() -> None:
    assert [int(code) for code in Exit] == [0, 1, 2, 3, 130, 143]


@pytest.mark.parametrize("text", [EXIT_CODES, ROTATION_EXIT_CODES])
def test_a_help_names_every_code(text: str) -> None:
    assert [int(code) for code in re.findall(r"^  (\d+) ", text, re.MULTILINE)] == list(Exit)


def test_a_help_says_what_differs_by_command() -> None:
    text = exit_codes({Exit.FAILED: "a rule is broken"})
    assert text.splitlines()[:4] == [
        "\b",
        "Exit codes:",
        "  1    a rule is broken",
        "  2    usage error, or a fault of the harness or its surroundings",
    ]
