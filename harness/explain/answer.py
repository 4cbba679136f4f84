"""The answer to ``dbtls explain``, as JSON has it (``dbtls-explanation/1``; docs/explain.md has its shape)."""

import difflib
import re
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from harness.errors import UsageError
from harness.explain.finding import Found, How, Meaning, find
from harness.explain.rows import ClientRows
from harness.knowledge.causes import TIMED_OUT, cause_rows, heard_rows, word_rows
from harness.model.outcome import Cause, Side


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SaidBy(_Part):
    """Who says it: programs and their ``versions``, where it was ``recorded``, ``clients`` of dbtls that show it."""

    versions: str
    recorded: str
    clients: tuple[str, ...]


class ExplainedCause(_Part):
    """A cause, and who refuses for it: ``means`` says whose material is at fault."""

    cause: str
    by: Literal["client", "server"]
    means: str
    hides: tuple[str, ...]
    ask: tuple[str, ...]
    remedy: tuple[str, ...]
    weakening: tuple[str, ...]
    said_by: tuple[SaidBy, ...]
    run: tuple[str, ...]


class ExplainedWord(_Part):
    """A word of the reports."""

    word: str
    means: str
    next: str


class Explanation(_Part):
    """``by``: how the text was recognised. ``certain``: one cause, by one side, by a recorded row."""

    format: Literal["dbtls-explanation/1"] = "dbtls-explanation/1"
    asked: str
    by: Literal["name", "recorded", "words", "others", "piece", "nothing"]
    certain: bool
    of_server_log: bool = False
    words: tuple[ExplainedWord, ...] = ()
    causes: tuple[ExplainedCause, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is an answer."""
        return self.by != "nothing"


def explain(asked: str, clients: Sequence[ClientRows]) -> Explanation:
    """What ``asked``, a cause, a word of the reports or an error's text, means by the rows of ``clients``.

    Raises UsageError for an empty text and for a misspelt cause or word.
    """
    text = asked.strip()
    if not text:
        raise UsageError(
            "there is no text to explain", remedy="name a cause, or give an error's text: `dbtls explain -`"
        )
    name = text.casefold().replace("_", "-")
    if name in word_rows():
        return Explanation(asked=asked, by="name", certain=True, words=(_word(name),))
    if any(name == cause.value for cause in Cause):
        return Explanation(asked=asked, by="name", certain=True, causes=_named(Cause(name), clients))
    found = find(text, clients)
    if found is not None:
        return _of_text(asked, found)
    _refuse_misspelt(name)
    return Explanation(asked=asked, by="nothing", certain=False)


def _refuse_misspelt(name: str) -> None:
    names = [*(cause.value for cause in Cause), *word_rows()]
    if " " not in name and (near := difflib.get_close_matches(name, names, n=1, cutoff=0.75)):
        raise UsageError(f"no cause `{name}`", remedy=f"did you mean `{near[0]}`?")


def _word(name: str) -> ExplainedWord:
    row = word_rows()[name]
    return ExplainedWord(word=name, means=row.sentence, next=row.next)


def _of_text(asked: str, found: Found) -> Explanation:
    causes: dict[tuple[Cause, Side], list[SaidBy]] = {}
    words: tuple[ExplainedWord, ...] = ()
    for meaning in found.meanings:
        if meaning.by is None:
            words = (_word(TIMED_OUT),)
            continue
        for cause in meaning.causes:
            causes.setdefault((cause, meaning.by), []).extend(_said_by(meaning))
    return Explanation(
        asked=asked,
        by=found.how.value,
        certain=found.how is How.RECORDED and len(causes) + len(words) == 1,
        of_server_log=found.of_server,
        words=words,
        causes=tuple(_cause(cause, by, said, asked) for (cause, by), said in causes.items()),
    )


def _named(cause: Cause, clients: Sequence[ClientRows]) -> tuple[ExplainedCause, ...]:
    """``cause`` by each side that refuses for it."""
    row = cause_rows()[cause]
    sides = [side for side, told in ((Side.CLIENT, row.by_client), (Side.SERVER, row.by_server)) if told]
    return tuple(_cause(cause, side, saying(cause, side, clients), "") for side in sides)


def saying(cause: Cause, by: Side, clients: Sequence[ClientRows]) -> list[SaidBy]:
    """Who says that ``by`` refuses for ``cause``, each once."""
    found: dict[tuple[str, str], set[str]] = {}
    for client in clients:
        for row in client.errors:
            if row.by is by and cause in row.causes:
                found.setdefault((row.versions, row.source), set()).update(client.names)
    said = [
        SaidBy(versions=versions, recorded=source, clients=tuple(sorted(names)))
        for (versions, source), names in found.items()
    ]
    others = {
        row.said_by for log in (False, True) for row in heard_rows(log=log) if row.by is by and cause in row.causes
    }
    return [*said, *(SaidBy(versions=name, recorded="not recorded here", clients=()) for name in sorted(others))]


def _said_by(meaning: Meaning) -> list[SaidBy]:
    return [
        SaidBy(versions=source.versions, recorded=source.recorded, clients=source.clients) for source in meaning.sources
    ]


def _cause(cause: Cause, by: Side, said: Sequence[SaidBy], asked: str) -> ExplainedCause:
    row = cause_rows()[cause]
    return ExplainedCause(
        cause=cause.value,
        by=by.value,
        means=row.sentence(by),
        hides=row.hides,
        ask=row.ask,
        remedy=row.remedy,
        weakening=row.weakening,
        said_by=tuple(said),
        run=_commands(row.scenarios(by), said, asked),
    )


def _commands(scenarios: Sequence[str], said: Sequence[SaidBy], asked: str) -> tuple[str, ...]:
    """How to see it on a real server; for a text with the client that says it and that the text resembles most."""
    if not scenarios:
        return ()
    clients = sorted({name for one in said for name in one.clients}, key=lambda name: (_resemblance(name, asked), name))
    chosen = f" -c {clients[-1]}" if asked and clients else ""
    return (f"dbtls run -k {','.join(scenarios)}{chosen}",)


def _resemblance(name: str, text: str) -> int:
    """How many letters of the parts of a client's ``name`` are words in ``text``."""
    return sum(len(part) for part in re.findall(r"[a-z]{2,}", name) if part in text.casefold())
