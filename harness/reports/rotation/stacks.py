"""Sessions by generation over time as stacked steps: what a picture draws, in seconds and connections. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harness.model.rotated import Moment


class Slice(NamedTuple):
    """Sessions of one generation between two moments, from ``base`` up to ``top`` connections."""

    from_s: float
    to_s: float
    base: int
    top: int


class Layer(NamedTuple):
    """One generation, for as long as it has sessions without a gap. None: of no generation."""

    generation: int | None
    slices: tuple[Slice, ...]


def thinned(moments: Sequence[Moment], column_s: float) -> list[Moment]:
    """At most one moment for each ``column_s`` seconds: that with most sessions, those of no generation first.

    A picture has no room for more, and neither the peak nor what belongs to nobody may go.
    """
    kept: dict[int, Moment] = {}
    for moment in moments:
        column = int(moment.at_s / column_s)
        if column not in kept or _weight(moment) > _weight(kept[column]):
            kept[column] = moment
    return list(kept.values())


def layers(moments: Sequence[Moment], *, last_s: float) -> Iterator[Layer]:
    """The layers, generations from the oldest up, none's on top. What a moment says holds until the next one.

    ``last_s`` is for how long the last one's does.
    """
    growing: dict[int | None, list[Slice]] = {}
    for index, moment in enumerate(moments):
        to_s = moments[index + 1].at_s if index + 1 < len(moments) else moment.at_s + last_s
        base = 0
        there = set[int | None]()
        for generation in sorted(moment.sessions, key=_order):
            count = moment.sessions[generation]
            if count:
                there.add(generation)
                growing.setdefault(generation, []).append(Slice(moment.at_s, to_s, base, base + count))
                base += count
        for gone in growing.keys() - there:
            yield Layer(gone, tuple(growing.pop(gone)))
    for generation, slices in growing.items():
        yield Layer(generation, tuple(slices))


def tick(most: float, *, ticks: int) -> float:
    """The smallest of 1, 2, 5, 10, 20, … of which ``ticks`` reach ``most``."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if step * factor * ticks >= most:
                return step * factor
        step *= 10


def _weight(moment: Moment) -> tuple[int, int]:
    return moment.sessions.get(None, 0), sum(moment.sessions.values())


def _order(generation: int | None) -> float:
    return float("inf") if generation is None else generation
