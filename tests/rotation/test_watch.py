"""Censuses: taken now and then and when asked for, and a fault is not lost in their thread."""

from collections.abc import Mapping

import pytest

from harness.errors import EngineError
from harness.rotation.watch import CensusTaker
from harness.servers.observer import Observer
from harness.waiting import wait_for


class FakeObserver(Observer):
    def __init__(self, breaks_after: int | None = None) -> None:
        self._breaks_after = breaks_after
        self.asked = 0

    @property
    def made(self) -> int:
        return 1

    def sessions(self) -> Mapping[str, int]:
        self.asked += 1
        if self._breaks_after is not None and self.asked > self._breaks_after:
            raise EngineError("the harness lost its own connection", remedy="")
        return {"c_subje_1": 2}

    def counters(self) -> Mapping[str, int]:
        return {"Connections": 40}


class Kept:
    def __init__(self) -> None:
        self.censuses: list[tuple[Mapping[str, int], Mapping[str, int], int]] = []

    def census(self, sessions: Mapping[str, int], counters: Mapping[str, int], *, own: int) -> float:
        self.censuses.append((sessions, counters, own))
        return 0.0


def test_censuses_come_by_themselves_and_know_the_harness_own_connections() -> None:
    kept = Kept()
    with CensusTaker(FakeObserver(), lambda: 3, kept) as taker:
        assert len(kept.censuses) == 1
        assert wait_for(lambda: True if len(kept.censuses) > 2 else None, deadline_s=10)
        assert taker.take() == {"c_subje_1": 2}
    assert set(map(repr, kept.censuses)) == {repr(({"c_subje_1": 2}, {"Connections": 40}, 4))}


def test_a_fault_in_the_thread_is_raised_by_whoever_looks() -> None:
    observer = FakeObserver(breaks_after=1)
    with CensusTaker(observer, lambda: 0, Kept()) as taker:
        assert wait_for(lambda: True if observer.asked > 1 else None, deadline_s=10)

        def raised() -> bool | None:
            try:
                taker.check()
            except EngineError:
                return True
            return None

        assert wait_for(raised, deadline_s=10)
        with pytest.raises(EngineError, match="lost its own connection"):
            taker.take()
