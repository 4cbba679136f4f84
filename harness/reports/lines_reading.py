"""A run's lines are read back as the report that it would have been."""

from collections.abc import Iterator

from pydantic import ValidationError

from harness.errors import UsageError
from harness.exits import Exit
from harness.reports.assembling import FaultKey, assembled, join_fault
from harness.reports.lines import (
    FORMAT,
    LINE,
    AnyLine,
    BegunLine,
    CaseLine,
    EndedLine,
    Expected,
    FaultLine,
    MissingLine,
    PlannedLine,
)
from harness.reports.model import (
    CaseReport,
    ClientReport,
    FaultReport,
    MissingReport,
    PendingReport,
    ProvenanceReport,
    Report,
    ServerReport,
)
from harness.runner.results import Ended

_REMEDY = "name what `dbtls run --json-lines` wrote"
_Key = tuple[str, str, str]


def report_from_lines(content: bytes, *, place: str) -> Report:
    """The report that the lines in ``content`` come to. Where they break off, that of a run that was killed.

    Raises UsageError, with the line, for what is none of this format.
    """
    lines = _lines(content, place)
    began = next(lines, None)
    if not isinstance(began, BegunLine):
        raise UsageError(f"is no {FORMAT}: it does not begin with `begun`", place=place, remedy=_REMEDY)
    heard = _Heard(began)
    for line in lines:
        heard.hear(line)
    return heard.report()


def _lines(content: bytes, place: str) -> Iterator[AnyLine]:
    """Each line; a last one that has no end is left out, since its writer was killed in it."""
    *whole, _half = content.split(b"\n")
    for number, text in enumerate(whole, 1):
        try:
            yield LINE.validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            what = f"is no line of {FORMAT}: `{'.'.join(map(str, first['loc']))}`: {first['msg']}"
            raise UsageError(what, place=f"{place}:{number}", remedy=_REMEDY) from error


class _Heard:
    """What lines have said so far, as ``harness.runner.collect`` keeps it of events."""

    def __init__(self, began: BegunLine) -> None:
        self._run = began.run
        self._open: dict[_Key, PendingReport] = {}
        self._expect(began.expected)
        self._cases: list[CaseReport] = []
        self._servers: dict[str, ServerReport] = {}
        self._clients: dict[str, ClientReport] = {}
        self._missing: list[MissingReport] = []
        self._faults: dict[FaultKey, FaultReport] = {}
        self._first_s: float | None = None
        self._last_s = began.at_s
        self._ended: EndedLine | None = None

    def hear(self, line: AnyLine) -> None:
        self._last_s = line.at_s
        match line:
            case PlannedLine():
                self._servers[line.server.name] = line.server
                self._clients |= {client.name: client for client in line.clients}
                for key, one in list(self._open.items()):
                    if one.server == line.server.name and one.client in line.of:
                        del self._open[key]
                self._expect(line.expected)
            case CaseLine(case=case):
                self._first_s = line.at_s if self._first_s is None else self._first_s
                self._cases.append(case)
                self._open.pop(case.key, None)
                for fault in line.faults:
                    join_fault(self._faults, fault.model_copy(update={"cases": (case.id,)}))
            case MissingLine():
                self._missing.append(line.missing)
            case FaultLine():
                join_fault(self._faults, line.fault)
            case EndedLine():
                self._ended = line
            case BegunLine():
                pass

    def _expect(self, expected: tuple[Expected, ...]) -> None:
        self._open |= {one.key: one for group in expected for one in group.each()}

    def report(self) -> Report:
        last = self._ended or EndedLine(
            line="ended",
            at_s=self._last_s,
            ended=Ended.KILLED,
            exit_code=Exit.FAULT,
            allow_missing=False,
            fail_on=(),
            duration_s=self._last_s,
            first_verdict_s=self._first_s,
            spent_s={},
            spent_by_theme_s={},
            faults=tuple(self._faults.values()),
            not_reached=tuple(self._open.values()),
        )
        run = self._run.model_copy(update={"ended": last.ended, "duration_s": last.duration_s})
        return assembled(
            ended=last.ended,
            allow_missing=last.allow_missing,
            fail_on=last.fail_on,
            duration_s=last.duration_s,
            first_verdict_s=last.first_verdict_s,
            spent_s=last.spent_s,
            spent_by_theme_s=last.spent_by_theme_s,
            provenance=ProvenanceReport(
                runs=(run,),
                servers=tuple(self._servers[name] for name in sorted(self._servers)),
                clients=tuple(self._clients[name] for name in sorted(self._clients)),
            ),
            missing=self._missing,
            faults=last.faults,
            not_reached=last.not_reached,
            cases=self._cases,
        )
