"""A pool by itself: who gets what, limits, generations, and what a borrower leaves behind."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.errors import ProbeFault
from harness.model.account import Credentials, Endpoint
from harness.model.history import Failed, Failure, Kind, Why
from harness.model.tls import ClientTls, Verify
from harness.pool.attempts import Attempts, Dispatch, Setup
from harness.pool.connection import IllegalMove, Pooled, State
from harness.pool.pool import TEST_AFTER_S, Pool
from harness.pool.properties import JdbcProperties
from harness.pool.settings import Exhausted, Settings
from harness.waiting import wait_for
from tests.pool.fakes import REFUSED, Asked, FakeConnector, FakeRecorder

SETUP = Setup(endpoint=Endpoint("h", 1), properties=JdbcProperties())
NEW = Setup(endpoint=Endpoint("h", 2), properties=JdbcProperties())
LIMIT_S = 10


class Bench:
    """A pool with a clock that a test moves."""

    def __init__(self, settings: Settings) -> None:
        self.now_s = 1000.0
        self.server = FakeConnector()
        self.recorder = FakeRecorder()
        self.pool = Pool(
            "p",
            SETUP,
            settings,
            attempts=Attempts(self.server, self.recorder, in_use=lambda _, presented: f"{presented:x}", deadline_s=5),
            prepare=lambda setup: Dispatch(
                setup.endpoint, Credentials("u", "p"), ClientTls(verify=Verify.REQUIRED), str(setup.endpoint.port), None
            ),
            recorder=self.recorder,
            clock=lambda: self.now_s,
        )

    def lent(self) -> Pooled:
        pooled = self.pool.borrow()
        assert isinstance(pooled, Pooled)
        return pooled

    def back(self, *lent: Pooled) -> None:
        for pooled in lent:
            self.pool.give_back(pooled, usable=True)

    @property
    def gone(self) -> list[tuple[int, Why]]:
        return [(gone.connection_id, gone.why) for gone in self.recorder.gone]


def number(pooled: Pooled) -> int:
    return pooled.served.connection_id


class Borrower(threading.Thread):
    """Borrows in a thread of its own; ``begin`` returns when it waits."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.pool = pool
        self.got: Pooled | Failed | BaseException | None = None

    def run(self) -> None:
        try:
            self.got = self.pool.borrow()
        except ProbeFault as error:
            self.got = error

    def begin(self, *, waiting: int) -> "Borrower":
        self.start()
        # How many wait is nobody's business but this test's.
        assert wait_for(lambda: True if len(self.pool._waiting) == waiting else None, deadline_s=LIMIT_S)
        return self

    def end(self) -> Pooled | Failed | BaseException | None:
        self.join(LIMIT_S)
        assert not self.is_alive()
        return self.got


def test_the_connection_that_was_used_last_is_lent_first() -> None:
    bench = Bench(Settings())
    one, two = bench.lent(), bench.lent()
    bench.back(one, two)
    assert bench.lent() is two
    assert bench.lent() is one
    assert len(bench.server.connects) == 2


def test_borrowers_are_served_in_the_order_in_which_they_came() -> None:
    bench = Bench(Settings(max_active=1))
    held = bench.lent()
    first = Borrower(bench.pool).begin(waiting=1)
    second = Borrower(bench.pool).begin(waiting=2)
    bench.back(held)
    assert first.end() is held
    assert second.is_alive()
    bench.back(held)
    assert second.end() is held


def test_who_comes_later_does_not_overtake_who_waits() -> None:
    bench = Bench(Settings(max_active=1, max_wait_s=0.05))
    held = bench.lent()
    waiter = Borrower(bench.pool)
    waiter.pool.configure(Settings(max_active=1, max_wait_s=None))
    waiter.begin(waiting=1)
    bench.pool.configure(Settings(max_active=1, max_wait_s=0.05))
    assert isinstance(bench.pool.borrow(), Failed)
    bench.back(held)
    assert waiter.end() is held


def test_a_full_pool_lends_nothing_within_max_wait_and_says_what_there_is() -> None:
    bench = Bench(Settings(max_active=1, max_wait_s=0.01))
    held = bench.lent()
    failed = bench.pool.borrow()
    assert isinstance(failed, Failed)
    assert failed.how is Failure.EXHAUSTED
    assert failed.said == "p had no connection to lend within 0.01 s: 1 lent, 0 being opened, 0 idle, 0 waiting"
    bench.back(held)
    assert bench.lent() is held


def test_a_full_pool_may_fail_at_once_or_grow() -> None:
    bench = Bench(Settings(max_active=1, max_wait_s=None, exhausted=Exhausted.FAIL))
    held = bench.lent()
    failed = bench.pool.borrow()
    assert isinstance(failed, Failed)
    assert failed.how is Failure.EXHAUSTED
    bench.pool.configure(Settings(max_active=1, exhausted=Exhausted.GROW))
    assert bench.lent() is not held


def test_raised_limits_wake_who_waits() -> None:
    bench = Bench(Settings(max_active=1))
    bench.lent()
    waiter = Borrower(bench.pool).begin(waiting=1)
    bench.pool.configure(Settings(max_active=2))
    assert isinstance(waiter.end(), Pooled)


