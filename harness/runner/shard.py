"""A run split over machines: which part of its cases one of them has.

What a part is hangs on names alone, so that machines that know nothing of each other have parts that are disjoint and
together everything. As many whole servers as every part can have go to one part each, since a server costs its start;
the cases of what is left over are split. Rotations, which take seconds each, are dealt out one by one.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from harness.errors import UsageError
from harness.kinds.kind import Cell, Phase
from harness.kinds.registry import kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Part ``number``, from 1, ``of`` so many."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """``2/3``. Raises UsageError."""
        found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text.strip())
        if found is None or int(found[1]) > int(found[2]):
            raise UsageError(f"`{text}` is no part of a run", remedy="write its number and of how many, as 1/3")
        return cls(number=int(found[1]), of=int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a part has of some servers: those in ``whole`` altogether, of those in ``split`` some cases."""

    shard: Shard
    whole: frozenset[str]
    split: frozenset[str]

    @classmethod
    def of(cls, shard: Shard, servers: Sequence[str]) -> Self:
        """The share of ``servers``, which every part must name in the same order."""
        fitting = len(servers) - len(servers) % shard.of
        return cls(
            shard=shard,
            whole=frozenset(servers[shard.number - 1 : fitting : shard.of]),
            split=frozenset(servers[fitting:]),
        )

    def reaches(self, server: str) -> bool:
        """Whether there is anything to do on it."""
        return server in self.whole or server in self.split

    def has(self, identity: str, server: str, client: str | None) -> bool:
        """Whether a case is of this part; also what stands for the cases of a scenario."""
        return server in self.whole or (server in self.split and self._turn(identity, server, client) == 0)

    def cells(self, planned: Iterable[Cell], server: str) -> list[Cell]:
        """Those of a client's cells on ``server`` that are of this part."""
        if server in self.whole:
            return list(planned)
        every = list(planned)
        heavy = sorted(cell.id for cell in every if kind_of(cell.made).phase is Phase.UNDER_LOAD)
        turns = {identity: number for number, identity in enumerate(heavy)}
        return [
            cell
            for cell in every
            if (
                (turns[cell.id] + self._turn("", server, cell.client)) % self.shard.of == 0
                if cell.id in turns
                else self.has(cell.id, server, cell.client)
            )
        ]

    def _turn(self, *names: str | None) -> int:
        """0 for one part, by chance that is the same everywhere."""
        digest = sha256("\0".join(name or "" for name in names).encode()).digest()
        return (int.from_bytes(digest[:8]) - self.shard.number) % self.shard.of
