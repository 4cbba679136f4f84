"""From a pasted text to what it can mean.

Rows that recognise all that they state come first. A text that does not say a row's kind or number (a line out of a
log) is recognised by the row's words alone. Last, a piece of a recorded error means what the whole means.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from harness.clients.table import ErrorRow, Words
from harness.explain.rows import ClientRows
from harness.explain.text import Link, Pasted, read_text
from harness.knowledge.causes import HeardRow, heard_rows
from harness.model.outcome import Cause, Side

_LEAST = 9
"""Letters that a row's words, or a piece of a recorded error, must have to be recognised by themselves."""
_PIECES_OF = 400
"""A piece is short; a long text is no piece of a recorded error."""
_OF_CLIENTS = range(2000, 3000)
"""Numbers that MySQL's clients give their own errors; all others are a server's answers."""


class How(Enum):
    """By what a text was recognised, best first."""

    RECORDED = "recorded"
    """A row states this error, and all that it states is in the text."""
    WORDS = "words"
    """A row's words; the text lacks the kind or number that the row states too."""
    OTHERS = "others"
    """Words of a program that dbtls does not drive, from its documents."""
    PIECE = "piece"
    """A piece of an error that was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who says it: in ``versions``, ``recorded`` where; ``clients`` of dbtls that can show it."""

    versions: str
    recorded: str
    clients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """``by`` refuses for one of ``causes``; of a client that gave up waiting both are empty."""

    by: Side | None
    causes: tuple[Cause, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a text can mean; no meaning: nothing is known of it."""

    how: How
    of_server: bool
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    by: Side | None
    causes: tuple[Cause, ...]
    source: Source


def find(text: str, clients: Sequence[ClientRows]) -> Found | None:
    """What ``text`` can mean by the rows of ``clients`` and by the words of others; None: nothing is known of it."""
    pasted = read_text(text)
    for how, hits in (
        (How.OTHERS, _heard(pasted, log=True) if pasted.of_server else ()),
        (How.RECORDED, _recorded(pasted, clients, strictly=True)),
        (How.WORDS, _recorded(pasted, clients, strictly=False)),
        (How.OTHERS, _heard(pasted, log=False)),
        (How.PIECE, _pieces(pasted, clients)),
    ):
        if meanings := _meanings(hits):
            return Found(how=how, of_server=pasted.of_server, meanings=meanings)
    return None


def _recorded(pasted: Pasted, clients: Sequence[ClientRows], *, strictly: bool) -> Iterator[_Hit]:
    """Each client's first row that recognises the text: what the client itself would make of it."""
    tried: dict[int, bool] = {}  # by identity: clients share tables
    for client in clients:
        for row in (*client.timeouts, *client.errors):
            if id(row) not in tried:
                tried[id(row)] = any(_recognises(row, link, strictly=strictly) for link in pasted.links)
            if tried[id(row)]:
                yield _hit(row, client, of_server=pasted.of_server)
                break


def _recognises(row: Words, link: Link, *, strictly: bool) -> bool:
    if not strictly and not _says_enough(row.pattern):
        return False
    for stated, said in ((row.code, link.code), (row.sqlstate, link.sqlstate)):
        if stated is not None and stated != said and (strictly or said is not None):
            return False
    if row.kind is not None:
        if link.kind is None:
            if strictly:
                return False
        elif not fnmatchcase(link.kind, row.kind):
            return False
    return re.search(row.pattern, link.message) is not None


def _says_enough(pattern: str) -> bool:
    return len(re.sub(r"\\.|\[.*?\]|[\W_]", "", pattern)) >= _LEAST


def _heard(pasted: Pasted, *, log: bool) -> Iterator[_Hit]:
    for row in heard_rows(log=log):
        if re.search(row.pattern, pasted.text):
            yield _heard_hit(row, swapped=pasted.of_server and not log)


def _pieces(pasted: Pasted, clients: Sequence[ClientRows]) -> Iterator[_Hit]:
    piece = _folded(pasted.text)
    if _LEAST <= len(piece) <= _PIECES_OF:
        for client in clients:
            for row in (*client.timeouts, *client.errors):
                if piece in _folded(row.example):
                    yield _hit(row, client, of_server=pasted.of_server)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _hit(row: Words, client: ClientRows, *, of_server: bool) -> _Hit:
    source = Source(versions=row.versions, recorded=row.source, clients=client.names)
    if not isinstance(row, ErrorRow):
        return _Hit(by=None, causes=(), source=source)
    answer = row.code is not None and row.code not in _OF_CLIENTS
    return _Hit(by=_other(row.by) if of_server and not answer else row.by, causes=row.causes, source=source)


def _heard_hit(row: HeardRow, *, swapped: bool) -> _Hit:
    return _Hit(
        by=_other(row.by) if swapped else row.by,
        causes=row.causes,
        source=Source(versions=row.said_by, recorded="not recorded here"),
    )


def _other(side: Side) -> Side:
    return Side.SERVER if side is Side.CLIENT else Side.CLIENT


def _meanings(hits: Iterable[_Hit]) -> tuple[Meaning, ...]:
    """Equal meanings as one, and equal sources of it as one."""
    found: dict[tuple[Side | None, tuple[Cause, ...]], dict[tuple[str, str], set[str]]] = {}
    for hit in hits:
        sources = found.setdefault((hit.by, hit.causes), {})
        sources.setdefault((hit.source.versions, hit.source.recorded), set()).update(hit.source.clients)
    return tuple(
        Meaning(
            by=by,
            causes=causes,
            sources=tuple(
                Source(versions=versions, recorded=recorded, clients=tuple(sorted(clients)))
                for (versions, recorded), clients in sources.items()
            ),
        )
        for (by, causes), sources in found.items()
    )
