"""A rotation under load while it goes, on a terminal; elsewhere nothing is shown."""

from collections import deque
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import NamedTuple, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.judge.rotation.finding import plural
from harness.kinds.rotation.words import spell
from harness.load.control import Progress
from harness.model.rotation import Terms
from harness.reports.text import printable

_RATE_OVER_S = 2.0
"""A rate over less jumps: workers report twice a second."""
_LATEST = 6
"""So many generations are shown, the latest."""


class _Seen(NamedTuple):
    at_s: float
    begun: int


class LiveRotation:
    """Shows how far a load is: ``show`` it as often as there is something new. A context manager."""

    def __init__(self, console: Console, terms: Terms) -> None:
        """Without a terminal at ``console`` nothing is ever written to it."""
        self._live = Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else None
        self._terms = terms
        self._seen = deque([_Seen(0.0, 0)])

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, step: str, progress: Progress, elapsed_s: float, generations: Mapping[str, int]) -> None:
        """``generations`` are those published so far, their numbers by the fingerprint of their material."""
        if self._live is None:
            return
        rate = self._rate(_Seen(elapsed_s, progress.begun))
        lines = (Text(printable(line), style=style) for line, style in _lines(progress, rate, generations))
        self._live.update(Group(self._head(elapsed_s), Text(printable(step), style="bold"), *lines), refresh=True)

    def _head(self, elapsed_s: float) -> Table:
        terms = self._terms
        head = Table.grid(padding=(0, 2))
        said = f"{terms.what.value}, {terms.how.value}: {plural(terms.rotations, 'rotation')}"
        bar = ProgressBar(total=terms.duration_s, completed=min(elapsed_s, terms.duration_s), width=30)
        head.add_row(Text(said), bar, Text(f"{elapsed_s:,.0f} of {terms.duration_s:,.0f} s"))
        return head

    def _rate(self, now: _Seen) -> float:
        """Attempts begun a second, lately."""
        self._seen.append(now)
        while len(self._seen) > 2 and now.at_s - self._seen[1].at_s >= _RATE_OVER_S:
            self._seen.popleft()
        first = self._seen[0]
        return (now.begun - first.begun) / (now.at_s - first.at_s) if now.at_s > first.at_s else 0.0


def _lines(progress: Progress, rate: float, generations: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    yield f"{progress.begun:,} begun, {rate:,.0f}/s   in flight {progress.in_flight:,}", ""
    yield f"failed {progress.failed:,}", "bold red" if progress.failed else ""
    yield (
        f"latest start {spell(progress.lag_s)} late   cores: load {progress.cpu:.2f}, client {progress.probe_cpu:.2f}",
        "",
    )
    latest = sorted(generations.items(), key=lambda item: item[1])[-_LATEST:]
    served = (f"{number}: {progress.served.get(material, 0):,}" for material, number in latest)
    yield f"served by generation   {'   '.join(served)}", ""
