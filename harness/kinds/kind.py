"""The protocol of a kind of case, and what passes between a kind and the lane that has its cases carried out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from harness.case.kind import AnyCase
from harness.case.scenario import Skip, Theme
from harness.case.situation import ServerSide, Situation
from harness.kinds.bench import Bench
from harness.knowledge.rows import Lack
from harness.model.fault import Fault
from harness.model.observation import Observation
from harness.model.obstacle import Obstacle
from harness.model.verdict import Verdict

M = TypeVar("M", bound=AnyCase)


class Phase(Enum):
    """When cases have their turn on a server, in this order."""

    AT_ONCE = "nobody is asked for anything"
    AROUND_GOOD = "around good situations, which cases share"
    UNDER_LOAD = "a server and a client have the machine to themselves"
    LAST = "nothing of what clients are served is left after them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a scenario made, for one client of a server; ``client`` None: no client takes part.

    ``theme`` is what is declared beside the scenario's file.
    """

    id: str
    claim: str
    client: str | None
    made: AnyCase
    theme: Theme = field(default_factory=Theme)


class Evidence(Protocol):
    """Something seen that a verdict rests on. ``label`` says which part it is, ``expected`` what was expected of it."""

    @property
    def label(self) -> str: ...

    @property
    def expected(self) -> str: ...

    @property
    def brief(self) -> str:
        """What was seen in a word or two, for a table; may be empty."""

    def lines(self) -> Iterator[str]:
        """What was seen, for a reader; a line that begins with blanks belongs to the one before it."""

    def as_json(self) -> dict[str, Any]:
        """All of it, as ``report.schema.json`` describes it: its ``kind``, ``label``, ``expected``, and its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a case came to by its own evidence, whatever is declared about it.

    ``expected`` and ``outcome`` are words for a reader and for patterns; ``difference`` is what the case changes;
    ``faults`` are the malfunctions that the verdict is owed to; ``duration_s`` is from the case's own first attempt to
    its last: what it shares with others is not counted. ``obstacle`` is why a case is skipped.
    """

    verdict: Verdict
    obstacle: Obstacle | None = None
    expected: str = ""
    difference: str = ""
    outcome: str = ""
    proofs: tuple[Evidence, ...] = ()
    faults: tuple[Fault, ...] = ()
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Carried:
    """A case that was carried out.

    ``judge`` is given the proofs of its good situation, before and after; of a case that has none, nothing.
    """

    cell: Cell
    judge: Callable[[Sequence[Observation]], Judgement]

    @classmethod
    def judged(cls, cell: Cell, judgement: Judgement) -> "Carried":
        """One that rests on nothing else."""
        return cls(cell, lambda good: judgement)


class Kind(ABC, Generic[M]):
    """A kind of case: ``made`` is the class of what scenarios make of it, ``phase`` when it has its turn."""

    made: type[M]
    phase: Phase
    fresh: ClassVar[bool] = False
    """The good situation must have been proved since the server was last told anything."""

    def without(self, case: M, lacks: Sequence[Lack]) -> Skip | None:
        """Why ``case`` is not carried out on a server that lacks something; None: it is."""
        return None

    def good(self, case: M) -> Situation | None:
        """What is proved before and after it, in phase AROUND_GOOD; None elsewhere."""
        return None

    def stations(self, case: M) -> tuple[ServerSide, ...]:
        """The server's configurations in order, beginning with the good situation's.

        Cases that are alike in this are carried out together.
        """
        return ()

    def prepare(self, cell: Cell, case: M, bench: Bench) -> None:
        """Have made what ``case`` names. Raises UsageError for what cannot be made."""

    def as_data(self, case: M) -> Mapping[str, Any] | None:
        """It as plain data, for reports and files; None for what has no such form."""
        return None

    @abstractmethod
    def carry_out(self, cells: Sequence[tuple[Cell, M]], bench: Bench) -> Iterator[Carried]:
        """Carry out cases of one phase, in phase AROUND_GOOD those alike in their stations.

        Raises ServerStartError where the server serves nothing, EngineError.
        """
