"""Rotations under load as cases: one after the other, each judged from its history."""

import time
from collections.abc import Iterator, Mapping, Sequence
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
        for cell, rotation in cells:
            with bench.clocked("load"):
                judgement = _judged(rotation, client_of(cell), bench)
            yield Carried.judged(cell, judgement)


def _judged(rotation: Rotation, client: str, bench: Bench) -> Judgement:
    begun = time.monotonic()
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
            duration_s=time.monotonic() - begun,
        )
    return Judgement(
        verdict=rotated.verdict,
        expected=_EXPECTED,
        difference=f"{rotation.what.value} exchanged {rotation.how.value} in {rotation.stores.value} under load",
        outcome=rotated.verdict.reason,
        proofs=(RotationEvidence(label="history", expected=_EXPECTED, rotated=rotated),),
        duration_s=time.monotonic() - begun,
    )


def _broken(error: HarnessError) -> Verdict:
    """FAIL for a client that breaks under load; nothing is known where anything else does."""
    if isinstance(error, ProbeFault) and not isinstance(error, ProbeUnavailable):
        return Verdict(Status.FAIL, f"the client's probe {error.how}")
    return Verdict(Status.INCONCLUSIVE, str(error))


KIND = Rotations()
