"""Idle processors, counted over a stretch of time that is long enough to say anything."""

import os

from harness.idleness import Idleness, idle_ticks

HERTZ = os.sysconf("SC_CLK_TCK")


class Machine:
    """A clock, and what its processors have idled."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.idle_s: float | None = 0.0

    def passes(self, seconds: float, idle: float) -> None:
        """So many seconds, in which so many processors are idle."""
        self.now_s += seconds
        self.idle_s = None if self.idle_s is None else self.idle_s + seconds * idle

    def idleness(self) -> Idleness:
        def ticks() -> int | None:
            return None if self.idle_s is None else round(self.idle_s * HERTZ)

        return Idleness(ticks, lambda: self.now_s)


def test_it_is_what_was_idle_since_the_last_answer() -> None:
    machine = Machine()
    idleness = machine.idleness()
    machine.passes(2, idle=1.5)
    assert idleness.cores() == 1.5
    machine.passes(4, idle=0.25)
    assert idleness.cores() == 0.25


def test_too_short_a_time_says_nothing_and_is_not_forgotten() -> None:
    machine = Machine()
    idleness = machine.idleness()
    machine.passes(1, idle=2)
    assert idleness.cores() is None
    machine.passes(1, idle=0)
    assert idleness.cores() == 1


def test_what_was_before_something_began_does_not_count() -> None:
    machine = Machine()
    idleness = machine.idleness()
    machine.passes(10, idle=2)
    idleness.begin()
    assert idleness.cores() is None
    machine.passes(2, idle=0.5)
    assert idleness.cores() == 0.5


def test_where_nobody_counts_it_is_not_known() -> None:
    machine = Machine()
    machine.idle_s = None
    idleness = machine.idleness()
    machine.passes(10, idle=2)
    assert idleness.cores() is None


def test_this_machine_counts_what_idles() -> None:
    ticks = idle_ticks()
    assert ticks is not None
    assert ticks > 0
