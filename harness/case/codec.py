"""Values as plain data, and back without loss: what TOML and JSON hold alike, texts, numbers, lists and tables.

A dataclass is a table: a key for each field, with hyphens, in the fields' order. A field that has its usual value (its
default, or that of another value which both sides know) is left out. There is no null in TOML: ``without`` lists the
fields that are None where that is not usual. Enums are their values, spans of time words (``-1 d``), tuples and
frozensets lists. Some types have a form of their own (``harness.case.forms``).
"""

import math
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from datetime import timedelta
from enum import Enum
from functools import reduce
from operator import or_
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from harness.errors import UsageError
from harness.model.words import span, span_words

WITHOUT = "without"
_LARGEST = 2**63
"""TOML's integers are smaller; a larger one is written as hexadecimal text."""

At = tuple[str, ...]
"""Where a value stands: keys, and places in lists from 0."""
T = TypeVar("T")


class Misfit(Exception):
    """Data that is no such value: what is wrong, where it stands, and what to do."""

    def __init__(self, at: At, what: str, remedy: str) -> None:
        super().__init__(what)
        self.at = at
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Form:
    """How a type is written, otherwise than by its fields, and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any, At], Any]


class Codec:
    """Writes values and reads them; ``forms`` are by type as annotations have it, a class or a union of classes."""

    def __init__(self, forms: Mapping[Any, Form]) -> None:
        self._forms = forms
        self._hints: dict[type, Mapping[str, Any]] = {}

    def write(self, value: Any, kind: Any) -> Any:
        """``value``, which is a ``kind`` (a type as annotations have it), as data."""
        kind = _present(kind)
        if kind in self._forms:
            return self._forms[kind].write(value)
        match value:
            case Enum():
                return _enum_text(value)
            case timedelta():
                return span_words(value)
            case tuple():
                return [self.write(member, _member(kind)) for member in value]
            case frozenset():
                return sorted(self.write(member, _member(kind)) for member in value)
            case int() if kind is float:
                return float(value)
            case int() if not isinstance(value, bool) and abs(value) >= _LARGEST:
                return hex(value)
            case _ if is_dataclass(value):
                return self.write_table(value)
            case _:
                return value

    def read(self, data: Any, kind: Any, at: At) -> Any:
        """The value of type ``kind`` that ``data`` is. Raises Misfit."""
        kind = _present(kind)
        if kind in self._forms:
            return self._forms[kind].read(data, at)
        if kind in {str, bool, int, float}:
            return _plain(data, kind, at)
        origin = get_origin(kind)
        if origin in {tuple, frozenset}:
            members = expect(data, list, at)
            return origin(self.read(member, _member(kind), (*at, str(place))) for place, member in enumerate(members))
        if kind is timedelta:
            return attempt(lambda: span(expect(data, str, at)), at, remedy="write it as `+30 d` or `-1 h 30 min`")
        if issubclass(kind, Enum):
            return _enum(data, kind, at)
        return self.read_table(kind, data, at)

    def write_table(self, value: Any, usual: Any = None) -> dict[str, Any]:
        """A dataclass by its fields, less those that ``usual`` (another of its class; None: the defaults) has alike."""
        hints = self._hints_of(type(value))
        data: dict[str, Any] = {}
        without = []
        for item in fields(value):
            held = getattr(value, item.name)
            if held == (_default(item) if usual is None else getattr(usual, item.name)):
                continue
            if held is None:
                without.append(key_of(item.name))
            else:
                data[key_of(item.name)] = self.write(held, hints[item.name])
        return data | ({WITHOUT: without} if without else {})

    def read_table(self, kind: type[T], data: Any, at: At, usual: T | None = None) -> T:
        """The dataclass ``kind`` that a table is, what it leaves out as in ``usual``. Raises Misfit."""
        values = self.read_fields(kind, data, at)
        if usual is not None:
            return attempt(lambda: _replaced(usual, values), at)
        needed = [
            item.name for item in fields(_dataclass(kind)) if _default(item) is MISSING and item.name not in values
        ]
        if needed:
            raise Misfit(at, f"says nothing of `{key_of(needed[0])}`", f"add `{key_of(needed[0])}`")
        return attempt(lambda: kind(**values), at)

    def read_fields(self, kind: type, data: Any, at: At) -> dict[str, Any]:
        """The fields that a table names, by name, ``without`` among them as None. Raises Misfit."""
        hints = self._hints_of(kind)
        names = {key_of(item.name): item.name for item in fields(_dataclass(kind))}
        table = expect(data, dict, at)
        values: dict[str, Any] = {}
        for key in table:
            if key != WITHOUT:
                name = names[one_of(key, names, (*at, key))]
                values[name] = self.read(table[key], hints[name], (*at, key))
        optional = [key for key, name in names.items() if types.NoneType in get_args(hints[name])]
        for key in self.read(table.get(WITHOUT, []), tuple[str, ...], (*at, WITHOUT)):
            name = names[one_of(key, optional, (*at, WITHOUT))]
            if name in values:
                raise Misfit((*at, WITHOUT), f"`{key}` is there and left out", "say one of both")
            values[name] = None
        return values

    def _hints_of(self, kind: type) -> Mapping[str, Any]:
        """The types of a dataclass's fields."""
        if kind not in self._hints:
            self._hints[kind] = get_type_hints(kind)
        return self._hints[kind]


