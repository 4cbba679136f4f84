"""Showing and writing stored reports."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from harness.commands.doing.kept import kept_report
from harness.commands.doing.telling import github, write
from harness.errors import UsageError
from harness.exits import Exit
from harness.reports.console import Around, View, print_report
from harness.reports.merging import merged
from harness.reports.model import FailOn, Report
from harness.reports.outputs import Target, check, on_stdout, opened
from harness.reports.reading import read_report
from harness.reports.streams import page, stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asked for."""

    files: tuple[Path, ...]
    targets: tuple[Target, ...]
    failed: bool
    known: bool
    skipped: bool
    matrix: bool
    quiet: bool
    verbose: bool
    fail_on: tuple[str, ...]
    allow_missing: bool
    tracebacks: bool


def report_asked(asked: Asked) -> Exit:
    """Show and write it; the exit code of the run, or the worst of the runs. Raises UsageError."""
    check(asked.targets, read=asked.files)
    sum_ = merged(_read(asked.files), allow_missing=asked.allow_missing, fail_on=[FailOn(one) for one in asked.fail_on])
    for note in sum_.notes:
        click.echo(f"dbtls: {note}", err=True)
    view = View(
        briefly=asked.quiet,
        matrix=asked.matrix,
        known=asked.known or asked.verbose,
        skipped=asked.skipped or asked.verbose,
        details=asked.verbose,
        whole=asked.failed,
        tracebacks=asked.tracebacks,
    )
    around = Around(
        written=tuple(str(target.path) for target in asked.targets if not target.is_stdout),
        shown_by=shlex.join(("dbtls", "report", *map(str, asked.files))),
    )
    with opened(asked.targets, *github()) as outputs:
        print_report(sum_.report, stderr() if on_stdout(asked.targets) else page(), view=view, around=around)
        return write(sum_.report, outputs)


def _read(files: tuple[Path, ...]) -> Mapping[str, Report]:
    if not files:
        return {"the last run": kept_report()}
    found: dict[Path, Path] = {}
    for path in files:
        if path.resolve() in found:
            raise UsageError("this report is named twice", place=str(path), remedy="name it once")
        found[path.resolve()] = path
    return {str(path): read_report(path) for path in files}
