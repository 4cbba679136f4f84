"""A journey names the step at which it breaks, or is not as computed."""

import pytest

from harness.judge.journey import StepTaken, judge_journey
from harness.model.evidence import Seen
from harness.model.expectation import ExpectAccepted, Expectation, ExpectRefused
from harness.model.observation import Observation
from harness.model.outcome import Cause, Side
from harness.model.verdict import Status, Verdict
from tests.judge.observations import GOOD, GOOD_IN_CLEAR, observed, refused

FINE = ExpectAccepted()
BREAKS = ExpectRefused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
BROKEN = observed(refused(Side.CLIENT, Cause.UNKNOWN_AUTHORITY), Seen.HANDSHAKE_FAILED)
RAW = "OperationalError [HY000/2026]: SSL error"


def step(name: str, expectation: Expectation, observation: Observation) -> StepTaken:
    return StepTaken(name=name, expectation=expectation, observation=observation)


@pytest.mark.parametrize(
    ("taken", "planned", "verdict"),
    [
        (
            [step("trust", FINE, GOOD), step("server", FINE, GOOD)],
            2,
            Verdict(Status.PASS, "no connection broke in 2 steps"),
        ),
        (
            [step("trust", FINE, GOOD), step("server", BREAKS, BROKEN)],
            2,
            Verdict(Status.PASS, "breaks at step «server», as computed: refused by the client: unknown-authority"),
        ),
        (
            [step("trust", FINE, BROKEN)],
            2,
            Verdict(Status.FAIL, f"at step «trust»: refused by the client: unknown-authority: {RAW}"),
        ),
        (
            [step("trust", FINE, GOOD), step("server", BREAKS, GOOD)],
            2,
            Verdict(
                Status.FAIL,
                "at step «server»: connected but unverified: accepted over TLSv1.3, expected to be refused by the "
                "client: unknown-authority",
            ),
        ),
        (
            [step("trust", BREAKS, BROKEN)],
            2,
            Verdict(Status.INCONCLUSIVE, "only 1 of 2 steps were taken"),
        ),
        ([], 2, Verdict(Status.INCONCLUSIVE, "only 0 of 2 steps were taken")),
        (
            [step("trust", FINE, GOOD), step("server", FINE, observed(GOOD.outcome, Seen.DENIED))],
            2,
            Verdict(
                Status.INCONCLUSIVE,
                "at step «server»: the client says accepted, the server's end says: login denied",
            ),
        ),
    ],
)
def test_the_first_step_that_is_not_as_expected_decides(taken: list[StepTaken], planned: int, verdict: Verdict) -> None:
    assert judge_journey(taken, planned=planned, good=(GOOD, GOOD), good_expectation=FINE) == verdict


@pytest.mark.parametrize("good", [(GOOD, GOOD_IN_CLEAR), (GOOD_IN_CLEAR, GOOD)])
@pytest.mark.parametrize("observation", [GOOD, BROKEN])
def test_a_good_situation_that_does_not_hold_around_it_proves_nothing(
    good: tuple[Observation, Observation], observation: Observation
) -> None:
    verdict = judge_journey([step("trust", FINE, observation)], planned=1, good=good, good_expectation=FINE)
    assert verdict.status is Status.INCONCLUSIVE
    assert "the good situation does not hold: accepted in the clear" in verdict.reason


def test_a_silent_log_is_excused_where_it_is_declared() -> None:
    quiet = observed(refused(Side.CLIENT, Cause.UNKNOWN_AUTHORITY), Seen.HANDSHAKE_FAILED, log=())
    taken = [step("server", BREAKS, quiet)]
    for silent, status in (({Cause.UNKNOWN_AUTHORITY}, Status.PASS), (set[Cause](), Status.INCONCLUSIVE)):
        verdict = judge_journey(taken, planned=1, good=(GOOD, GOOD), good_expectation=FINE, silent=silent)
        assert verdict.status is status