def test_an_opening_that_fails_gives_its_place_to_who_waits() -> None:
    bench = Bench(Settings(max_active=1))
    connecting, go = threading.Event(), threading.Event()
    answers = iter([REFUSED, None])

    def answer(_: Asked) -> object:
        connecting.set()
        assert go.wait(LIMIT_S)
        return next(answers)

    bench.server.answer = answer  # type: ignore[assignment]  # one callable for both answers
    first = Borrower(bench.pool).begin(waiting=0)
    assert connecting.wait(LIMIT_S)
    second = Borrower(bench.pool).begin(waiting=1)
    go.set()
    assert isinstance(first.end(), Failed)
    assert isinstance(second.end(), Pooled)


@pytest.mark.parametrize("fault", [ProbeFault("dead", remedy=""), KeyboardInterrupt()])
def test_an_opening_that_is_cut_short_keeps_no_place_and_has_no_end(fault: BaseException) -> None:
    bench = Bench(Settings(max_active=1, exhausted=Exhausted.FAIL))

    def answer(_: Asked) -> None:
        raise fault

    bench.server.answer = answer
    with pytest.raises(type(fault)):
        bench.pool.borrow()
    assert [begun.kind for begun in bench.recorder.begun] == [Kind.OPEN]
    assert bench.recorder.ended == {}
    bench.server.answer = lambda _: None
    bench.lent()


def test_what_is_forgotten_frees_its_place_and_nothing_is_said() -> None:
    bench = Bench(Settings(max_active=1))
    held = bench.lent()
    waiter = Borrower(bench.pool).begin(waiting=1)
    bench.pool.forget(held)
    assert waiter.end() is not held
    assert bench.gone == []


def test_what_failed_is_closed_on_return() -> None:
    bench = Bench(Settings())
    bench.pool.give_back(bench.lent(), usable=False)
    assert bench.gone == [(1, Why.FAILED)]
    assert bench.server.open_ids == set()


def test_idle_connections_above_max_idle_are_closed_the_longest_idle_first() -> None:
    bench = Bench(Settings(max_idle=1))
    one, two = bench.lent(), bench.lent()
    bench.back(one, two)
    assert bench.gone == [(1, Why.EXCESS)]
    assert bench.lent() is two


def test_who_waits_goes_before_max_idle() -> None:
    bench = Bench(Settings(max_idle=0, max_active=1))
    held = bench.lent()
    waiter = Borrower(bench.pool).begin(waiting=1)
    bench.back(held)
    assert waiter.end() is held
    assert bench.gone == []


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (Settings(max_idle_time_s=30, max_life_time_s=None), Why.IDLE_TIME),
        (Settings(max_idle_time_s=None, max_life_time_s=30), Why.LIFE_TIME),
    ],
)
def test_the_cleaner_closes_what_was_idle_or_open_too_long(settings: Settings, why: Why) -> None:
    bench = Bench(settings)
    one = bench.lent()
    bench.back(one)
    bench.now_s += 29
    bench.pool.clean()
    assert bench.gone == []
    bench.now_s += 1
    bench.pool.clean()
    assert bench.gone == [(1, why)]


def test_work_resets_the_idle_time_and_not_the_life_time() -> None:
    bench = Bench(Settings(max_idle_time_s=30, max_life_time_s=50))
    one = bench.lent()
    bench.now_s += 29
    bench.pool.ask(one)
    bench.back(one)
    bench.now_s += 20
    bench.pool.clean()
    assert bench.gone == []
    bench.now_s += 1
    bench.pool.clean()
    assert bench.gone == [(1, Why.LIFE_TIME)]


def test_max_life_time_is_looked_at_on_return_and_when_lending() -> None:
    bench = Bench(Settings(max_life_time_s=30))
    one, two = bench.lent(), bench.lent()
    bench.back(one)
    bench.now_s += 30
    bench.back(two)
    assert bench.gone == [(2, Why.LIFE_TIME)]
    assert number(bench.lent()) == 3
    assert bench.gone == [(2, Why.LIFE_TIME), (1, Why.LIFE_TIME)]


def test_a_life_begins_before_the_stores_are_read() -> None:
    bench = Bench(Settings(max_life_time_s=30))

    def slowly(asked: Asked) -> None:
        bench.now_s += 20

    bench.server.answer = slowly
    one = bench.lent()
    bench.now_s += 10
    bench.back(one)
    assert bench.gone == [(1, Why.LIFE_TIME)]


def test_without_any_life_time_each_connection_serves_once() -> None:
    bench = Bench(Settings(max_life_time_s=0))
    bench.back(bench.lent())
    assert number(bench.lent()) == 2
    assert bench.gone == [(1, Why.LIFE_TIME)]


