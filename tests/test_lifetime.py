"""What was opened is closed exactly once, by whoever comes first."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.idleness import Idleness
from harness.lifetime import CutShort, Lifetime


def test_a_block_closes_what_it_opened_at_its_end() -> None:
    lifetime, closed = Lifetime(), list[str]()
    with lifetime.closing(lambda: closed.append("probe")):
        assert closed == []
    assert closed == ["probe"]
    lifetime.close_all()
    assert closed == ["probe"]


def test_a_block_that_fails_closes_too() -> None:
    lifetime, closed = Lifetime(), list[str]()
    with pytest.raises(ZeroDivisionError), lifetime.closing(lambda: closed.append("probe")):
        raise ZeroDivisionError
    assert closed == ["probe"]


def test_a_run_cut_short_closes_newest_first_and_each_once() -> None:
    lifetime, closed = Lifetime(), list[str]()
    with lifetime.closing(lambda: closed.append("server")), lifetime.closing(lambda: closed.append("probe")):
        lifetime.close_all()
        lifetime.close_all()
        assert closed == ["probe", "server"]
    assert closed == ["probe", "server"]


def test_who_comes_late_closes_at_once_and_is_cut_short() -> None:
    lifetime, closed = Lifetime(), list[str]()
    lifetime.close_all()
    with pytest.raises(CutShort), lifetime.closing(lambda: closed.append("late")):
        pytest.fail("the block was entered")
    assert closed == ["late"]


def test_a_lane_asks_whether_the_run_is_over() -> None:
    lifetime = Lifetime()
    lifetime.check()
    lifetime.close_all()
    with pytest.raises(CutShort):
        lifetime.check()


@pytest.mark.parametrize("fault", [OSError, KeyboardInterrupt])
def test_a_closer_that_raises_does_not_keep_the_others_open(fault: type[BaseException]) -> None:
    lifetime, closed = Lifetime(), list[str]()

    def broken() -> None:
        raise fault

    def broken_too() -> None:
        raise ZeroDivisionError

    with lifetime.closing(lambda: closed.append("server")), lifetime.closing(broken_too), lifetime.closing(broken):
        with pytest.raises(fault):
            lifetime.close_all()
        assert closed == ["server"]


class Idle(Idleness):
    """Processors as many as ``now``; ``began`` counts what has begun since."""

    def __init__(self, now: float | None) -> None:
        self.now = now
        self.began = 0

    def begin(self) -> None:
        self.began += 1

    def cores(self) -> float | None:
        return self.now


@pytest.mark.parametrize(("idle", "most"), [(None, 2), (0.1, 2), (1.9, 6)])
def test_more_loads_than_processors_are_borne_only_while_some_are_idle(idle: float | None, most: int) -> None:
    idleness = Idle(idle)
    lifetime = Lifetime(loads=2, idleness=idleness)
    borne, over = threading.Semaphore(0), threading.Event()

    def bear() -> None:
        with contextlib.suppress(CutShort), lifetime.loading():
            borne.release()
            over.wait(30)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(bear)
        try:
            assert all(borne.acquire(timeout=10) for _ in range(most))
            assert not borne.acquire(timeout=1.2)
            assert idleness.began == most, "each makes what was idle before it old"
        finally:
            lifetime.close_all()
            over.set()


def test_a_load_that_ends_makes_room_for_the_next() -> None:
    lifetime = Lifetime(loads=1, idleness=Idle(None))
    for _ in range(3):
        with lifetime.loading():
            pass
