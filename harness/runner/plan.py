"""Planning: which cases a scenario makes for a server and a client, and in what order a server is told them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from harness.case.scenario import Scenario, Skip
from harness.case.situation import Case, Journey, Situation
from harness.case.testbed import Testbed
from harness.errors import HarnessError, UsageError
from harness.manifest import Lack
from harness.model.tls import ServerTls


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A case (or journey, or a reason to skip) of one scenario for one client, on the lane's server."""

    id: str
    claim: str
    client: str
    made: Case | Journey | Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Cells whose good situations share a server configuration.

    ``here`` change nothing at the server; ``touching`` are groups that each have it told one other thing.
    """

    good: ServerTls
    here: tuple[tuple[Cell, Case], ...]
    touching: tuple[tuple[ServerTls, tuple[tuple[Cell, Case], ...]], ...]
    journeys: tuple[tuple[Cell, Journey], ...]

    def case_cells(self) -> Iterator[Cell]:
        """Those that are one change from a good situation."""
        yield from (cell for cell, _ in self.here)
        yield from (cell for _, group in self.touching for cell, _ in group)

    def cells(self) -> Iterator[Cell]:
        """All of them, in the order in which they are carried out."""
        yield from self.case_cells()
        yield from (cell for cell, _ in self.journeys)


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


def cells(scenarios: Iterable[Scenario], bed: Testbed, lacks: Sequence[Lack], patterns: Sequence[str]) -> list[Cell]:
    """The cells of ``scenarios`` for one testbed. Raises UsageError for a scenario that fails to make its case."""
    made: list[Cell] = []
    for scenario in scenarios:
        lacking = _lacking(scenario, bed, lacks)
        if lacking is not None:
            made.append(Cell(id=scenario.id, claim=scenario.claim, client=bed.client.name, made=lacking))
            continue
        for identity, case in _make(scenario, bed).items():
            if wanted(identity, patterns):
                made.append(Cell(id=identity, claim=scenario.claim, client=bed.client.name, made=case))
    return made


def _lacking(scenario: Scenario, bed: Testbed, lacks: Sequence[Lack]) -> Skip | None:
    """Why the client cannot take part in a scenario: what it lacks, with the declared reason."""
    for need in sorted(scenario.needs - bed.client.can, key=lambda can: can.value):
        declared = next((lack for lack in lacks if lack.what == need.value), None)
        reason = f"{declared.reason} ({declared.source})" if declared else "its probe does not say that it can"
        return Skip(f"{bed.client.name} lacks {need.value}: {reason}")
    return None


def _make(scenario: Scenario, bed: Testbed) -> Mapping[str, Case | Journey | Skip]:
    place = f"scenario {scenario.id}"
    try:
        made = scenario.make(bed)
    except HarnessError as error:
        raise UsageError(str(error), place=place, remedy=error.remedy, detail=error.detail) from error
    except Exception as error:
        raise UsageError(
            f"raised {type(error).__name__}: {error}", place=place, remedy="correct the scenario"
        ) from error
    if isinstance(made, Mapping):
        return {f"{scenario.id}/{label}": case for label, case in made.items()}
    return {scenario.id: made}


def batches(planned: Iterable[Cell]) -> list[Batch]:
    """``planned`` cells grouped so that the server is told as few different things as possible; skips are left out."""
    by_good: dict[ServerTls, list[tuple[Cell, Case | Journey]]] = {}
    for cell in planned:
        if not isinstance(cell.made, Skip):
            by_good.setdefault(cell.made.good.server_tls(), []).append((cell, cell.made))
    made = []
    for good, members in by_good.items():
        here: list[tuple[Cell, Case]] = []
        touching: dict[ServerTls, list[tuple[Cell, Case]]] = {}
        journeys: list[tuple[Cell, Journey]] = []
        for cell, case in members:
            if isinstance(case, Journey):
                journeys.append((cell, case))
            elif (told := case.situation.server_tls()) == good:
                here.append((cell, case))
            else:
                touching.setdefault(told, []).append((cell, case))
        groups = tuple((told, tuple(group)) for told, group in touching.items())
        made.append(Batch(good=good, here=tuple(here), touching=groups, journeys=tuple(journeys)))
    return made


def good_situations(planned: Iterable[Cell]) -> list[tuple[str, Situation]]:
    """Each client with each good situation that its cells begin from, once."""
    found = {(cell.client, cell.made.good): None for cell in planned if not isinstance(cell.made, Skip)}
    return list(found)
