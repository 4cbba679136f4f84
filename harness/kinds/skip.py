"""What is not carried out, with the reason."""

from collections.abc import Iterator, Sequence

from harness.case.scenario import Skip
from harness.kinds.bench import Bench
from harness.kinds.kind import Carried, Cell, Judgement, Kind, Phase
from harness.model.verdict import Status, Verdict


class Skips(Kind[Skip]):
    """Reasons to skip."""

    made = Skip
    phase = Phase.AT_ONCE

    def carry_out(self, cells: Sequence[tuple[Cell, Skip]], bench: Bench) -> Iterator[Carried]:
        for cell, skip in cells:
            yield Carried.judged(cell, Judgement(verdict=Verdict(Status.SKIPPED, skip.reason), obstacle=skip.obstacle))


KIND = Skips()
