"""A run as lines of JSON, each as it happens: ``dbtls-lines/1``, described by ``lines.schema.json`` beside this file.

``line`` says what a line is: ``begun`` first, then ``planned``, ``case``, ``missing`` and ``fault`` in the order in
which they happen, ``ended`` last. A run that was killed leaves no last line, and may leave half of one.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from harness.exits import Exit
from harness.reports.model import (
    CaseReport,
    ClientReport,
    FailOn,
    FaultReport,
    MissingReport,
    PendingReport,
    RunOrigin,
    ServerReport,
)
from harness.reports.shape import Seconds, Shape, tidied
from harness.runner.results import Ended

FORMAT = "dbtls-lines/1"
SCHEMA = Path(__file__).parent / "lines.schema.json"


class Expected(Shape):
    """Cases that are to have a verdict: an id on each of some servers with each of some clients."""

    id: str
    """The case's id, or its scenario's where its cases are not made yet."""
    claim: str
    """What the scenario claims."""
    servers: tuple[str, ...]
    """On each of these."""
    clients: tuple[str | None, ...]
    """With each of these; null where no client takes part."""

    @classmethod
    def grouped(cls, pending: Iterable[PendingReport]) -> "tuple[Expected, ...]":
        """``pending`` in fewer words."""
        clients: dict[tuple[str, str, str], list[str | None]] = {}
        for one in pending:
            clients.setdefault((one.id, one.claim, one.server), []).append(one.client)
        servers: dict[tuple[str, str, tuple[str | None, ...]], list[str]] = {}
        for (identity, claim, server), names in clients.items():
            servers.setdefault((identity, claim, tuple(names)), []).append(server)
        return tuple(
            cls(id=identity, claim=claim, servers=tuple(there), clients=names)
            for (identity, claim, names), there in servers.items()
        )

    def each(self) -> Iterable[PendingReport]:
        """One by one."""
        for server in self.servers:
            for client in self.clients:
                yield PendingReport(id=self.id, server=server, client=client, claim=self.claim)


class Line(Shape):
    """What every line has."""

    at_s: Seconds
    """Since the run began, in seconds."""


class BegunLine(Line):
    """The first line: what is run, where, and with what."""

    line: Literal["begun"]
    """Which line this is."""
    format: Literal["dbtls-lines/1"]
    """The name and version of this format. A change that breaks readers changes the number."""
    run: RunOrigin
    """The run. It has not ended: until its last line it is `killed`."""
    expected: tuple[Expected, ...]
    """What is to have a verdict, as far as that is known before a server is up: each scenario stands for its cases."""


class PlannedLine(Line):
    """A server is up, and which cases it is to have with some clients is known."""

    line: Literal["planned"]
    """Which line this is."""
    server: ServerReport
    """The server."""
    clients: tuple[ClientReport, ...]
    """Every client that has said what it is."""
    of: tuple[str | None, ...]
    """The clients whose cases are known now; null: the cases in which no client takes part."""
    expected: tuple[Expected, ...]
    """Those cases, instead of what stood for them until now."""


class CaseLine(Line):
    """A case has its verdict."""

    line: Literal["case"]
    """Which line this is."""
    case: CaseReport
    """The case, as in a report."""
    faults: tuple[FaultReport, ...]
    """The malfunctions that the verdict is owed to."""


class MissingLine(Line):
    """A server or a client is not available."""

    line: Literal["missing"]
    """Which line this is."""
    missing: MissingReport
    """What, and why."""


class FaultLine(Line):
    """A malfunction, when it is first met; which cases it cost stands in these and in the last line."""

    line: Literal["fault"]
    """Which line this is."""
    fault: FaultReport
    """The malfunction."""


class EndedLine(Line):
    """The last line: how the run ended, and what is known only then."""

    line: Literal["ended"]
    """Which line this is."""
    ended: Ended
    """How the run ended."""
    exit_code: Exit
    """The exit code."""
    allow_missing: bool
    """Whether a server build that was not available makes no difference to the exit code."""
    fail_on: tuple[FailOn, ...]
    """What else than a failure makes the exit code 1."""
    duration_s: Seconds
    """The whole run, in seconds."""
    first_verdict_s: Seconds | None
    """From the run's beginning to its first verdict, in seconds; null when there was none."""
    spent_s: dict[str, Seconds]
    """Seconds by kind of work, summed over the servers, which run side by side."""
    spent_by_theme_s: dict[str, Seconds]
    """The same seconds by the theme of the cases that they were spent on."""
    faults: tuple[FaultReport, ...]
    """Every malfunction once, with what it cost."""
    not_reached: tuple[PendingReport, ...]
    """The cases without a verdict because the run was ended before its end."""


AnyLine = Annotated[
    BegunLine | PlannedLine | CaseLine | MissingLine | FaultLine | EndedLine, Field(discriminator="line")
]
LINE: TypeAdapter[AnyLine] = TypeAdapter(AnyLine)


def schema() -> str:
    """What ``lines.schema.json`` holds: of one line. ``python -m harness.reports.lines`` writes it."""
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:dbtls:lines:1",
        "title": "dbtls lines",
        "description": "A line of `dbtls run --json-lines`.",
    }
    return json.dumps(made | tidied(LINE.json_schema()), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema(), encoding="utf-8")
