"""Planning: which cases a scenario makes for a server and a client, and in what order a server is told them."""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from harness.case.kind import AnyCase
from harness.case.scenario import Scenario, Skip, nothing_carried_out
from harness.case.situation import ServerSide, Situation
from harness.case.testbed import Testbed
from harness.errors import DISK_FULL, HarnessError, UsageError
from harness.kinds.kind import Cell, Kind
from harness.kinds.registry import kind_of
from harness.knowledge.rows import Lack
from harness.model.obstacle import Because, Obstacle
from harness.model.script import Script, ScriptResult
from harness.names import scenario_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cells of a kind that have the server told the same things in order, and so are carried out together."""

    kind: Kind[Any]
    stations: tuple[ServerSide, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Cells whose good situations share a server configuration: first those that change nothing at the server."""

    good: ServerSide
    groups: tuple[Group, ...]


def wanted(identity: str, patterns: Sequence[str]) -> bool:
    """Whether a case is meant by ``patterns``: ids and fnmatch patterns, of cases or scenarios (all their cases).

    Upper and lower case are the same: labels have version names in them.
    """
    identity = identity.lower()
    scenario = scenario_of(identity)
    return not patterns or any(
        pattern in {identity, scenario} or fnmatchcase(identity, pattern) or fnmatchcase(scenario, pattern)
        for pattern in map(str.lower, patterns)
    )


def may_make(scenario: Scenario, patterns: Sequence[str]) -> bool:
    """Whether a scenario may make a case that ``patterns`` mean; which, only its making tells."""
    return wanted(scenario.id, patterns) or any(_reaches(pattern.lower(), scenario.id.lower()) for pattern in patterns)


def _reaches(pattern: str, scenario: str) -> bool:
    """Whether ``pattern`` can match an id that begins with the scenario's, a slash, and some label."""
    if pattern.startswith(scenario + "/"):
        return True
    stars = [place for place, character in enumerate(pattern) if character == "*"]
    return any(fnmatchcase(scenario + "/", pattern[: star + 1]) for star in stars) or (
        "/" in pattern and fnmatchcase(scenario, scenario_of(pattern))
    )


def cells(
    scenarios: Iterable[Scenario],
    bed: Testbed,
    client: str | None,
    lacks: Sequence[Lack],
    patterns: Sequence[str],
    carry_out: Callable[[Script], ScriptResult] = nothing_carried_out,
) -> list[Cell]:
    """The cells of ``scenarios`` for one testbed, which is that of ``client``; None: of those without a client.

    Raises UsageError for a scenario that fails to make its case.
    """
    made: list[Cell] = []
    for scenario in scenarios:
        if not scenario.is_for(client):
            continue
        cell = Cell(id=scenario.id, claim=scenario.claim, client=client, made=Skip(""), theme=scenario.theme)
        lacking = _lacking(scenario, bed, lacks)
        if lacking is not None:
            made.append(replace(cell, made=lacking))
            continue
        for identity, case in _make(scenario, bed, carry_out).items():
            if wanted(identity, patterns):
                made.append(replace(cell, id=identity, made=kind_of(case).without(case, lacks) or case))
    return made


def _lacking(scenario: Scenario, bed: Testbed, lacks: Sequence[Lack]) -> Skip | None:
    """Why the client cannot take part in a scenario: what it lacks, with the declared reason."""
    for need in sorted(scenario.needs - bed.client.can, key=lambda can: can.value):
        declared = next((lack for lack in lacks if lack.what == need.value), None)
        reason = f"{declared.reason} ({declared.source})" if declared else "its probe does not offer it"
        return Skip(f"{bed.client.name} cannot {need.words}: {reason}", Obstacle(Because.CLIENT, need.words))
    return None


def _make(scenario: Scenario, bed: Testbed, carry_out: Callable[[Script], ScriptResult]) -> Mapping[str, AnyCase]:
    try:
        return scenario.cases(bed, carry_out)
    except HarnessError as error:
        what = f"scenario `{scenario.id}`: {error}"
        raise UsageError(what, place=_place(scenario, error), remedy=error.remedy, detail=error.detail) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            raise  # no scenario's fault
        what = f"scenario `{scenario.id}` raised {type(error).__name__}: {error}"
        raise UsageError(what, place=_place(scenario, error), remedy="correct the scenario") from error


def _place(scenario: Scenario, error: Exception) -> str:
    """The line of a scenario's file at which ``error`` left it, else where the scenario begins: ``file:line``."""
    code = scenario.make.__code__
    lines = (frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == code.co_filename)
    *_, line = (code.co_firstlineno, *lines)
    return f"{code.co_filename}:{line}"


def batches(planned: Iterable[Cell]) -> list[Batch]:
    """Cells that have a good situation, grouped so that the server is told as few different things as possible."""
    by_good: dict[ServerSide, dict[tuple[Kind[Any], tuple[ServerSide, ...]], list[Cell]]] = {}
    for cell in planned:
        kind = kind_of(cell.made)
        _, good = good_situation(cell)
        groups = by_good.setdefault(good.server_side(), {})
        groups.setdefault((kind, kind.stations(cell.made)), []).append(cell)
    return [Batch(good=good, groups=tuple(_in_order(groups))) for good, groups in by_good.items()]


def _in_order(cells: Mapping[tuple[Kind[Any], tuple[ServerSide, ...]], Sequence[Cell]]) -> list[Group]:
    """Groups as they are carried out: what changes nothing at the server first, what must begin afresh last."""
    groups = [Group(kind=kind, stations=stations, cells=tuple(alike)) for (kind, stations), alike in cells.items()]
    return sorted(groups, key=lambda group: (group.kind.fresh, bool(group.stations)))


def by_kind(planned: Iterable[Cell]) -> Iterator[tuple[Kind[Any], list[Cell]]]:
    """Cells of each kind, in their order."""
    found: dict[Kind[Any], list[Cell]] = {}
    for cell in planned:
        found.setdefault(kind_of(cell.made), []).append(cell)
    yield from found.items()


def good_situation(cell: Cell) -> tuple[str, Situation]:
    """The client of a cell, and the good situation that it begins from. Raises ValueError for one without."""
    good = kind_of(cell.made).good(cell.made)
    if good is None or cell.client is None:
        raise ValueError(f"{cell.id} has no good situation with a client")
    return cell.client, good
