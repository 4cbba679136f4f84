"""What a command does with a report besides showing it: it is written, and GitHub is told of it."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from harness.case.scenario import Scenario
from harness.exits import Exit
from harness.reports.fault import print_fault
from harness.reports.format import Listener
from harness.reports.github import SUMMARY, WORKSPACE, GitHub

if TYPE_CHECKING:
    from harness.reports.model import Report

from harness.reports.outputs import Outputs


def github(scenarios: Iterable[Scenario] = ()) -> tuple[tuple[str, Listener], ...]:
    """Who tells GitHub, by name, where this is a job of it. Annotations go to standard error, which it reads too."""
    summary = os.environ.get(SUMMARY)
    if not summary:
        return ()
    places = {scenario.id: scenario.place for scenario in scenarios}
    workspace = Path(os.environ.get(WORKSPACE) or Path.cwd())

    def write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

    return (("GitHub's summary", GitHub(Path(summary), write, workspace=workspace, places=places)),)


def write(report: "Report", outputs: Outputs) -> Exit:
    """Have ``report`` written; the exit code: that of a fault where one could not be written, else the report's."""
    outputs.end(report)
    for failure in outputs.failures:
        print_fault(Console(stderr=True), str(failure), detail=failure.detail, remedy=failure.remedy)
    if outputs.failures and report.exit_code not in {Exit.INTERRUPTED, Exit.TERMINATED}:
        return Exit.FAULT
    return report.exit_code
