"""Comparing stored reports."""

import json
from dataclasses import dataclass
from pathlib import Path

import click

from harness.commands.doing.kept import kept_report
from harness.compare.comparison import FAILS, compared, exit_for
from harness.compare.differences import Weight
from harness.compare.json_form import as_json
from harness.compare.pairing import Paired, between, within
from harness.compare.text import View, lines
from harness.errors import UsageError
from harness.exits import Exit
from harness.reports.reading import read_report


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asked for."""

    before: str
    after: str
    reports: bool
    report: Path | None
    fail_on: tuple[str, ...]
    json_file: Path | None
    whole: bool


def compare_asked(asked: Asked) -> Exit:
    """Print and write it; the exit code is that of what was found, however it is shown. Raises UsageError."""
    comparison = compared(_sides(asked))
    code = exit_for(comparison, frozenset(map(Weight, asked.fail_on)) or FAILS)
    if asked.json_file is not None:
        text = json.dumps(as_json(comparison, code), indent=1, ensure_ascii=False) + "\n"
        try:
            asked.json_file.write_text(text, encoding="utf-8")
        except OSError as error:
            what = f"cannot be written: {error.strerror}"
            raise UsageError(what, place=str(asked.json_file), remedy="name a file in a folder that exists") from error
    for line in lines(comparison, code, View(whole=asked.whole)):
        click.echo(line)
    return code


def _sides(asked: Asked) -> Paired:
    if not asked.reports:
        report = kept_report() if asked.report is None else read_report(asked.report)
        return within(report, asked.before, asked.after)
    if asked.report is not None:
        raise UsageError("--in and --from exclude each other", remedy="with --from, A and B are the reports")
    files = Path(asked.before), Path(asked.after)
    return between(read_report(files[0]), read_report(files[1]), names=(asked.before, asked.after))
