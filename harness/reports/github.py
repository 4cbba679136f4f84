"""What GitHub shows of a job: Markdown in its summary, and an annotation for each failure.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions has the escapes and the limits.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.model.verdict import Status
from harness.names import scenario_of
from harness.reports.format import Write

if TYPE_CHECKING:
    from harness.reports.model import CaseReport, Report
    from harness.runner.events import Event

SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"
MOST = 10
"""Annotations of a kind that GitHub shows of a step."""


class GitHub:
    """Adds to the file ``summary``, and hands annotations to ``write``.

    ``places`` are the scenarios' files by id, as ``file:line``; one below ``workspace`` is named in an annotation.
    """

    def __init__(self, summary: Path, write: Write, *, workspace: Path, places: Mapping[str, str]) -> None:
        self._summary = summary
        self._write = write
        self._workspace = workspace.resolve()
        self._places = places

    def hear(self, event: "Event") -> None:
        """Nothing: annotations are for what there is in the end."""

    def end(self, report: "Report") -> None:
        from harness.reports.formats.markdown import text

        for line in self._annotations(report):
            self._write(f"{line}\n")
        with self._summary.open("a", encoding="utf-8") as file:
            file.write(text(report))

    def _annotations(self, report: "Report") -> Iterator[str]:
        for fault in report.faults[:MOST]:
            yield annotation(f"dbtls: fault {fault.place}".rstrip(), f"{fault.text}\nhint: {fault.remedy}")
        bad = {Status.FAIL, Status.INCONCLUSIVE}
        for case in [case for case in report.cases if case.status in bad and not case.is_lost][:MOST]:
            message = f"{case.status.value}: {case.reason}\nclaim: {case.claim}\nagain: {case.rerun}"
            yield annotation("  ".join((case.id, *case.ends)), message, *self._file(case))

    def _file(self, case: "CaseReport") -> tuple[str, str]:
        """The scenario's file, as a path of the repository, and its line; empty where it is not in there."""
        file, _, line = self._places.get(scenario_of(case.id), "").partition(":")
        path = Path(file).resolve()
        if not file or not path.is_relative_to(self._workspace):
            return "", ""
        return str(path.relative_to(self._workspace)), line


def annotation(title: str, message: str, file: str = "", line: str = "") -> str:
    """A workflow command that marks an error."""
    properties = {"file": file, "line": line, "title": title}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::error {told}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
