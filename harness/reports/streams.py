"""Where commands print: standard output for data, standard error for what they do meanwhile."""

import os

from rich.console import Console

WIDTH_OF_A_LOG = 160
"""Columns where output is no terminal and COLUMNS does not say otherwise."""


def stdout() -> Console:
    """Standard output."""
    return _console(stderr=False, quiet=False)


def stderr(*, quiet: bool = False) -> Console:
    """Standard error; ``quiet``: nothing is printed."""
    return _console(stderr=True, quiet=quiet)


def _console(*, stderr: bool, quiet: bool) -> Console:
    console = Console(stderr=stderr, quiet=quiet)
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(stderr=stderr, quiet=quiet, width=WIDTH_OF_A_LOG)
