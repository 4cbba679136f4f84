"""Each arrival starts when it is due, whatever became of those before it; what is late is seen."""

import time
from itertools import pairwise

import gevent
import pytest
from gevent.event import Event

from harness.load.dispatch import STANDSTILL_S, Dispatcher, Stall, in_flight
from harness.load.plan import Arrivals
from harness.load.schedule import Arrival

PATIENCE_S = 5.0


def _at(rate: float) -> Arrivals:
    return Arrivals(connects=rate, check_outs=0, held=0, hold_s=1)


class Done:
    """What was done, and when; the arrivals whose place is in ``hangs`` wait for ``go``."""

    def __init__(self, *, hangs: range = range(0), raises: dict[int, Exception] | None = None) -> None:
        self.started: list[float] = []
        self.due: list[float] = []
        self.ended = 0
        self.go = Event()
        self._hangs = hangs
        self._raises = raises or {}

    def __call__(self, arrival: Arrival, due_s: float) -> None:
        place = len(self.started)
        self.started.append(time.monotonic())
        self.due.append(due_s)
        if place in self._raises:
            raise self._raises[place]
        if place in self._hangs:
            self.go.wait()
        self.ended += 1

    def wait(self, many: int) -> None:
        """Let greenlets run until so many have started."""
        end = time.monotonic() + PATIENCE_S
        while len(self.started) < many:
            assert time.monotonic() < end, f"{len(self.started)} of {many} started"
            gevent.sleep(0.001)


@pytest.fixture
def now_s() -> float:
    return time.monotonic()


def test_none_starts_before_it_is_due_nor_waits_for_another(now_s: float) -> None:
    done = Done(hangs=range(0, 20, 2))
    dispatcher = Dispatcher(_at(200), done, start_s=now_s)
    done.wait(20)
    dispatcher.halt()
    assert done.due[:20] == [pytest.approx(now_s + place / 200) for place in range(20)]
    assert all(started >= due for started, due in zip(done.started, done.due, strict=True))
    done.go.set()
    dispatcher.stop(deadline_s=PATIENCE_S)
    assert done.ended == len(done.started)


def test_what_is_late_starts_at_once_and_is_lag(now_s: float) -> None:
    done = Done()
    dispatcher = Dispatcher(_at(100), done, start_s=now_s - 1)
    done.wait(100)
    assert dispatcher.take_lag(time.monotonic()) >= 1
    dispatcher.halt()
    dispatcher.stop(deadline_s=0)
    assert done.started[99] - done.started[0] < 0.9, "they were spread, though all were due"


def test_due_counts_the_schedule_whatever_was_started(now_s: float) -> None:
    dispatcher = Dispatcher(_at(10), Done(), start_s=now_s)
    dispatcher.halt()
    assert [dispatcher.due(now_s + later) for later in (-1, 0.05, 0.95, 2.05)] == [0, 1, 10, 21]
    dispatcher.stop(deadline_s=0)


def test_a_stall_stops_everything_and_is_lag(now_s: float) -> None:
    done = Done()
    dispatcher = Dispatcher(_at(100), done, start_s=now_s, stall=Stall(at_s=0.05, for_s=0.3))
    done.wait(20)
    dispatcher.halt()
    assert max(after - before for before, after in pairwise(done.started)) >= 0.3
    assert dispatcher.take_lag(time.monotonic()) >= 0.25
    dispatcher.stop(deadline_s=0)


def test_where_too_many_are_under_way_the_next_waits_and_is_lag(now_s: float) -> None:
    done = Done(hangs=range(3))
    dispatcher = Dispatcher(_at(1000), done, start_s=now_s, most_in_flight=3)
    done.wait(3)
    gevent.sleep(0.05)
    assert len(done.started) == 3
    later_s = time.monotonic()
    assert dispatcher.take_lag(later_s + 1) >= 1.04
    assert dispatcher.due(later_s) > 3
    done.go.set()
    done.wait(10)
    dispatcher.halt()
    dispatcher.stop(deadline_s=PATIENCE_S)


def test_what_an_arrival_raises_is_kept_and_the_others_go_on(now_s: float) -> None:
    first, second = OSError("first"), OSError("second")
    done = Done(raises={1: first, 3: second})
    dispatcher = Dispatcher(_at(500), done, start_s=now_s)
    done.wait(8)
    dispatcher.halt()
    with pytest.raises(OSError, match="first"):
        dispatcher.stop(deadline_s=PATIENCE_S)


def test_what_does_not_end_in_time_is_ended(now_s: float) -> None:
    done = Done(hangs=range(1))
    dispatcher = Dispatcher(_at(1), done, start_s=now_s)
    done.wait(1)
    dispatcher.halt()
    dispatcher.stop(deadline_s=0.01)
    assert done.ended == 0
    dispatcher.stop(deadline_s=PATIENCE_S)
    assert time.monotonic() - now_s < PATIENCE_S, "it is still there"


def test_a_standstill_is_met_by_all_arrivals_of_that_time_beside_what_is_held() -> None:
    arrivals = Arrivals(connects=250, check_outs=62, held=8, hold_s=10, workers=2)
    assert in_flight(arrivals) >= (320 * STANDSTILL_S + 8 * 10) / 2
