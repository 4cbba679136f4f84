"""What was opened is closed exactly once, by whoever comes first."""

import pytest

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
