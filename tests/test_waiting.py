"""Waiting with a deadline, on a clock that the tests turn."""

from collections.abc import Callable

import pytest

from harness import waiting
from harness.waiting import wait_for


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(waiting, "time", made)
    return made


def _from_call(number: int) -> Callable[[], str | None]:
    calls = 0

    def condition() -> str | None:
        nonlocal calls
        calls += 1
        return "here" if calls >= number else None

    return condition


def test_what_is_there_is_returned_at_once(clock: Clock) -> None:
    assert wait_for(_from_call(1), deadline_s=0) == "here"
    assert clock.slept == []


def test_a_false_value_that_is_not_none_ends_the_wait(clock: Clock) -> None:
    assert wait_for(lambda: 0, deadline_s=1) == 0
    assert clock.slept == []


def test_the_interval_doubles_up_to_50_ms(clock: Clock) -> None:
    assert wait_for(_from_call(8), deadline_s=10) == "here"
    assert clock.slept == [0.003, 0.006, 0.012, 0.024, 0.048, 0.05, 0.05]


def test_past_its_deadline_it_is_none_and_never_sleeps_beyond(clock: Clock) -> None:
    assert wait_for(_from_call(1000), deadline_s=0.01) is None
    assert clock.slept == [0.003, 0.006, 0.001]


def test_the_condition_is_asked_once_more_at_the_deadline(clock: Clock) -> None:
    assert wait_for(_from_call(4), deadline_s=0.01) == "here"


def test_what_the_condition_raises_comes_through(clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError):
        wait_for(lambda: 1 // 0, deadline_s=1)
