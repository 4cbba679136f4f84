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

    def cells(self) -> Iterator[Cell]:
        """All of them, in the order in which they are carried out."""
        yield from (cell for cell, _ in self.here)
        yield from (cell for _, group in self.touching for cell, _ in group)
        yield from (cell for cell, _ in self.journeys)


def wanted(identity: str, patterns: Sequence[str]) -> bool:
    """Whether a case id is meant by ``patterns``: exact ids, fnmatch patterns, a scenario's id for all its cases."""
    return not patterns or any(
        identity == pattern or fnmatchcase(identity, pattern) or identity.startswith(pattern + "/")
        for pattern in patterns
    )


def may_make(scenario: Scenario, patterns: Sequence[str]) -> bool:
    """Whether a scenario can make a case that ``patterns`` mean."""
    return wanted(scenario.id, patterns) or any(
        pattern.startswith(scenario.id + "/") or fnmatchcase(scenario.id + "/", pattern.partition("/")[0] + "/")
        for pattern in patterns
    )


def cells(scenarios: Iterable[Scenario], bed: Testbed, lacks: Sequence[Lack], patterns: Sequence[str]) -> list[Cell]:
    """The cells of ``scenarios`` for one testbed. Raises UsageError for a scenario that fails to make its case."""
    made: list[Cell] = []
    for scenario in scenarios:
        for identity, case in _make(scenario, bed, lacks).items():
            if wanted(identity, patterns):
                made.append(Cell(id=identity, claim=scenario.claim, client=bed.client.name, made=case))
    return made


def _make(scenario: Scenario, bed: Testbed, lacks: Sequence[Lack]) -> Mapping[str, Case | Journey | Skip]:
    for need in sorted(scenario.needs - bed.client.can, key=lambda can: can.value):
        declared = next((lack for lack in lacks if lack.what == need.value), None)
        reason = f"{declared.reason} ({declared.source})" if declared else "its probe does not say that it can"
        return {scenario.id: Skip(f"{bed.client.name} lacks {need.value}: {reason}")}
    try:
        made = scenario.make(bed)
    except HarnessError:
        raise
    except Exception as error:
        raise UsageError(
            f"raised {type(error).__name__}: {error}", place=f"scenario {scenario.id}", remedy="correct the scenario"
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
