"""Stored histories, read again: every fault of a file is kept as a Flaw, and reading goes on behind it where it can."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.history.codec import UNREADABLE, checksum, decode, encode, sound
from harness.history.stored import Flaw
from harness.history.terms import understood
from harness.model.history import HISTORY, Begun, Closing, Opening, Record
from harness.model.rotation import Terms

_WRITE_ANOTHER = "name the file that `dbtls rotate --history` wrote"
_MOST_FLAWS = 100
"""Of one file: a file of garbage must not fill the memory with its faults."""


class Lines(Iterable[Record]):
    """The records of one writer's file, read anew at each iteration, and what was found wrong in the last one.

    After a broken line the chain of checksums is taken up from what that line states: one altered line is one flaw,
    and a cut shows once, at the line behind it. A broken line whose object is as its writer would have written it is
    yielded all the same.
    """

    def __init__(self, path: Path, writer: str, *, begun: int | None = None) -> None:
        """``begun`` is how many attempts the conductor says that it has; None: that is not known."""
        self._path = path
        self._writer = writer
        self._stated = begun
        self.flaws: list[Flaw] = []

    def __iter__(self) -> Iterator[Record]:
        self.flaws = []
        try:
            file = self._path.open("rb")
        except OSError as error:
            self._flaw(0, f"cannot be read: {error.strerror}")
            return
        before, begun, number = 0, 0, 0
        last: Record | None = None
        with file:
            for number, text in enumerate(file, 1):
                if type(last) is Closing:
                    self._flaw(number, "a line behind the closing one")
                crc = sound(text, before)
                stated = crc if crc is not None else checksum(text)
                try:
                    record = decode(text) if crc is not None else self._broken(text, number, stated)
                except UNREADABLE as error:
                    self._flaw(number, f"no record: {type(error).__name__} {error}")
                    record = None
                before = before if stated is None else stated
                if record is None:
                    continue
                if type(record) is Begun:
                    begun += 1
                elif type(record) is Opening:
                    self._opened(record, number)
                if last is None and type(record) is not Opening:
                    self._flaw(number, "no opening line")
                last = record
                yield record
        self._ended(last, begun, number)

    def _broken(self, text: bytes, number: int, stated: int | None) -> Record | None:
        """The record of a line whose checksum is wrong; None for what its writer would not have written so.

        Raises one of UNREADABLE.
        """
        if stated is None:
            torn = not text.endswith(b"\n")
            self._flaw(number, "the last line is torn" if torn else f"no line of a history: {_shortened(text)}")
            return None
        self._flaw(number, "the checksum is broken: here something was altered, cut out, inserted or moved")
        record = decode(text)
        return record if encode(record) == text[9:-1].decode() else None

    def _opened(self, opening: Opening, number: int) -> None:
        if number > 1:
            self._flaw(number, "an opening line in mid-file")
            return
        if opening.version != HISTORY:
            self._flaw(1, f"of version {opening.version}, this program reads {HISTORY}")
        if opening.writer != self._writer:
            self._flaw(1, f"written by {opening.writer}, not by {self._writer}")

    def _ended(self, last: Record | None, begun: int, lines: int) -> None:
        if last is None:
            self._flaw(0, "holds no record")
        elif not isinstance(last, Closing):
            self._flaw(lines, "no closing line: it was cut short")
        elif last.begun != begun:
            self._flaw(lines, f"closes with {last.begun} attempts begun, and {begun} are there")
        if self._stated not in {None, begun}:
            self._flaw(0, f"the conductor counted {self._stated} attempts begun, and {begun} are there")

    def _flaw(self, line: int, what: str) -> None:
        if len(self.flaws) == _MOST_FLAWS:
            line, what = 0, f"more than {_MOST_FLAWS} faults; the rest is not listed"
        elif len(self.flaws) > _MOST_FLAWS:
            return
        self.flaws.append(Flaw(f"{self._path.name}:{line}" if line else self._path.name, what))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHistory:
    """A history as it was stored (``harness.history.stored.History``). ``conductors_flaws`` are known at once."""

    terms: Terms
    provenance: Mapping[str, str]
    conductor: tuple[Record, ...]
    workers: Mapping[str, Lines]
    conductors_flaws: tuple[Flaw, ...]

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        return (*self.conductors_flaws, *(flaw for lines in self.workers.values() for flaw in lines.flaws))


def read_history(path: Path) -> StoredHistory:
    """The history whose conductor wrote ``path``, with its workers' files beside it (``path`` with ``.w1``, ``.w2``).

    Raises UsageError for a file that cannot be read, is no conductor's history, or is of another version.
    """
    opening = _opening(path)
    try:
        terms = understood(opening.terms or {})
    except ValueError as error:
        raise UsageError(
            f"its terms cannot be understood: {error}", place=f"{path}:1", remedy=_WRITE_ANOTHER
        ) from error
    lines = Lines(path, opening.writer)
    conductor = tuple(lines)
    last = conductor[-1] if conductor else None
    counted = last.workers if isinstance(last, Closing) else None
    beside = _beside(path)
    flaws = list(lines.flaws)
    if counted is None:
        workers = {name: Lines(file, name) for name, file in beside.items()}
    else:
        named = {name: path.with_name(f"{path.name}.{name}") for name in counted}
        workers = {name: Lines(file, name, begun=counted[name]) for name, file in named.items()}
        flaws += [
            Flaw(file.name, "of a worker that nobody declared") for name, file in beside.items() if name not in named
        ]
    return StoredHistory(
        terms=terms,
        provenance=opening.provenance or {},
        conductor=conductor,
        workers=workers,
        conductors_flaws=tuple(flaws),
    )


def _opening(path: Path) -> Opening:
    """The first line of a conductor's file. Raises UsageError for a file that has none that can be understood."""
    try:
        with path.open("rb") as file:
            first = file.readline(1_000_000)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path), remedy=_WRITE_ANOTHER) from error
    if not first:
        raise UsageError("the file is empty", place=str(path), remedy=_WRITE_ANOTHER)
    try:
        if checksum(first) is None:
            raise ValueError
        version = json.loads(first[9:])["history"]
        opening = decode(first) if version == HISTORY else None
    except UNREADABLE as error:
        raise UsageError("this is no history of a rotation", place=f"{path}:1", remedy=_WRITE_ANOTHER) from error
    if opening is None:
        raise UsageError(
            f"a history of version {version!r}; this program reads version {HISTORY}",
            place=f"{path}:1",
            remedy="judge it with the release of dbtls that wrote it, or record it again",
        )
    if not isinstance(opening, Opening) or opening.terms is None:
        raise UsageError(
            "this is a worker's history, not the conductor's",
            place=f"{path}:1",
            remedy="name the file without its ending (.w1, .w2, …), which is the conductor's",
        )
    return opening


def _beside(path: Path) -> dict[str, Path]:
    """The files beside ``path`` that workers' names would give, by those names, in their order."""
    found = {
        name: file
        for file in path.parent.glob(f"{_escaped(path.name)}.w*")
        if re.fullmatch(r"w\d+", name := file.name.removeprefix(f"{path.name}."))
    }
    return dict(sorted(found.items(), key=lambda item: int(item[0][1:])))


def _escaped(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def _shortened(text: bytes) -> str:
    return repr(text if len(text) <= 40 else text[:40] + b"...")
