"""Explaining an error's text."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from harness.errors import UsageError
from harness.exits import Exit
from harness.explain.answer import explain
from harness.explain.printing import print_explanation
from harness.explain.rows import OWN_CLIENTS, read_rows
from harness.reports.streams import page

_LIMIT = 100_000
"""Bytes of a text; the part of a log that matters is a few lines."""


def explain_text(text: str, *, as_json: bool, folders: Sequence[Path]) -> Exit:
    """Print what ``text`` means (``-``: standard input); the exit code. Raises UsageError."""
    asked = _read() if text == "-" else text
    answer = explain(asked, read_rows((OWN_CLIENTS, *folders)))
    if as_json:
        click.echo(answer.model_dump_json(indent=2))
    else:
        print_explanation(answer, page())
    return Exit.PASSED if answer.known else Exit.INCONCLUSIVE


def _read() -> str:
    stored = sys.stdin.buffer.read(_LIMIT + 1)
    if len(stored) > _LIMIT:
        raise UsageError(
            f"is longer than {_LIMIT:,} bytes", place="standard input", remedy="give the lines about the error alone"
        )
    return stored.decode("utf-8", errors="replace")
