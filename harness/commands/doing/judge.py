"""Judging a stored history."""

from pathlib import Path

from rich.console import Console

from harness.commands.doing.concluding import check_reports, conclude
from harness.exits import Exit
from harness.history.reading import read_history
from harness.judge.rotation.verdict import judge_rotation
from harness.reports.streams import stdout


def judge_history(history: Path, *, json_path: Path | None, picture: Path | None) -> Exit:
    """Print the verdict and write the reports; the exit code. Raises UsageError for what is no history."""
    check_reports(history, picture=picture, json_path=json_path)
    stored = read_history(history)
    with Console(stderr=True).status("judging"):
        rotated = judge_rotation(stored)
    return conclude(rotated, history=history, picture=picture, json_path=json_path, console=stdout())
