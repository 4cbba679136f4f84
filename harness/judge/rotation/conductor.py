"""The conductor's record: what it did, declared and counted, in the order of its file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from harness.model.history import Act, ActKind, Census, Closing, Generation, Record


def act_at(acts: Sequence[Act], place: int) -> Act:
    """The act at a place. Places count acts: the first act is at 1, and 0 is before it."""
    return acts[place - 1]


class Counted(NamedTuple):
    """A census, and how many acts stand before it."""

    after: int
    census: Census


@dataclass(frozen=True, slots=True)
class Publication:
    """A generation's own: ``published`` and ``reloaded`` count the acts up to and with that one.

    ``reloaded`` None: no reload followed before something else was published.
    """

    generation: Generation
    step: str
    published: int
    reloaded: int | None


@dataclass(frozen=True, kw_only=True)
class ConductorRecord:
    """The conductor's records by what they are. A *place* is how many acts have been taken: see ``act_at``."""

    acts: tuple[Act, ...]
    generations: tuple[Generation, ...]
    counts: tuple[Counted, ...]
    closing: Closing | None

    @classmethod
    def of(cls, records: Iterable[Record]) -> "ConductorRecord":
        """Sort the conductor's records."""
        acts: list[Act] = []
        generations: dict[int, Generation] = {}
        counts: list[Counted] = []
        closing = None
        for record in records:
            match record:
                case Act():
                    acts.append(record)
                case Generation():
                    generations.setdefault(record.number, record)
                case Census():
                    counts.append(Counted(len(acts), record))
                case Closing():
                    closing = record
                case _:
                    pass
        return cls(acts=tuple(acts), generations=tuple(generations.values()), counts=tuple(counts), closing=closing)

    @cached_property
    def by_number(self) -> dict[int, Generation]:
        return {generation.number: generation for generation in self.generations}

    @cached_property
    def serials(self) -> tuple[int | None, ...]:
        """What the server served from the begin on, and after each change of it."""
        serving = {ActKind.BEGIN, ActKind.SERVER_CHANGED}
        return tuple(act.server_serial for act in self.acts if act.kind in serving) or (None,)

    @cached_property
    def publications(self) -> tuple[Publication, ...]:
        """Of each generation after the first, in order."""
        return tuple(self._publications())

    def _publications(self) -> Iterator[Publication]:
        seen = {act.generation for act in self.acts if act.kind is ActKind.BEGIN}
        for place, act in enumerate(self.acts, start=1):
            if act.kind is not ActKind.PUBLISHED or act.generation is None or act.generation in seen:
                continue
            seen.add(act.generation)
            if (generation := self.by_number.get(act.generation)) is not None:
                yield Publication(generation, act.step, place, self._reload_behind(place))

    def _reload_behind(self, place: int) -> int | None:
        for behind, act in enumerate(self.acts[place:], start=place + 1):
            if act.kind is ActKind.RELOADED:
                return behind
            if act.kind is ActKind.PUBLISHING:
                return None
        return None

    def time_of(self, kind: ActKind) -> float | None:
        """When the first act of that kind was, by the conductor's clock."""
        return next((act.at_s for act in self.acts if act.kind is kind), None)

    def step(self, place: int) -> str:
        """The step of the last act at a place; '' before the first."""
        return self.acts[min(place, len(self.acts)) - 1].step if place > 0 and self.acts else ""

    def retired_by(self, number: int) -> frozenset[int]:
        """All that must not be used once that generation is in force: also what those it retires had retired."""
        found: set[int] = set()
        left = [number]
        while left:
            generation = self.by_number.get(left.pop())
            new = set() if generation is None else set(generation.retires) - found
            found |= new
            left += new
        return frozenset(found - {number})
