"""Strict reading of ``server.toml``, ``client.toml`` and a table of ``pyproject.toml``.

Every wrong key or value is named with its file and line.
"""

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from harness.errors import UsageError


def expression(text: str) -> re.Pattern[str]:
    """``text`` compiled. Raises ValueError for what is no regular expression."""
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error


class Manifest(BaseModel):
    """Base of what is read from TOML: frozen, and a key that nobody declared is an error.

    Keys are written with hyphens in the file and with underscores in Python.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.replace("_", "-"),
        populate_by_name=True,
    )


class Placed(Manifest):
    """A table of an array of tables (``[[name]]``) that knows where it was read."""

    _place: str = PrivateAttr("")

    @property
    def place(self) -> str:
        """File and line of its header; the file alone where it has none, empty where it was not read from one."""
        return self._place

    def __eq__(self, other: object) -> bool:
        """Where it stands is no part of what it says."""
        return type(self) is type(other) and self.__dict__ == other.__dict__


M = TypeVar("M", bound=Manifest)
_WORDS = {
    "tuple_type": "it must be a list",
    "bool_type": "it must be true or false",
    "string_type": "it must be a text, in quotes",
    "int_type": "it must be a whole number",
    "float_type": "it must be a number",
    "model_type": "it must be a table",
    "dict_type": "it must be a table",
    "mapping_type": "it must be a table",
}
"""Errors of pydantic's in the words of TOML, which has no tuples and no dictionaries."""
_HEADER = re.compile(r"\s*\[\[\s*(?P<name>[\w-]+)\s*\]\]")


def has_key(path: Path, key: str) -> bool:
    """Whether a TOML file has ``key`` at its top. Raises UsageError for what is no TOML."""
    return key in _parsed(path)[1]


def read_manifest(path: Path, shape: type[M], *, table: str = "") -> M:
    """Read ``path``, or one ``table`` of it (a dotted name), as ``shape``; validators find the file as context.

    Raises UsageError with file and line for what cannot be read or is not declared.
    """
    source, values = _parsed(path)
    for name in table.split(".") if table else ():
        values = values[name]
    try:
        return _placed(shape.model_validate(values, context={"file": path}), path, source)
    except ValidationError as error:
        # A misspelt key is also a missing one: the misspelling is what to correct.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        where = tuple(str(part) for part in first["loc"])
        named = ".".join(where) or table
        if first["type"] == "extra_forbidden":
            what = f"unknown key `{named}`"
            keys = _keys_at(shape, where)
            near = get_close_matches(where[-1], keys, n=1, cutoff=0.75)
            remedy = f"did you mean `{near[0]}`?" if near else "remove it, or use one of: " + ", ".join(keys)
        else:
            said = _WORDS.get(first["type"]) or f"{first['msg'][:1].lower()}{first['msg'][1:]}"
            what = f"`{named}`: {said}"
            remedy = "correct the value" if first["type"] != "missing" else f"add `{where[-1]}`"
        line = line_of(source, (table, *where) if table else where)
        raise UsageError(what, place=f"{path}:{line}", remedy=remedy) from error


def _placed(made: M, path: Path, source: str) -> M:
    """``made``, each row of its arrays of tables told where it stands."""
    headers: dict[str, list[int]] = {}
    for number, line in enumerate(source.splitlines(), 1):
        if found := _HEADER.match(line):
            headers.setdefault(found["name"], []).append(number)
    for name, field in type(made).model_fields.items():
        rows = getattr(made, name)
        if not isinstance(rows, tuple):
            continue
        lines = headers.get(field.alias or name, [])
        for index, row in enumerate(rows):
            if isinstance(row, Placed):
                row._place = f"{path}:{lines[index]}" if len(lines) == len(rows) else str(path)
    return made


def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file, and what it says."""
    try:
        source = path.read_text(encoding="utf-8")
        return source, tomllib.loads(source)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise UsageError(what, place=str(path), remedy="check the path and its permissions") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"is not TOML: {error}", place=str(path), remedy="correct the file") from error


def _keys_at(shape: type[BaseModel], where: tuple[str, ...]) -> list[str]:
    names = {field.alias or name: field.annotation for name, field in shape.model_fields.items()}
    for part in where[:-1]:
        nested = names.get(part)
        for candidate in (nested, *getattr(nested, "__args__", ())):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                return _keys_at(candidate, tuple(p for p in where[where.index(part) + 1 :] if not p.isdigit()))
    return sorted(names)


def line_of(source: str, where: tuple[str, ...]) -> int:
    """The line on which the key at ``where`` stands; for one without a line of its own, where its table begins."""
    lines = source.splitlines()
    at, end = 0, len(lines)
    for part in where:
        if part.isdigit():
            header = lines[at].strip() if at < len(lines) else ""
            places = [place for place in range(at, end) if lines[place].strip() == header and header.startswith("[[")]
            if int(part) < len(places):
                at = places[int(part)]
                end = next((place for place in places if place > at), end)
            continue
        key = re.compile(rf'\s*(\[+\s*)?([\w."-]+\.)?"?{re.escape(part)}"?\s*(=|\.|\]|$)')
        # A key stands before the next table's header; a header may stand anywhere below.
        table = next((place for place in range(at + 1, end) if lines[place].lstrip().startswith("[")), end)
        inside = (place for place in range(at, table) if key.match(lines[place]))
        headers = (place for place in range(table, end) if lines[place].lstrip().startswith("["))
        below = (place for place in headers if key.match(lines[place]))
        at = next(inside, next(below, at))
    return at + 1
