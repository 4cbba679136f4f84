"""A fault as a person reads it: what went wrong, its raw detail, what to do about it."""

from collections.abc import Sequence

from rich.console import Console

from harness.reports.text import printable


def print_fault(console: Console, what: str, *, detail: Sequence[str], remedy: str) -> None:
    """Print ``error: what``, its ``detail`` line by line, and ``hint: remedy``."""

    def line(text: str, *, end: str = "\n") -> None:
        console.print(printable(text), markup=False, highlight=False, soft_wrap=True, end=end)

    console.print("error:", style="bold red", end=" ")
    line(what)
    for part in detail:
        line(f"  | {part}")
    console.print("hint:", style="bold", end=" ")
    line(remedy)
