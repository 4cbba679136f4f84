"""When arrivals are due: each kind at its rate at every moment, and workers share them without loss."""

from itertools import islice, pairwise

import pytest

from harness.load.plan import Arrivals
from harness.load.schedule import Arrival, schedule
from harness.model.history import Kind

RATES = [(250, 62.5, 5), (1, 1, 1), (100, 0, 0), (0, 3, 0.7), (7, 11, 13), (0.5, 200, 0.01)]


def _arrivals(rates: tuple[float, float, float], *, workers: int = 1, index: int = 0) -> Arrivals:
    connects, check_outs, held = rates
    return Arrivals(connects=connects, check_outs=check_outs, held=held, hold_s=1, workers=workers, index=index)


def _first(arrivals: Arrivals, many: int) -> list[Arrival]:
    return list(islice(schedule(arrivals), many))


@pytest.mark.parametrize("rates", RATES)
def test_each_kind_is_less_than_one_arrival_from_its_rate_at_every_moment(rates: tuple[float, float, float]) -> None:
    wanted = dict(zip((Kind.CONNECT, Kind.CHECK_OUT, Kind.HELD), rates, strict=True))
    seen = dict.fromkeys(wanted, 0)
    slot_s = 1 / sum(rates)
    for arrival in _first(_arrivals(rates), 3000):
        seen[arrival.kind] += 1
        for kind, rate in wanted.items():
            assert abs(seen[kind] - rate * (arrival.offset_s + slot_s)) < 1 + 1e-6


@pytest.mark.parametrize("rates", RATES)
def test_no_two_arrivals_fall_on_one_moment(rates: tuple[float, float, float]) -> None:
    offsets = [arrival.offset_s for arrival in _first(_arrivals(rates), 1000)]
    assert offsets[0] == 0
    assert all(after - before == pytest.approx(1 / sum(rates)) for before, after in pairwise(offsets))


@pytest.mark.parametrize("rates", RATES)
def test_workers_share_all_arrivals_and_each_kind_evenly(rates: tuple[float, float, float]) -> None:
    whole = _first(_arrivals(rates), 900)
    last_s = whole[-1].offset_s
    parts = [
        [arrival for arrival in _first(_arrivals(rates, workers=3, index=index), 900) if arrival.offset_s <= last_s]
        for index in range(3)
    ]
    assert sorted((each for part in parts for each in part), key=lambda each: each.offset_s) == whole
    for kind in Kind:
        shares = [sum(arrival.kind is kind for arrival in part) for part in parts]
        assert max(shares) - min(shares) <= 1


def test_without_a_rate_nothing_arrives() -> None:
    assert _first(_arrivals((0, 0, 0)), 1) == []


@pytest.mark.parametrize(("workers", "index"), [(1, 1), (2, -1), (0, 0)])
def test_a_share_that_is_none_is_refused(workers: int, index: int) -> None:
    with pytest.raises(ValueError, match=f"no share {index} of {workers}"):
        _arrivals((1, 1, 1), workers=workers, index=index)


@pytest.mark.parametrize(
    ("rates", "workers", "connects"), [((100, 25, 2), 1, 300), ((100, 0, 0), 2, 150), ((0.1, 0, 0), 1, 0)]
)
def test_a_worker_knows_how_many_connections_of_its_share_a_time_brings(
    rates: tuple[float, float, float], workers: int, connects: int
) -> None:
    assert _arrivals(rates, workers=workers).connects_within(3.0) == connects
