"""Where reports go: files and standard output, each with a listener of its own."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from harness.errors import HarnessError, UsageError, surroundings
from harness.reports.format import Format, Listener

if TYPE_CHECKING:
    from harness.reports.model import Report
    from harness.runner.events import Event

STDOUT = Path("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A report that somebody wants: in which format, and where; ``STDOUT``: on standard output."""

    format: Format
    path: Path

    @property
    def is_stdout(self) -> bool:
        return self.path == STDOUT


def check(targets: Sequence[Target], read: Iterable[Path] = ()) -> None:
    """What cannot be written is better found before anything starts. ``read`` are reports that are read.

    Raises UsageError for a folder that is not there, and for two reports in one place.
    """
    taken = {path.resolve(): "a report that is read" for path in read}
    on_stdout = [target.format.title for target in targets if target.is_stdout]
    if len(on_stdout) > 1:
        what = f"standard output takes one report, not {' and '.join(on_stdout)}"
        raise UsageError(what, remedy="write one of them to a file")
    for target in targets:
        if target.is_stdout:
            continue
        check_folder(target.path)
        mine = f"the {target.format.title} report"
        other = taken.setdefault(target.path.resolve(), mine)
        if other is not mine:
            what = f"{mine} would be written over {other}"
            raise UsageError(what, place=str(target.path), remedy="name another file")


def check_folder(path: Path) -> None:
    """A report that cannot be written is better found before the work than after it. Raises UsageError."""
    if not path.parent.is_dir():
        raise UsageError("there is no such folder for the report", place=str(path.parent), remedy="make it first")


def on_stdout(targets: Sequence[Target]) -> bool:
    """Whether standard output is taken: then all that people read goes to standard error."""
    return any(target.is_stdout for target in targets)


def readable(targets: Sequence[Target]) -> list[Path]:
    """Files of ``targets`` that `dbtls report` reads."""
    return [target.path for target in targets if target.format.readable and not target.is_stdout]


class Outputs:
    """Listens to a run for all that is written of it. What cannot be written costs its own report, not the run."""

    def __init__(self, listeners: Sequence[tuple[str, Listener]]) -> None:
        self._listeners = dict(listeners)
        self.failures: list[HarnessError] = []
        """What could not be written, and why."""

    def hear(self, event: "Event") -> None:
        """Pass ``event`` on."""
        self._each(lambda listener: listener.hear(event))

    def end(self, report: "Report") -> None:
        """Have every report written to its end."""
        self._each(lambda listener: listener.end(report))

    def _each(self, tell: Callable[[Listener], None]) -> None:
        for name, listener in list(self._listeners.items()):
            try:
                tell(listener)
            except Exception as error:
                del self._listeners[name]
                self.failures.append(_failure(name, error))


def _failure(name: str, error: Exception) -> HarnessError:
    match error:
        case HarnessError():
            return error
        case OSError():
            found = surroundings(error)
            return HarnessError(f"{name} could not be written: {found}", remedy=found.remedy)
        case _:
            what = f"{name} could not be written: {type(error).__name__}: {error}"
            return HarnessError(what, remedy="correct its format, or leave it out")


@contextlib.contextmanager
def opened(targets: Sequence[Target], *more: tuple[str, Listener]) -> Iterator[Outputs]:
    """What writes ``targets``, and ``more`` listeners by name. Raises OSError for a file that cannot be opened."""
    with contextlib.ExitStack() as files:
        listeners = []
        for target in targets:
            if target.format.stream is None and not target.is_stdout:
                write = _at_the_end(target.path)
            else:
                file = sys.stdout if target.is_stdout else files.enter_context(target.path.open("w", encoding="utf-8"))
                write = _at_once(file)
            listeners.append((f"the {target.format.title} report", target.format.listener(write)))
        yield Outputs([*listeners, *more])


def _at_the_end(path: Path) -> Callable[[str], None]:
    """Until then what was there before stays."""

    def write(text: str) -> None:
        path.write_text(text, encoding="utf-8")

    return write


def _at_once(file: TextIO) -> Callable[[str], None]:
    def write(text: str) -> None:
        file.write(text)
        file.flush()

    return write
