"""The verdict of a journey: every step as expected, and the step named at which connections break."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from harness.judge.case import client_broke, describe, judge_case, unproved
from harness.model.expectation import ExpectAccepted, Expectation
from harness.model.observation import Observation
from harness.model.outcome import Cause
from harness.model.verdict import Status, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A step that was taken, what was expected of it, and what was seen."""

    name: str
    expectation: Expectation
    observation: Observation


def judge_journey(
    taken: Sequence[StepTaken],
    *,
    planned: int,
    good: Sequence[Observation],
    good_expectation: ExpectAccepted,
    silent: AbstractSet[Cause] = frozenset(),
) -> Verdict:
    """Judge the steps ``taken`` of ``planned``: the first that is not as expected decides; a PASS says what broke.

    A journey that ended early although every step it took was as expected is INCONCLUSIVE. One in which the client
    itself breaks FAILs, whatever the good situation.
    """
    for step in taken:
        broke = client_broke(step.observation)
        if broke is not None:
            return _at(step, broke)
    broken = unproved(good, good_expectation, silent=silent)
    if broken is not None:
        return broken
    for step in taken:
        verdict = judge_case(
            step.expectation, step.observation, good=(), good_expectation=good_expectation, silent=silent
        )
        if verdict.status is not Status.PASS:
            return _at(step, verdict)
    if len(taken) != planned:
        return Verdict(Status.INCONCLUSIVE, f"only {len(taken)} of {planned} steps were taken")
    last = taken[-1]
    if isinstance(last.expectation, ExpectAccepted):
        return Verdict(Status.PASS, f"no connection broke in {planned} steps")
    return Verdict(Status.PASS, f"breaks at step «{last.name}», as computed: {describe(last.observation.outcome)}")


def _at(step: StepTaken, verdict: Verdict) -> Verdict:
    return Verdict(verdict.status, f"at step «{step.name}»: {verdict.reason}")
