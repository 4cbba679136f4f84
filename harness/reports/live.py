"""What a run tells while it goes: on a terminal a line a server that moves, elsewhere lines that a log can keep."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, assert_never

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from harness.model.verdict import Status
from harness.names import theme_of
from harness.reports.fault import print_fault
from harness.reports.grid import folded
from harness.reports.marks import Mark
from harness.reports.text import on_one_line, printable
from harness.reports.words import amount
from harness.runner.events import (
    BuildMissing,
    Event,
    Faulted,
    Judged,
    LaneDoes,
    LaneEnded,
    LaneFailed,
    LanePlanned,
    RunBegan,
)
from harness.runner.results import CellResult

HEARTBEAT = 60.0
"""Seconds after which a run that has had nothing to say says what it is at: what reads its log may end what is silent
(CI systems after ten minutes)."""

_WIDE = 120
"""Columns from which a bar takes its full width."""

_BAD = frozenset({Status.FAIL, Status.INCONCLUSIVE})


class Telling(AbstractContextManager["Telling"], Protocol):
    """Gets each event of a run, from whatever thread, while it is entered."""

    def __call__(self, event: Event) -> None: ...


def telling(console: Console, *, plan: str = "", verbose: bool = False, expected: int | None = None) -> Telling:
    """What fits ``console``; with ``verbose`` also each verdict.

    ``plan`` is what is going to be done, ``expected`` about how many cases there will be.
    """
    if console.is_terminal:
        return LiveProgress(console, plan=plan, verbose=verbose)
    return LineProgress(console, plan=plan, verbose=verbose, expected=expected)


class LiveProgress(Telling):
    """A line a server while a run goes, on a terminal; with ``verbose`` also each verdict."""

    def __init__(self, console: Console, *, plan: str = "", verbose: bool = False) -> None:
        self._plan = plan
        self._verbose = verbose
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[server]:22}", markup=False),
            BarColumn(bar_width=24 if console.width >= _WIDE else 8),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TimeElapsedColumn(table_column=Column(no_wrap=True)),
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, ratio=1)),
            console=console,
            expand=True,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._bad: Counter[str] = Counter()

    def __enter__(self) -> "LiveProgress":
        if self._plan:
            _line(self._progress.console, self._plan)
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        print_event(self._progress.console, event, verbose=self._verbose)
        match event:
            case LaneDoes(server=server, text=text):
                self._progress.update(self._task(server), description=on_one_line(text)[:60])
            case LanePlanned(server=server, count=count):
                about = f"{server.version}, {server.tls_library}"
                self._progress.update(self._task(server.name), total=count, description=on_one_line(about))
            case Judged(result=result):
                if result.verdict.status in _BAD:
                    self._bad[result.server] += 1
                self._progress.advance(self._task(result.server))
            case LaneEnded(server=server):
                bad = self._bad[server]
                self._progress.update(self._task(server), description=f"done, {bad} bad" if bad else "done")
            case RunBegan() | BuildMissing() | Faulted() | LaneFailed():
                pass
            case _:
                assert_never(event)

    def _task(self, server: str) -> TaskID:
        if server not in self._tasks:
            self._tasks[server] = self._progress.add_task("waiting", server=on_one_line(server), total=None)
        return self._tasks[server]


@dataclass(slots=True)
class _Lane:
    """What a server's lane has told: ``does`` is the last of it."""

    does: str = "waits"
    judged: int = 0
    count: int = 0
    ended: bool = False

    def __str__(self) -> str:
        return f"{self.judged}/{self.count} {self.does}" if self.count else self.does


@dataclass(slots=True)
class _State:
    lanes: dict[str, _Lane] = field(default_factory=dict)
    bad: int = 0

    def __call__(self, event: Event) -> None:
        match event:
            case LaneDoes(server=server, text=text):
                self.lane(server).does = text
            case LanePlanned(server=server, count=count):
                self.lane(server.name).count = count
            case Judged(result=result):
                lane = self.lane(result.server)
                lane.judged += 1
                lane.does = theme_of(result.id)
                self.bad += result.verdict.status in _BAD
            case LaneEnded(server=server):
                self.lane(server).ended = True
            case RunBegan() | BuildMissing() | Faulted() | LaneFailed():
                pass
            case _:
                assert_never(event)

    def lane(self, server: str) -> _Lane:
        return self.lanes.setdefault(server, _Lane())