def expect(data: Any, kind: type[T], at: At) -> T:
    """``data`` if it is a list, a table or a text, whichever is wanted. Raises Misfit."""
    if not isinstance(data, kind):
        raise Misfit(at, f"{_named(data)} where {_KINDS[kind]} is wanted", f"write {_KINDS[kind]}")
    return data


def one_of(key: str, known: Iterable[str], at: At, what: str = "key") -> str:
    """``key`` if it is one of ``known``. Raises Misfit with those that are."""
    every = list(known)
    if key not in every:
        raise Misfit(at, f"unknown {what} `{key}`", f"use one of: {', '.join(every)}")
    return key


def attempt(make: Callable[[], T], at: At, *, remedy: str = "correct the value") -> T:
    """What ``make`` makes; what it refuses is a misfit. Raises Misfit."""
    try:
        return make()
    except UsageError as error:
        raise Misfit(at, error.what, error.remedy) from error
    except ValueError as error:
        raise Misfit(at, str(error), remedy) from error


def key_of(name: str) -> str:
    """A field's name as a key."""
    return name.replace("_", "-")


_KINDS: Mapping[type, str] = {str: "a text", bool: "true or false", int: "a number", float: "a number"} | {
    list: "a list",
    dict: "a table",
}


def _named(data: Any) -> str:
    return next((name for kind, name in _KINDS.items() if type(data) is kind), f"`{data}`")


def _plain(data: Any, kind: type, at: At) -> Any:
    match data:
        case bool() if kind is bool:
            return data
        case int() if kind is int and not isinstance(data, bool):
            return data
        case str() if kind is int:  # one that is larger than TOML's
            return attempt(lambda: int(data, 16), at, remedy="write a number, or 0x and hexadecimal digits")
        case int() | float() if kind is float and not isinstance(data, bool):
            return attempt(lambda: _finite(data), at)
        case str() if kind is str:
            attempt(data.encode, at, remedy="write whole characters")
            return data
        case _:
            raise Misfit(at, f"{_named(data)} where {_KINDS[kind]} is wanted", f"write {_KINDS[kind]}")


def _finite(number: float) -> float:
    try:
        found = float(number)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ValueError(f"`{number}` is no number to count with")
    return found


def _enum(data: Any, kind: type[Enum], at: At) -> Enum:
    known = {_enum_text(member): member for member in kind}
    return known[one_of(expect(data, str, at), known, at, "value")]


def _enum_text(member: Enum) -> str:
    return member.value if isinstance(member.value, str) else key_of(member.name.lower())


def _present(kind: Any) -> Any:
    """``kind`` less None: what is not there is not written."""
    members = [member for member in get_args(kind) if member is not types.NoneType]
    return reduce(or_, members) if isinstance(kind, types.UnionType) else kind


def _member(kind: Any) -> Any:
    return get_args(kind)[0]


def _default(item: "Field[Any]") -> Any:
    return item.default if item.default_factory is MISSING else item.default_factory()


def _replaced(usual: T, values: Mapping[str, Any]) -> T:
    made: T = replace(_any(usual), **values)
    return made


# dataclasses.replace and fields take what mypy knows to be a dataclass; a type variable cannot say so.
def _any(value: Any) -> Any:
    return value


def _dataclass(kind: type) -> Any:
    return kind
