"""Dispatcher: starts each arrival when it is due, whatever became of those before it."""

import time
from collections.abc import Callable
from math import ceil
from typing import NamedTuple

import gevent
from gevent import monkey
from gevent.pool import Pool

from harness.load.plan import Arrivals
from harness.load.schedule import Arrival, schedule

STANDSTILL_S = 3.0
"""A server that stands still for so long holds up all arrivals of that time, and each is seen to wait.

What is due beyond that waits for its start, which is lag, and so a load that is not healthy: on a machine that cannot
make the rate, a queue without end would stand before every reload.
"""
_LEAST_IN_FLIGHT = 50


class Stall(NamedTuple):
    """A fault on purpose: ``at_s`` after the begin the whole process stands still for ``for_s`` seconds."""

    at_s: float
    for_s: float


class Dispatcher:
    """Runs ``do`` for each arrival, in a greenlet of its own, from the time it is due; late ones at once.

    ``do`` gets the arrival and the monotonic time at which it was due. What it raises ends that arrival alone and is
    kept: see ``check``.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        do: Callable[[Arrival, float], None],
        *,
        start_s: float,
        stall: Stall | None = None,
        most_in_flight: int | None = None,
    ) -> None:
        self._do = do
        self._start_s = start_s
        self._stall = stall
        self._arrivals = schedule(arrivals)
        self._wanted = schedule(arrivals)
        self._next_wanted = next(self._wanted, None)
        self._due = 0
        self._under_way = Pool(most_in_flight or in_flight(arrivals))
        self._overdue_s: float | None = None
        self._lag_s = 0.0
        self._fault: Exception | None = None
        self._loop = gevent.spawn(self._run)

    def stop(self, *, deadline_s: float) -> None:
        """End what is under way ``deadline_s`` seconds from now at the latest; ``halt`` comes before.

        Raises the first exception that ``do`` raised, if any.
        """
        self._under_way.join(timeout=deadline_s)
        self._under_way.kill()
        self.check()

    def check(self) -> None:
        """Raise the first exception that ``do`` raised, if any."""
        if self._fault is not None:
            raise self._fault

    def halt(self) -> None:
        """No arrival begins from here on."""
        self._loop.kill()
        # What was spawned just now has not run yet: it begins before this returns, or an act would stand before it.
        gevent.sleep(0)
        if self._loop.exception is not None:
            raise self._loop.exception

    def due(self, now_s: float) -> int:
        """How many arrivals the schedule has wanted by then, counted without regard to what was started."""
        while self._next_wanted is not None and self._start_s + self._next_wanted.offset_s <= now_s:
            self._due += 1
            self._next_wanted = next(self._wanted, None)
        return self._due

    def take_lag(self, now_s: float) -> float:
        """The longest wait, in seconds, from an arrival's time to its start, since the last call.

        What is due and still waits for its start counts with what it has waited by now.
        """
        waiting = 0.0 if self._overdue_s is None else now_s - self._overdue_s
        longest, self._lag_s = max(self._lag_s, waiting), 0.0
        return longest

    def _run(self) -> None:
        for arrival in self._arrivals:
            due_s = self._start_s + arrival.offset_s
            # Also where it is late: what was started before must get to run.
            gevent.sleep(max(0.0, due_s - time.monotonic()))
            if self._stall is not None and arrival.offset_s >= self._stall.at_s:
                # Not gevent's sleep, which lets everything else go on.
                monkey.get_original("time", "sleep")(self._stall.for_s)
                self._stall = None
            self._overdue_s = due_s
            self._under_way.spawn(self._one, arrival, due_s)
            self._overdue_s = None

    def _one(self, arrival: Arrival, due_s: float) -> None:
        self._lag_s = max(self._lag_s, time.monotonic() - due_s)
        try:
            self._do(arrival, due_s)
        except Exception as error:
            self._fault = self._fault or error


def in_flight(arrivals: Arrivals) -> int:
    """How many of a worker's arrivals may be under way at a time."""
    rate = arrivals.connects + arrivals.check_outs + arrivals.held
    return _LEAST_IN_FLIGHT + ceil((rate * STANDSTILL_S + arrivals.held * arrivals.hold_s) / arrivals.workers)
