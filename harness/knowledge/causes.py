"""What each cause means and what a person does about it, and the words of reports: ``causes.toml``."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from harness.manifest import Manifest, expression, read_manifest
from harness.model.outcome import Cause, Side

TIMED_OUT = "timed-out"
"""The word for a client that gave up waiting."""


def _pattern(text: str) -> str:
    found = expression(text)
    if found.search(""):
        raise ValueError("matches any text, so it says nothing")
    return text


class CauseRow(Manifest):
    """A cause. ``by_client`` and ``by_server``: what it means when that side refuses; empty where it never does.

    ``hides`` is what usually hides behind it, ``ask`` what to ask somebody for, ``weakening`` what removes the error
    and protection with it; ``client_scenarios`` and ``server_scenarios`` show how that side refuses.
    """

    name: Cause
    by_client: str = ""
    by_server: str = ""
    hides: tuple[str, ...] = Field(min_length=1)
    ask: tuple[str, ...] = Field(min_length=1)
    remedy: tuple[str, ...] = Field(min_length=1)
    weakening: tuple[str, ...] = ()
    client_scenarios: tuple[str, ...] = ()
    server_scenarios: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _somebody_refuses(self) -> "CauseRow":
        if not (self.by_client or self.by_server):
            raise ValueError("needs `by-client` or `by-server`")
        return self

    def sentence(self, by: Side) -> str:
        """What it means when ``by`` refuses; the other side's sentence where there is none."""
        mine, other = (self.by_client, self.by_server) if by is Side.CLIENT else (self.by_server, self.by_client)
        return mine or other

    def scenarios(self, by: Side) -> tuple[str, ...]:
        """The scenarios that show it; those of the other side where this side has none."""
        sides = (self.client_scenarios, self.server_scenarios)
        mine, other = sides if by is Side.CLIENT else sides[::-1]
        return mine or other


class WordRow(Manifest):
    """A word of the reports: what it means, and what to do ``next``."""

    name: str
    sentence: str
    next: str


class HeardRow(Manifest):
    """Words that dbtls has not recorded from a client of its own; ``by`` is who refuses where ``said_by`` says it."""

    pattern: Annotated[str, AfterValidator(_pattern)]
    by: Side
    causes: tuple[Cause, ...] = Field(min_length=1)
    said_by: str
    example: str


class _File(Manifest):
    cause: tuple[CauseRow, ...]
    word: tuple[WordRow, ...]
    words: tuple[HeardRow, ...] = ()
    log: tuple[HeardRow, ...] = ()


@cache
def _file() -> _File:
    return read_manifest(Path(__file__).with_name("causes.toml"), _File)


def cause_rows() -> dict[Cause, CauseRow]:
    """Each cause's row, in the order of the file."""
    return {row.name: row for row in _file().cause}


def word_rows() -> dict[str, WordRow]:
    """Each word of the reports."""
    return {row.name: row for row in _file().word}


def heard_rows(*, log: bool) -> tuple[HeardRow, ...]:
    """Words of others; of servers' own logs if ``log``."""
    return _file().log if log else _file().words
