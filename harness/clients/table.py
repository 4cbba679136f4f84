"""Error tables: from a driver's words to who refused, and why.

A *chain* is a driver's error with what it wraps, outermost first. A *row* matches a chain when all that it states
(kind, code, SQLSTATE, pattern) holds of one and the same link. Rows are tried in their order and the first that matches
any link decides, whatever the link's depth: the tables that a client names come before its own rows, so a TLS library's
exact reason, deep in the chain, is found before the driver's general words around it. Time-outs are looked for first,
because drivers wrap them in words that are also used for a peer that closed.

There is no row that matches everything: what no row knows is Unclassified.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from harness.manifest import Manifest, expression, read_manifest
from harness.model.outcome import Cause, RawError, Refused, Side, Unclassified

_LINK = re.compile(
    r"(?P<kind>[\w.$]+)(?: \[(?:(?P<sqlstate>\w+)/)?(?P<code>-?\d+)\])?:(?: (?P<message>.*))?", re.DOTALL
)


def chain_text(chain: Sequence[RawError]) -> str:
    """A chain as lines, one link each; further lines of a message are indented. ``parse_chain`` reads it back."""
    return "\n".join(str(link).replace("\n", "\n    ") for link in chain)


def parse_chain(text: str) -> tuple[RawError, ...]:
    """Read ``chain_text``'s form. Raises ValueError for a line that is no link."""
    links = []
    for line in text.strip("\n").replace("\n    ", "\0").split("\n"):
        found = _LINK.fullmatch(line.replace("\0", "\n"))
        if found is None:
            raise ValueError(f"`{line}` is not `kind [sqlstate/code]: message`")
        code = found["code"]
        links.append(
            RawError(
                kind=found["kind"],
                message=found["message"] or "",
                code=None if code is None else int(code),
                sqlstate=found["sqlstate"],
            )
        )
    return tuple(links)


def _pattern(text: str) -> str:
    found = expression(text)
    # "^$" says something: that a driver gave no words.
    if found.search("") and found.search("\0"):
        raise ValueError("matches any text, so it says nothing")
    return text


def _example(text: str) -> str:
    parse_chain(text)
    return text


class Words(Manifest):
    """What a row recognises. ``kind`` is an fnmatch pattern, ``pattern`` a regular expression searched in the message.

    ``versions`` names the driver and TLS library seen, ``source`` where; ``example`` is the recorded chain.
    """

    kind: str | None = None
    code: int | None = None
    sqlstate: str | None = None
    pattern: Annotated[str, AfterValidator(_pattern)]
    versions: str
    source: str
    example: Annotated[str, AfterValidator(_example)]

    def match(self, chain: Sequence[RawError]) -> bool:
        """Whether one link has everything that this row states."""
        return any(
            (self.kind is None or fnmatchcase(link.kind, self.kind))
            and (self.code is None or link.code == self.code)
            and (self.sqlstate is None or link.sqlstate == self.sqlstate)
            and re.search(self.pattern, link.message) is not None
            for link in chain
        )


class ErrorRow(Words):
    """Words of a refusal; ``causes`` has more than one member only where the driver's text does not tell."""

    by: Side
    causes: tuple[Cause, ...] = Field(min_length=1)


class TimeoutRow(Words):
    """Words of a driver that gave up waiting: neither accepted nor refused."""


class TableFile(Manifest):
    """A file of rows that several clients share."""

    error: tuple[ErrorRow, ...] = ()
    timeout: tuple[TimeoutRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """The driver itself gave up waiting."""

    chain: tuple[RawError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorTable:
    """The rows of one client, in the order in which they are tried."""

    errors: tuple[ErrorRow, ...] = ()
    timeouts: tuple[TimeoutRow, ...] = ()

    def classify(self, chain: tuple[RawError, ...]) -> Refused | Unclassified | TimedOut:
        """What ``chain`` means; the module's docstring has the rule."""
        if any(row.match(chain) for row in self.timeouts):
            return TimedOut(chain=chain)
        row = next((row for row in self.errors if row.match(chain)), None)
        if row is None:
            return Unclassified(chain=chain)
        return Refused(by=row.by, causes=frozenset(row.causes), chain=chain)


def read_tables(paths: Sequence[Path], *, errors: Sequence[ErrorRow], timeouts: Sequence[TimeoutRow]) -> ErrorTable:
    """The shared tables in ``paths``, then a client's own rows. Raises UsageError with file and line."""
    files = [read_manifest(path, TableFile) for path in paths]
    return ErrorTable(
        errors=(*(row for file in files for row in file.error), *errors),
        timeouts=(*(row for file in files for row in file.timeout), *timeouts),
    )