def test_what_was_silent_for_long_is_asked_before_it_is_lent_and_a_dead_one_is_closed_and_said_so() -> None:
    bench = Bench(Settings(max_idle_time_s=None))
    one, two = bench.lent(), bench.lent()
    bench.back(one, two)
    bench.now_s += TEST_AFTER_S + 1
    bench.server.sessions[2].killed = True
    assert bench.lent() is one
    assert bench.gone == [(2, Why.FAILED)]
    assert (bench.server.sessions[1].asked, bench.server.sessions[2].asked) == (1, 1)
    # The dead one made no new connection, and hides no attempt.
    assert [begun.kind for begun in bench.recorder.begun] == [Kind.OPEN, Kind.OPEN]


@pytest.mark.parametrize(("always", "asked"), [(True, 1), (False, 0)])
def test_what_spoke_a_moment_ago_is_asked_only_with_test_on_activate(always: bool, asked: int) -> None:
    bench = Bench(Settings(test_on_activate=always))
    bench.back(bench.lent())
    bench.lent()
    assert bench.server.sessions[1].asked == asked


def test_a_reload_closes_idle_ones_at_once_and_lent_ones_on_return() -> None:
    bench = Bench(Settings())
    one, two = bench.lent(), bench.lent()
    bench.back(one)
    bench.pool.renew(NEW)
    assert bench.gone == [(1, Why.RELOAD)]
    assert bench.server.open_ids == {2}
    bench.back(two)
    assert bench.gone == [(1, Why.RELOAD), (2, Why.RELOAD)]
    assert bench.lent().served.material == "2"


@pytest.mark.parametrize("reloads", [1, 3])
def test_a_connection_that_was_being_made_during_a_reload_is_closed_and_another_made(reloads: int) -> None:
    bench = Bench(Settings(max_active=1))
    connecting, go = threading.Event(), threading.Event()

    def answer(asked: Asked) -> None:
        if asked.endpoint == SETUP.endpoint:
            connecting.set()
            assert go.wait(LIMIT_S)

    bench.server.answer = answer
    borrower = Borrower(bench.pool).begin(waiting=0)
    assert connecting.wait(LIMIT_S)
    for _ in range(reloads):
        bench.pool.renew(NEW)
    go.set()
    got = borrower.end()
    assert isinstance(got, Pooled)
    assert got.served.material == "2"
    assert bench.gone == [(1, Why.RELOAD)]


def test_the_stamp_is_older_than_the_reading_of_the_stores() -> None:
    bench = Bench(Settings())
    prepare = bench.pool._prepare
    readings: list[Setup] = []

    def reloaded_meanwhile(setup: Setup) -> Dispatch:
        readings.append(setup)
        if len(readings) == 1:
            bench.pool.renew(NEW)
        return prepare(setup)

    bench.pool._prepare = reloaded_meanwhile
    assert bench.lent().served.material == "2"
    assert bench.gone == [(1, Why.RELOAD)]


def test_a_closed_pool_lends_nothing_wakes_who_waits_and_closes_what_comes_back() -> None:
    bench = Bench(Settings(max_active=1, max_wait_s=None))
    held = bench.lent()
    waiter = Borrower(bench.pool).begin(waiting=1)
    bench.pool.close()
    for nothing in (waiter.end(), bench.pool.borrow()):
        assert isinstance(nothing, Failed)
        assert nothing.said == "p is closed"
    bench.back(held)
    assert bench.gone == [(1, Why.SHUTDOWN)]


def test_connections_are_closed_outside_the_lock() -> None:
    bench = Bench(Settings())
    bench.back(bench.lent())
    free: list[bool] = []
    session = bench.server.sessions[1]
    close: Callable[[], None] = session.close

    def closing() -> None:
        free.append(not bench.pool._lock.locked())
        close()

    session.close = closing  # type: ignore[method-assign]  # looks at the lock at the right moment
    bench.pool.renew(NEW)
    assert free == [True]


@pytest.mark.parametrize("again", [lambda bench, one: bench.back(one), lambda bench, one: bench.pool.forget(one)])
def test_an_illegal_move_is_a_defect_and_raises(again: Callable[[Bench, Pooled], None]) -> None:
    bench = Bench(Settings(max_idle=0))
    one = bench.lent()
    bench.back(one)
    assert one.state is State.CLOSED
    with pytest.raises(IllegalMove, match="connection 1 from closed"):
        again(bench, one)


def test_many_borrowers_and_reloads_lend_no_old_connection_and_leave_none_open() -> None:
    bench = Bench(Settings(max_active=4))
    done = threading.Event()
    reloaded = [0]
    wrong: list[str] = []

    def work() -> None:
        while not done.is_set():
            before = reloaded[0]
            pooled = bench.pool.borrow()
            if isinstance(pooled, Failed):
                wrong.append(pooled.said)
                return
            if int(pooled.served.material) < before:
                wrong.append(f"{pooled.served.material} after reload {before}")
            bench.pool.ask(pooled)
            bench.back(pooled)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for generation in range(1, 200):
        bench.pool.renew(replace(SETUP, endpoint=Endpoint("h", generation)))
        reloaded[0] = generation
    done.set()
    for thread in threads:
        thread.join(LIMIT_S)
        assert not thread.is_alive()
    bench.pool.close()
    assert wrong == []
    assert bench.server.open_ids == set()
    assert len(bench.gone) == len(bench.server.sessions)
