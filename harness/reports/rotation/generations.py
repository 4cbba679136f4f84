"""The table of generations: each of a few; of many the median, the maximum, and the worst."""

from collections.abc import Callable, Sequence
from statistics import median

from rich.table import Table

from harness.kinds.rotation.words import spell
from harness.model.rotated import GenerationFigures

ALL = 12
"""So many generations are listed one by one; more are summed up."""

WORST = 3
"""So many of the worst are named by each column of times."""

_TIMES: tuple[Callable[[GenerationFigures], float | None], ...] = (
    lambda figures: figures.first_connect_s,
    lambda figures: figures.first_pooled_s,
    lambda figures: figures.last_use_s,
)


def generations_table(generations: Sequence[GenerationFigures]) -> Table:
    """How generations came and went; '-' where one was never seen, or was not retired."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("generation", no_wrap=True)
    for heading in ("rotation", "first connect", "first pooled", "last use", "served", "drained"):
        table.add_column(heading, justify="right", no_wrap=True)
    many = len(generations) > ALL
    if many:
        _add_summary(table, "median", generations, median)
        _add_summary(table, "maximum", generations, max)
    for figures in listed_generations(generations):
        times = (spell(time(figures)) for time in _TIMES)
        table.add_row(str(figures.number), str(figures.rotation), *times, f"{figures.served:,}", f"{figures.drained:,}")
    return table


def listed_generations(generations: Sequence[GenerationFigures]) -> Sequence[GenerationFigures]:
    """Those that are named: all of a few, the worst of many."""
    return _worst(generations) if len(generations) > ALL else generations


def caption(generations: Sequence[GenerationFigures]) -> str:
    """What is under the table: what its times count from, and which generations it leaves out."""
    times = "times from the start of its publication; last use from that of the one which retires it"
    if len(generations) <= ALL:
        return times
    return f"{len(generations):,} generations: named are those that served nothing and the slowest; {times}"


def _worst(generations: Sequence[GenerationFigures]) -> list[GenerationFigures]:
    """The slowest by each time, and the first of those that never served, in their order."""
    named = {figures.number for figures in [each for each in generations if not each.served][:WORST]}
    for time in _TIMES:
        slowest = sorted(_known(generations, time), key=lambda pair: pair[0], reverse=True)
        named.update(number for _, number in slowest[:WORST])
    return [figures for figures in generations if figures.number in named]


def _known(
    generations: Sequence[GenerationFigures], time: Callable[[GenerationFigures], float | None]
) -> list[tuple[float, int]]:
    return [(seconds, figures.number) for figures in generations if (seconds := time(figures)) is not None]


def _add_summary(
    table: Table, name: str, generations: Sequence[GenerationFigures], of: Callable[[Sequence[float]], float]
) -> None:
    times = []
    for time in _TIMES:
        known = [seconds for seconds, _ in _known(generations, time)]
        times.append(spell(of(known) if known else None))
    counts = ([figures.served for figures in generations], [figures.drained for figures in generations])
    table.add_row(name, "", *times, *(f"{of(count):,.0f}" for count in counts))
