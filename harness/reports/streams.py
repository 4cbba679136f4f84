"""Where commands print: standard output for data, standard error for what they do meanwhile."""

import os

from rich.console import Console

WIDTH_OF_A_LOG = 160
"""Columns of what is read as text where output is no terminal and COLUMNS does not say otherwise."""

_UNBOUNDED = 400
"""Columns of what a program may read, where output is no terminal: a line of a listing must not be folded."""


def stdout() -> Console:
    """Standard output, for listings."""
    console = Console()
    return console if console.is_terminal else Console(width=_UNBOUNDED)


def page() -> Console:
    """Standard output, for a text that fits the width of a log."""
    return _as_wide_as_a_log(Console())


def stderr(*, quiet: bool = False) -> Console:
    """Standard error; ``quiet``: nothing is printed."""
    return _as_wide_as_a_log(Console(stderr=True, quiet=quiet))


def _as_wide_as_a_log(console: Console) -> Console:
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(stderr=console.stderr, quiet=console.quiet, width=WIDTH_OF_A_LOG)