class LineProgress(Telling):
    """What went wrong, at once; and after ``period_s`` without a line how far the run is and what each lane does.

    ``clock`` is for the time at the beginning of a line.
    """

    def __init__(
        self,
        console: Console,
        *,
        plan: str = "",
        verbose: bool = False,
        expected: int | None = None,
        period_s: float = HEARTBEAT,
        clock: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._console = console
        self._plan = plan
        self._verbose = verbose
        self._expected = expected
        self._period_s = period_s
        self._clock = clock
        self._state = _State()
        self._turn = threading.Lock()
        self._told = time.monotonic()
        self._over = threading.Event()
        self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> "LineProgress":
        if self._plan:
            self._stamped(self._plan)
        self._told = time.monotonic()
        self._beating.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._beating.join()

    def __call__(self, event: Event) -> None:
        with self._turn:
            self._state(event)
            if print_event(self._console, event, verbose=self._verbose, before=f"{self._clock():%H:%M:%S} "):
                self._told = time.monotonic()

    def _beat(self) -> None:
        while not self._over.wait(max(0.0, self._told + self._period_s - time.monotonic())):
            with self._turn:
                if time.monotonic() - self._told >= self._period_s:
                    self._told = time.monotonic()
                    self._stamped(self._where(), fold=True)

    def _stamped(self, text: str, *, fold: bool = False) -> None:
        stamp = f"{self._clock():%H:%M:%S} "
        width = self._console.width - len(stamp)
        for number, part in enumerate(folded(Text(text), width) if fold else [Text(text)]):
            _line(self._console, f"{stamp if number == 0 else ' ' * len(stamp)}{part.plain.rstrip()}")

    def _where(self) -> str:
        lanes = self._state.lanes
        done = sum(lane.judged for lane in lanes.values())
        total = self._total(lanes)
        far = f"{done:,} of {total} cases" if total else amount(done, "case")
        ended = sum(lane.ended for lane in lanes.values())
        at_work = [f"{on_one_line(name)} {on_one_line(str(lane))}" for name, lane in lanes.items() if not lane.ended]
        counted = total or any(lane.count or lane.judged for lane in lanes.values())
        parts = [f"{far}, {self._state.bad} bad"] if counted else []
        parts += [f"{amount(ended, 'server')} done"] if ended else []
        return "; ".join([*parts, *at_work]) or "still at work"

    def _total(self, lanes: Mapping[str, _Lane]) -> str:
        if self._expected is None:
            return ""
        known = sum(lane.count for lane in lanes.values())
        return f"about {max(self._expected, known):,}"


def print_event(console: Console, event: Event, *, verbose: bool, before: str = "") -> bool:
    """Print what of ``event`` nobody should have to wait for: what went wrong, with ``verbose`` each verdict.

    Whether there was anything. ``before`` stands before the line.
    """
    match event:
        case Judged(result=result) if verbose or (result.verdict.status in _BAD and not _is_lost(result)):
            mark = Mark.of(result.verdict.status, None if result.known is None else result.known.severity)
            words = " ".join((mark.symbol, result.id, *result.ends, result.verdict.reason))
            _line(console, before + words, mark.style)
        case BuildMissing(missing=missing):
            _line(console, f"{before}{missing.name}: unavailable: {missing.reason}", "magenta")
        case Faulted(fault=fault):
            what = fault.what if fault.server is None else f"{fault.what} ({fault.server})"
            print_fault(console, what, detail=fault.detail, remedy=fault.remedy)
        case LanePlanned(server=server, of=of) if verbose and None not in of:
            _line(console, f"{before}{server.name} is ready: {server.version}, {server.tls_library}")
        case _:
            return False
    return True


def _is_lost(result: CellResult) -> bool:
    """Whether a fault kept it from being carried out: the fault stands alone, once, not with each case that it cost."""
    return bool(result.faults) and not result.proofs and result.verdict.status is Status.INCONCLUSIVE


def _line(console: Console, text: str, style: str = "") -> None:
    """One line as it is: text from elsewhere is neither markup nor folded nor able to drive a terminal."""
    console.print(Text(printable(text), style=style), soft_wrap=True)
