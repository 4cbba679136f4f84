"""The matrix of a page: themes, their cases, and each case on every server with every client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.model.verdict import Status
from harness.reports.digest import Tally, mark_of
from harness.reports.html import anchors
from harness.reports.marks import Mark
from harness.reports.model import CaseReport, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A case on one server with one client."""

    case: CaseReport
    mark: Mark
    anchor: str

    @property
    def word(self) -> str:
        """The verdict in one word; its symbol stands beside it."""
        return self.mark.name.lower() if self.mark is Mark.UNSAFE else self.case.status.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case: ``cells`` by client and server, ``tallies`` by server. ``claims`` and ``differences`` are each once."""

    id: str
    anchor: str
    claims: tuple[str, ...]
    differences: tuple[str, ...]
    servers: tuple[str, ...]
    clients: tuple[str | None, ...]
    cells: Mapping[tuple[str | None, str], Cell]
    tallies: Mapping[str, Tally]

    @property
    def ordered(self) -> tuple[Cell, ...]:
        """The cells in the order in which the page has them: client by client."""
        pairs = ((client, server) for client in self.clients for server in self.servers)
        return tuple(self.cells[pair] for pair in pairs if pair in self.cells)

    @property
    def is_unsafe(self) -> bool:
        return any(cell.mark is Mark.UNSAFE for cell in self.ordered)

    @property
    def is_bad(self) -> bool:
        return any(cell.mark in {Mark.FAILED, Mark.INCONCLUSIVE} for cell in self.ordered)

    @property
    def is_different(self) -> bool:
        """Whether servers or clients differ; one that was skipped shows no difference."""
        return len({cell.mark for cell in self.ordered if cell.case.status is not Status.SKIPPED}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme's cases."""

    name: str
    anchor: str
    servers: tuple[str, ...]
    rows: tuple[Row, ...]
    tally: Tally

    @property
    def is_bad(self) -> bool:
        return any(row.is_bad for row in self.rows)


def matrix(report: Report) -> tuple[Theme, ...]:
    """All cases of ``report``, by theme."""
    themes: dict[str, dict[str, list[CaseReport]]] = {}
    for case in report.cases:
        themes.setdefault(case.theme, {}).setdefault(case.id, []).append(case)
    return tuple(_theme(name, cases) for name, cases in sorted(themes.items()))


def _theme(name: str, by_id: Mapping[str, Sequence[CaseReport]]) -> Theme:
    cases = [case for these in by_id.values() for case in these]
    return Theme(
        name=name,
        anchor=anchors.theme(name),
        servers=tuple(sorted({case.server for case in cases})),
        rows=tuple(_row(identity, these) for identity, these in by_id.items()),
        tally=Tally.of(cases),
    )


def _row(identity: str, cases: Sequence[CaseReport]) -> Row:
    servers = tuple(sorted({case.server for case in cases}))
    return Row(
        id=identity,
        anchor=anchors.case(identity),
        claims=tuple(dict.fromkeys(case.claim for case in cases)),
        differences=tuple(dict.fromkeys(case.difference for case in cases if case.difference)),
        servers=servers,
        clients=tuple(sorted({case.client for case in cases}, key=lambda client: client or "")),
        cells={
            (case.client, case.server): Cell(
                case=case, mark=mark_of(case), anchor=anchors.cell(case.id, case.server, case.client)
            )
            for case in cases
        },
        tallies={server: Tally.of(case for case in cases if case.server == server) for server in servers},
    )
