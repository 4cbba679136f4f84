"""Travelling: one client on a journey, the steps that it has taken, and what is made of them at its end."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from harness.case.situation import Journey, Situation, Step
from harness.judge.case import told
from harness.judge.journey import StepTaken, judge_journey
from harness.model.observation import Observation
from harness.model.outcome import Accepted, Cause
from harness.runner.conclusion import Judgement
from harness.runner.plan import Cell
from harness.runner.results import Proof

Proved = tuple[Observation, Observation]
"""Its good situation, before and after."""


@dataclass(slots=True)
class Traveller:
    """One client on a journey. ``duration_s`` is what its own attempts took."""

    cell: Cell
    journey: Journey
    taken: list[StepTaken] = field(default_factory=list)
    duration_s: float = 0.0

    @property
    def home(self) -> tuple[str, Situation]:
        """Whose proof it needs, and of which situation."""
        return (self.cell.client, self.journey.good)

    @property
    def broke(self) -> bool:
        """Whether its last connection was not accepted."""
        return bool(self.taken) and not isinstance(self.taken[-1].observation.outcome, Accepted)

    def take(self, step: Step, observation: Observation, duration_s: float) -> None:
        """Note what was seen after ``step``."""
        self.taken.append(StepTaken(name=step.name, expectation=step.expectation, observation=observation))
        self.duration_s += duration_s

    def judged(self, proved: Proved, silent: AbstractSet[Cause]) -> Judgement:
        """What the steps taken come to; ``silent`` are the causes about which the server logs nothing."""
        steps = self.journey.steps
        return Judgement(
            verdict=judge_journey(
                self.taken,
                planned=len(steps),
                good=proved,
                good_expectation=self.journey.good.expectation(),
                silent=silent,
            ),
            expected="; ".join(f"{step.name}: {step.expectation}" for step in steps),
            difference=" then ".join(step.name for step in steps),
            outcome=told(self.taken[-1].observation.outcome),
            proofs=self._seen(proved),
            duration_s=self.duration_s,
        )

    def _seen(self, proved: Proved) -> tuple[Proof, ...]:
        """All that was observed, in order."""
        good = str(self.journey.good.expectation())
        before, after = proved
        return (
            Proof(label="good before", expected=good, observation=before),
            *(
                Proof(label=f"step {step.name}", expected=str(step.expectation), observation=step.observation)
                for step in self.taken
            ),
            Proof(label="good after", expected=good, observation=after),
        )
