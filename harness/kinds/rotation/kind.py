"""Rotations under load as cases: several at once on servers of their own, each judged from its history."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from harness.case.data import write_case
from harness.case.rotation import Rotation
from harness.case.scenario import Skip
from harness.errors import EngineError, HarnessError, ProbeFault, ProbeUnavailable
from harness.kinds.attempt import client_of
from harness.kinds.bench import Bench
from harness.kinds.kind import Carried, Cell, Judgement, Kind, Phase
from harness.kinds.rotation.as_json import as_json
from harness.kinds.rotation.stages import servers_for
from harness.kinds.rotation.words import finding_line, terms_line
from harness.knowledge.rows import Lack
from harness.load.headless import why_no_load
from harness.model.obstacle import Because, Obstacle
from harness.model.rotated import Rotated
from harness.model.verdict import Status, Verdict

_EXPECTED = "no attempt fails, and what is new is in use in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationEvidence:
    """What was found in the history of a rotation under load."""

    label: str
    expected: str
    rotated: Rotated

    @property
    def brief(self) -> str:
        """Nothing: a client takes part, and the matrix has a mark for it."""
        return ""

    def lines(self) -> Iterator[str]:
        yield f"  terms: {terms_line(self.rotated.terms)}"
        yield from (f"  {finding.status.value}: {finding_line(finding)}" for finding in self.rotated.findings)

    def as_json(self) -> dict[str, Any]:
        result = as_json(self.rotated)
        return {"kind": "rotation", "label": self.label, "expected": self.expected, "result": result}


class Rotations(Kind[Rotation]):
    """Rotations; a malfunction in one is its own, unless the server's place is gone."""

    made = Rotation
    phase = Phase.UNDER_LOAD

    def without(self, case: Rotation, lacks: Sequence[Lack]) -> Skip | None:
        """What bears the load is an extra of an installation; of the server it wants nothing."""
        reason = why_no_load()
        return Skip(reason, Obstacle(Because.MACHINE, "bear the load")) if reason else None

    def as_data(self, case: Rotation) -> Mapping[str, Any]:
        return write_case(case)

    def carry_out(self, cells: Sequence[tuple[Cell, Rotation]], bench: Bench) -> Iterator[Carried]:
        """Several at once, the longest first; each is yielded when it is judged."""
        longest_first = sorted(cells, key=lambda pair: -pair[1].duration_s)
        with ThreadPoolExecutor(servers_for([rotation for _, rotation in cells])) as pool:
            judging = {pool.submit(_judged, cell, rotation, bench): cell for cell, rotation in longest_first}
            try:
                for judged in as_completed(judging):
                    yield Carried.judged(judging[judged], judged.result())
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def _judged(cell: Cell, rotation: Rotation, bench: Bench) -> Judgement:
    """What it came to; its ``duration_s`` is its load's, without the wait for its turn."""
    client = client_of(cell)
    try:
        rotated = bench.rotate(rotation, bench.clients[client])
    except EngineError:
        raise
    except HarnessError as error:
        verdict = _broken(error)
        return Judgement(
            verdict=verdict,
            outcome=verdict.reason,
            faults=(bench.fault(error, client),),
        )
    bench.spend_beside("load", rotated.terms.duration_s, cell.id)
    return Judgement(
        verdict=rotated.verdict,
        expected=_EXPECTED,
        difference=f"{rotation.what.value} exchanged {rotation.how.value} in {rotation.stores.value} under load",
        outcome=rotated.verdict.reason,
        proofs=(RotationEvidence(label="history", expected=_EXPECTED, rotated=rotated),),
        duration_s=rotated.terms.duration_s,
    )


def _broken(error: HarnessError) -> Verdict:
    """FAIL for a client that breaks under load; nothing is known where anything else does."""
    if isinstance(error, ProbeFault) and not isinstance(error, ProbeUnavailable):
        return Verdict(Status.FAIL, f"the client's probe {error.how}")
    return Verdict(Status.INCONCLUSIVE, str(error))


KIND = Rotations()
