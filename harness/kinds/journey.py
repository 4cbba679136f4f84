"""Journeys: a good situation changed step by step on a server that stays up, until connections break."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.case.data import write_case
from harness.case.scenario import Skip
from harness.case.situation import Journey, ServerSide, Situation, Step
from harness.judge.case import describe
from harness.judge.journey import StepTaken, judge_journey
from harness.kinds.attempt import AttemptEvidence, client_of
from harness.kinds.bench import Bench
from harness.kinds.kind import Carried, Cell, Change, Judgement, Kind, Phase
from harness.kinds.lacks import untold
from harness.knowledge.rows import Lack
from harness.model.observation import Observation
from harness.model.outcome import Accepted


class Journeys(Kind[Journey]):
    """Journeys; those that configure the server alike are run together, each until its connections break.

    The end of one, where its good situation is proved again, is where the next one begins.
    """

    made = Journey
    phase = Phase.AROUND_GOOD
    fresh = True

    def without(self, case: Journey, lacks: Sequence[Lack]) -> Skip | None:
        return untold((case.good, *(step.situation for step in case.steps)), lacks)

    def good(self, case: Journey) -> Situation:
        return case.good

    def stations(self, case: Journey) -> tuple[ServerSide, ...]:
        return tuple(step.situation.server_side() for step in case.steps)

    def last_change(self, cell: Cell, case: Journey) -> Change:
        before = case.steps[-2].situation if len(case.steps) > 1 else case.good
        return Change(before=before, after=case.steps[-1].situation, expectation=case.steps[-1].expectation)

    def prepare(self, cell: Cell, case: Journey, bench: Bench) -> None:
        bench.make(client_of(cell), case.good, *(step.situation for step in case.steps))

    def as_data(self, case: Journey) -> Mapping[str, Any]:
        return write_case(case)

    def carry_out(self, cells: Sequence[tuple[Cell, Journey]], bench: Bench) -> Iterator[Carried]:
        travellers = [_Traveller(cell, journey, bench) for cell, journey in cells]
        for number, station in enumerate(self.stations(cells[0][1])):
            going = [each for each in travellers if not each.broke]
            if not going:
                break
            brought = bench.bring(station)
            for each in going:
                step = each.journey.steps[number]
                if isinstance(brought, Observation):
                    each.take(step, brought, 0.0)
                else:
                    each.take(step, *bench.attempt(client_of(each.cell), step.situation, brought))
        yield from (Carried(each.cell, each.judged) for each in travellers)


@dataclass(slots=True)
class _Traveller:
    """One client on a journey. ``duration_s`` is what its own attempts took."""

    cell: Cell
    journey: Journey
    bench: Bench
    taken: list[StepTaken] = field(default_factory=list)
    duration_s: float = 0.0

    @property
    def broke(self) -> bool:
        """Whether its last connection was not accepted."""
        return bool(self.taken) and not isinstance(self.taken[-1].observation.outcome, Accepted)

    def take(self, step: Step, observation: Observation, duration_s: float) -> None:
        """Note what was seen after ``step``."""
        self.taken.append(StepTaken(name=step.name, expectation=step.expectation, observation=observation))
        self.duration_s += duration_s

    def judged(self, good: Sequence[Observation]) -> Judgement:
        """What the steps taken come to."""
        before, after = good
        steps, expected = self.journey.steps, self.journey.good.expectation()
        return Judgement(
            verdict=judge_journey(
                self.taken, planned=len(steps), good=good, good_expectation=expected, silent=self.bench.silent
            ),
            expected="; ".join(f"{step.name}: {step.expectation}" for step in steps),
            difference=" then ".join(step.name for step in steps),
            outcome=describe(self.taken[-1].observation.outcome),
            proofs=(
                AttemptEvidence(label="good before", expected=str(expected), observation=before),
                *(
                    AttemptEvidence(
                        label=f"step {step.name}", expected=str(step.expectation), observation=step.observation
                    )
                    for step in self.taken
                ),
                AttemptEvidence(label="good after", expected=str(expected), observation=after),
            ),
            faults=self.bench.met(client_of(self.cell), (before, *(step.observation for step in self.taken), after)),
            duration_s=self.duration_s,
        )


KIND = Journeys()
