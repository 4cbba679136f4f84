"""Cases as texts, TOML or JSON alike: what is wrong in one is named with its place."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tomli_w

from harness.case.codec import At, Misfit
from harness.case.data import AsData, read_case, write_case
from harness.errors import UsageError
from harness.manifest import line_of


def as_toml(made: AsData) -> str:
    """A case, journey, start-up or rotation as TOML."""
    return tomli_w.dumps(write_case(made))


def as_json(made: AsData) -> str:
    """The same as JSON."""
    return json.dumps(write_case(made), indent=1, ensure_ascii=False) + "\n"


def from_toml(text: str, *, place: str) -> AsData:
    """What ``as_toml`` wrote, or a person. Raises UsageError with ``place`` and the line."""
    try:
        data: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"is not TOML: {error}", place=place, remedy="correct the text") from error
    with located(place, text):
        return read_case(data)


def from_json(text: str, *, place: str) -> AsData:
    """What ``as_json`` wrote, or a report has. Raises UsageError with ``place``."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"is not JSON: {error}", place=place, remedy="correct the text") from error
    with located(place):
        return read_case(data)


@contextmanager
def located(place: str, source: str = "", *, within: At = ()) -> Iterator[None]:
    """Have a misfit named with its keys, and with its line in a TOML ``source``, in which it stands ``within``.

    Raises UsageError.
    """
    try:
        yield
    except Misfit as misfit:
        named = ".".join(misfit.at)
        what = f"`{named}`: {misfit.what}" if named else misfit.what
        line = f":{line_of(source, (*within, *misfit.at))}" if source else ""
        raise UsageError(what, place=place + line, remedy=misfit.remedy) from misfit
