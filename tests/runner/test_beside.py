"""Work beside a lane's own: waited for, its first error raised, and no more of it once the lane is over."""

import threading
from collections.abc import Generator

import pytest

from harness.runner.beside import Beside


def test_all_steps_are_taken_before_it_ends() -> None:
    taken: list[int] = []

    def steps() -> Generator[None]:
        for number in range(3):
            taken.append(number)
            yield

    with Beside() as beside:
        beside.begin(steps)
        beside.begin(steps)
    assert sorted(taken) == [0, 0, 1, 1, 2, 2]


def test_an_error_in_a_step_is_raised_at_the_end() -> None:
    def steps() -> Generator[None]:
        yield
        raise OSError("it broke")

    reached: list[str] = []

    def lane() -> None:
        with Beside() as beside:
            beside.begin(steps)
            reached.append("the lane's end")

    with pytest.raises(OSError, match="it broke"):
        lane()
    assert reached == ["the lane's end"]


def test_after_an_error_of_the_lane_the_step_under_way_is_the_last_and_is_closed() -> None:
    begun, broken, closed = threading.Event(), threading.Event(), threading.Event()
    taken: list[int] = []

    def steps() -> Generator[None]:
        try:
            for number in range(3):
                taken.append(number)
                begun.set()
                assert broken.wait(10)
                yield
        finally:
            closed.set()

    def lane() -> None:
        with Beside() as beside:
            beside.begin(steps)
            assert begun.wait(10)
            threading.Timer(0.05, broken.set).start()
            raise ValueError("the lane broke")

    with pytest.raises(ValueError, match="the lane broke"):
        lane()
    assert taken == [0]
    assert closed.is_set()
