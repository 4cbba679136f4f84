"""Planning: which cases a scenario makes for a server and a client, and in what order a server is told them."""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import assert_never

from harness.case.rotation import Rotation
from harness.case.scenario import One, Scenario, Skip, Theme, nothing_carried_out
from harness.case.situation import Case, Journey, ServerSide, Situation
from harness.case.startup import StartUp
from harness.case.testbed import Testbed
from harness.case.trial import Trial
from harness.errors import DISK_FULL, HarnessError, UsageError
from harness.knowledge.options import names_of
from harness.knowledge.rows import Lack
from harness.model.startup import Told, option_name
from harness.model.walk import Walk, Walked

OPTION = "option-"
"""Followed by a name: the ``lacks.what`` of a server that has no such option; what would tell it is SKIPPED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a scenario made (a case, journey, start-up, trial, rotation, a reason to skip) for one client of a server.

    ``client`` is NOBODY where none takes part; ``theme`` is what is declared beside the scenario's file.
    """

    id: str
    claim: str
    client: str
    made: One
    theme: Theme = field(default_factory=Theme)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Cells whose good situations share a server configuration.

    ``here`` change nothing at the server; ``touching`` are groups that each have it told one other thing; ``journeys``
    are groups that each have it told the same things one after the other, so that all their clients travel together.
    """

    good: ServerSide
    here: tuple[tuple[Cell, Case], ...]
    touching: tuple[tuple[ServerSide, tuple[tuple[Cell, Case], ...]], ...]
    journeys: tuple[tuple[tuple[Cell, Journey], ...], ...]

    def case_cells(self) -> Iterator[Cell]:
        """Those that are one change from a good situation."""
        yield from (cell for cell, _ in self.here)
        yield from (cell for _, group in self.touching for cell, _ in group)

    def cells(self) -> Iterator[Cell]:
        """All of them, in the order in which they are carried out."""
        yield from self.case_cells()
        yield from (cell for group in self.journeys for cell, _ in group)


def wanted(identity: str, patterns: Sequence[str]) -> bool:
    """Whether a case is meant by ``patterns``: ids and fnmatch patterns, of cases or scenarios (all their cases)."""
    scenario = identity.partition("/")[0]
    return not patterns or any(
        pattern in {identity, scenario} or fnmatchcase(identity, pattern) or fnmatchcase(scenario, pattern)
        for pattern in patterns
    )


def may_make(scenario: Scenario, patterns: Sequence[str]) -> bool:
    """Whether a scenario may make a case that ``patterns`` mean; which, only its making tells."""
    return wanted(scenario.id, patterns) or any(_reaches(pattern, scenario.id) for pattern in patterns)


def _reaches(pattern: str, scenario: str) -> bool:
    """Whether ``pattern`` can match an id that begins with the scenario's, a slash, and some label."""
    if pattern.startswith(scenario + "/"):
        return True
    stars = [place for place, character in enumerate(pattern) if character == "*"]
    return any(fnmatchcase(scenario + "/", pattern[: star + 1]) for star in stars) or (
        "/" in pattern and fnmatchcase(scenario, pattern.partition("/")[0])
    )


def cells(
    scenarios: Iterable[Scenario],
    bed: Testbed,
    lacks: Sequence[Lack],
    patterns: Sequence[str],
    carry_out: Callable[[Walk], Walked] = nothing_carried_out,
) -> list[Cell]:
    """The cells of ``scenarios`` for one testbed, those without a client for NOBODY's.

    Raises UsageError for a scenario that fails to make its case.
    """
    made: list[Cell] = []
    for scenario in scenarios:
        if not scenario.is_for(bed.client.name):
            continue
        cell = Cell(id=scenario.id, claim=scenario.claim, client=bed.client.name, made=Skip(""), theme=scenario.theme)
        lacking = _lacking(scenario, bed, lacks)
        if lacking is not None:
            made.append(replace(cell, made=lacking))
            continue
        for identity, case in _make(scenario, bed, carry_out).items():
            if wanted(identity, patterns):
                made.append(replace(cell, id=identity, made=_told_without(case, lacks) or case))
    return made


def _told_without(case: One, lacks: Sequence[Lack]) -> Skip | None:
    """Why the server cannot be told what a case would tell it: an option that it is declared to lack."""
    match case:
        case Skip() | Trial() | Rotation():
            return None
        case StartUp():
            # Only what it begins from: what a server does with an option that it lacks is for such a case to show.
            named = {option_name(line) for line in case.good.options}
        case Case():
            named = {*_options(case.good), *_options(case.situation)}
        case Journey():
            named = {*_options(case.good), *(name for step in case.steps for name in _options(step.situation))}
        case _:
            assert_never(case)
    wanted_options = {OPTION + name for name in named}
    return next((_without(lack) for lack in lacks if lack.what in wanted_options), None)


def _options(situation: Situation) -> Iterator[str]:
    """The names of the options that a situation tells its server beside its own certificate and whom it trusts."""
    for option, _ in situation.server_side().options():
        yield from names_of(option)


def _without(lack: Lack) -> Skip:
    return Skip(f"the server has no option {lack.what}: {lack.reason} ({lack.source})")


def _lacking(scenario: Scenario, bed: Testbed, lacks: Sequence[Lack]) -> Skip | None:
    """Why the client cannot take part in a scenario: what it lacks, with the declared reason."""
    for need in sorted(scenario.needs - bed.client.can, key=lambda can: can.value):
        declared = next((lack for lack in lacks if lack.what == need.value), None)
        reason = f"{declared.reason} ({declared.source})" if declared else "its probe does not say that it can"
        return Skip(f"{bed.client.name} lacks {need.value}: {reason}")
    return None


def _make(scenario: Scenario, bed: Testbed, carry_out: Callable[[Walk], Walked]) -> Mapping[str, One]:
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
    """Cases and journeys of ``planned``, grouped so that the server is told as few different things as possible."""
    by_good: dict[ServerSide, list[tuple[Cell, Case | Journey]]] = {}
    for cell in planned:
        if isinstance(cell.made, Case | Journey):
            by_good.setdefault(cell.made.good.server_side(), []).append((cell, cell.made))
    made = []
    for good, members in by_good.items():
        here: list[tuple[Cell, Case]] = []
        touching: dict[ServerSide, list[tuple[Cell, Case]]] = {}
        journeys: dict[tuple[ServerSide, ...], list[tuple[Cell, Journey]]] = {}
        for cell, case in members:
            if isinstance(case, Journey):
                stations = tuple(step.situation.server_side() for step in case.steps)
                journeys.setdefault(stations, []).append((cell, case))
            elif (told := case.situation.server_side()) == good:
                here.append((cell, case))
            else:
                touching.setdefault(told, []).append((cell, case))
        groups = tuple((told, tuple(group)) for told, group in touching.items())
        together = tuple(map(tuple, journeys.values()))
        made.append(Batch(good=good, here=tuple(here), touching=groups, journeys=together))
    return made


def good_situations(planned: Iterable[Cell]) -> list[tuple[str, Situation]]:
    """Each client with each good situation that its cells begin from, once."""
    found = {(cell.client, cell.made.good): None for cell in planned if isinstance(cell.made, Case | Journey)}
    return list(found)


def start_ups(planned: Iterable[Cell]) -> Mapping[Told, Sequence[tuple[Cell, StartUp]]]:
    """The start-ups of ``planned`` by what is good where they begin."""
    by_good: dict[Told, list[tuple[Cell, StartUp]]] = {}
    for cell in planned:
        if isinstance(cell.made, StartUp):
            by_good.setdefault(cell.made.good, []).append((cell, cell.made))
    return by_good
