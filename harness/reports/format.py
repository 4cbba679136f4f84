"""A format of reports, and those that there are: found by file, as scenarios are.

A format is a file of ``harness/reports/formats/`` or of a folder of ``--format-dir`` that has a ``FORMAT``. It imports
what costs time where it is used: every format's file is read for the help of a command.
"""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import harness.reports.formats
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.reports.model import Report
    from harness.runner.events import Event

Write = Callable[[str], None]
"""Takes a piece of text and has it where it belongs when it returns."""


class Listener(Protocol):
    """Hears each event of a run, and at its end the report that they come to."""

    def hear(self, event: "Event") -> None: ...

    def end(self, report: "Report") -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: ``name`` is its option's, less the hyphens; ``title`` completes «the … report»; ``help`` its option's.

    It has one of two: ``text`` writes a report whole; ``stream`` makes a listener that writes as a run goes, and is
    for a run alone, not for a stored report.
    """

    name: str
    title: str
    help: str
    text: "Callable[[Report], str] | None" = None
    stream: Callable[[Write], Listener] | None = None
    readable: bool = False
    """Whether `dbtls report` reads it."""

    def __post_init__(self) -> None:
        if (self.text is None) == (self.stream is None):
            raise ValueError(f"the format `{self.name}` must have one of `text` and `stream`")

    def listener(self, write: Write) -> Listener:
        """What has the report written."""
        if self.stream is not None:
            return self.stream(write)
        assert self.text is not None  # noqa: S101  one of them is there
        return _Whole(self.text, write)


class _Whole:
    """Waits for the end."""

    def __init__(self, text: "Callable[[Report], str]", write: Write) -> None:
        self._text = text
        self._write = write

    def hear(self, event: "Event") -> None:
        pass

    def end(self, report: "Report") -> None:
        self._write(self._text(report))


def builtin_formats() -> Mapping[str, Format]:
    """The formats of dbtls, by name."""
    package = harness.reports.formats
    modules = sorted(one.name for one in pkgutil.iter_modules(package.__path__))
    return _by_name(((name, importlib.import_module(f"{package.__name__}.{name}")) for name in modules), {})


def all_formats(folders: Sequence[Path]) -> Mapping[str, Format]:
    """The built-in formats and those in ``folders``, by name.

    Raises UsageError for a file that cannot be loaded or has no ``FORMAT``, and for a name that is there twice.
    """
    files = [path for folder in folders for path in sorted(folder.glob("[!_]*.py"))]
    return _by_name(((str(path), _loaded(path)) for path in files), builtin_formats())


def _by_name(modules: Iterator[tuple[str, object]], known: Mapping[str, Format]) -> Mapping[str, Format]:
    """``known``, and the formats of ``modules``, each with its place."""
    found = dict(known)
    for place, module in modules:
        made = getattr(module, "FORMAT", None)
        if not isinstance(made, Format):
            raise UsageError("has no format", place=place, remedy="give it a `FORMAT`: a `Format`")
        if made.name in found:
            raise UsageError(f"the format `{made.name}` is there twice", place=place, remedy="give it another name")
        found[made.name] = made
    return found


def _loaded(path: Path) -> object:
    name = f"dbtls_format_{abs(hash(path.resolve()))}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018  it ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        what = f"cannot be loaded: {type(error).__name__}: {error}"
        raise UsageError(what, place=str(path), remedy="correct the file") from error
    return module
