"""What a lane does without a client: starts a server with what it is told, and takes note of what documents came to."""

import time
from collections.abc import Callable, Iterator, Sequence

from harness.case.startup import StartUp, start_difference
from harness.case.trial import Trial
from harness.judge.startup import judge_start
from harness.judge.trial import judge_trial
from harness.model.startup import ExpectStart, Start, StartOutcome, Told
from harness.runner.conclusion import Judgement
from harness.runner.plan import Cell, start_ups
from harness.runner.results import StartProof, TrialProof

_SERVES = ExpectStart(start=Start.SERVES)


def started_alone(
    planned: Sequence[Cell], try_start: Callable[[Told], StartOutcome]
) -> Iterator[tuple[Cell, Judgement]]:
    """Carry out the start-ups of ``planned``: what is good is started first, then what differs from it, each once."""
    seen: dict[Told, StartOutcome] = {}

    def outcome_of(told: Told) -> StartOutcome:
        if told not in seen:
            seen[told] = try_start(told)
        return seen[told]

    for good, group in start_ups(planned).items():
        before = outcome_of(good)
        for cell, case in group:
            begun = time.monotonic()
            outcome = outcome_of(case.told)
            yield cell, _judged_start(case, before, outcome, time.monotonic() - begun)


def _judged_start(case: StartUp, good: StartOutcome, outcome: StartOutcome, duration_s: float) -> Judgement:
    return Judgement(
        verdict=judge_start(case.expected, outcome, good=good),
        expected=str(case.expected),
        difference="; ".join(start_difference(case.good, case.told)) or "nothing",
        outcome=str(outcome),
        proofs=(
            StartProof(label="good before", expected=str(_SERVES), outcome=good),
            StartProof(label="case", expected=str(case.expected), outcome=outcome),
        ),
        duration_s=duration_s,
    )


def judged_trial(trial: Trial) -> Judgement:
    """What a trial came to: it was made when the cell was."""
    return Judgement(
        verdict=judge_trial(trial.expected, trial.found),
        expected=trial.expected,
        difference="nothing",
        outcome=trial.found,
        proofs=(TrialProof(label="case", expected=trial.expected, trial=trial),),
    )
