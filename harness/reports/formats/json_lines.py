"""JSON lines: each verdict when it is there, for whoever watches; ``dbtls report`` reads them, also of a killed run.

``harness.reports.lines`` has the lines.
"""

import time
from typing import TYPE_CHECKING

from harness.reports.format import Format, Write

if TYPE_CHECKING:
    from harness.reports.lines import AnyLine
    from harness.reports.model import Report
    from harness.runner.events import Event


class _Lines:
    """Writes a line for each event that a reader of verdicts can use."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._start = time.monotonic()
        self._options: tuple[str, ...] = ()

    def hear(self, event: "Event") -> None:
        from harness.runner.events import RunBegan

        if isinstance(event, RunBegan):
            self._options = event.options
        line = _line_of(event, self._options, self._now())
        if line is not None:
            self._put(line)

    def end(self, report: "Report") -> None:
        from harness.reports.lines import EndedLine

        told = {name: getattr(report, name) for name in EndedLine.model_fields if name not in {"line", "at_s"}}
        self._put(EndedLine(line="ended", at_s=self._now(), **told))

    def _now(self) -> float:
        return round(time.monotonic() - self._start, 3)

    def _put(self, line: "AnyLine") -> None:
        self._write(line.model_dump_json(ensure_ascii=True) + "\n")


def _line_of(event: "Event", options: tuple[str, ...], at_s: float) -> "AnyLine | None":
    """The line that tells ``event``; ``options`` are the run's."""
    from harness.reports import lines, making
    from harness.runner import events
    from harness.runner.results import Ended

    match event:
        case events.RunBegan(origin=origin, expected=expected):
            return lines.BegunLine(
                line="begun",
                at_s=at_s,
                format=lines.FORMAT,
                run=making.run_of(origin, ended=Ended.KILLED, duration_s=0),
                expected=lines.Expected.grouped(map(making.pending_of, expected)),
            )
        case events.LanePlanned(server=server, clients=clients, of=of, pending=pending):
            return lines.PlannedLine(
                line="planned",
                at_s=at_s,
                server=making.server_of(server),
                clients=tuple(map(making.client_of, clients)),
                of=tuple(sorted(of, key=lambda name: name or "")),
                expected=lines.Expected.grouped(map(making.pending_of, pending)),
            )
        case events.Judged(result=result):
            faults = tuple(map(making.fault_of, result.faults))
            return lines.CaseLine(line="case", at_s=at_s, case=making.case_of(result, options), faults=faults)
        case events.BuildMissing(missing=missing):
            return lines.MissingLine(line="missing", at_s=at_s, missing=making.missing_of(missing))
        case events.Faulted(fault=fault):
            return lines.FaultLine(line="fault", at_s=at_s, fault=making.fault_of(fault))
        case events.LaneDoes() | events.LaneFailed() | events.LaneEnded():
            return None


FORMAT = Format(
    name="json-lines",
    title="JSON lines",
    help="Write each verdict as a line of JSON when it is there; `-`: to standard output.",
    stream=_Lines,
    readable=True,
)
