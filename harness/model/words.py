"""Values as words for a reader: what a case differs in, and what a specification asks for beside the usual."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import timedelta
from enum import Enum
from typing import Any

_SECOND = 1_000_000
_UNITS = (("d", 24 * 3600 * _SECOND), ("h", 3600 * _SECOND), ("min", 60 * _SECOND), ("s", _SECOND))
"""Microseconds of each unit of a span."""
_WORDS = frozenset({"", "none", "yes", "no"})
"""Texts that would be taken for another value."""
_SPAN = re.compile(r"(?P<sign>[+-]?)(?P<parts>\d+(\.\d{1,6})? (d|h|min|s)( \d+(\.\d{1,6})? (d|h|min|s))*)")


def span(text: str) -> timedelta:
    """What ``span_words`` wrote. Raises ValueError for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no span of time, as `+30 d` and `-1 h 30 min` are")
    units, numbers = dict(_UNITS), found["parts"].split(" ")
    total = 0
    for number, unit in zip(numbers[::2], numbers[1::2], strict=True):
        whole, _, part = number.partition(".")
        total += int(whole) * units[unit] + int(part.ljust(6, "0") or "0") * units[unit] // _SECOND
    try:
        return timedelta(microseconds=-total if found["sign"] == "-" else total)
    except OverflowError as error:
        raise ValueError(f"`{text}` is longer than any span of time") from error


def span_words(value: timedelta) -> str:
    """A span of time without loss: ``+30 d``, ``-1 h 30 min``, ``+0 s``."""
    micros = value // timedelta(microseconds=1)
    left = abs(micros)
    parts = []
    for unit, size in _UNITS[:-1]:
        count, left = divmod(left, size)
        parts += [f"{count} {unit}"] if count else []
    if left or not parts:
        whole, part = divmod(left, _SECOND)
        seconds = f"{whole}.{part:06}".rstrip("0") if part else str(whole)
        parts.append(f"{seconds} s")
    return ("-" if micros < 0 else "+") + " ".join(parts)


def words(value: Any) -> str:
    """A value of a specification or a situation; one that has a text of its own is that."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case str() if value in _WORDS:
            return f"`{value}`"
        case Enum():
            return str(value.value)
        case timedelta():
            return span_words(value)
        case tuple():
            return ", ".join(map(words, value)) or "none"
        case frozenset():
            return ", ".join(sorted(map(words, value))) or "none"
        case _:
            return str(value)


def differing(before: Any, after: Any, *, but: Iterable[str] = ()) -> Iterator[str]:
    """The names of the fields in which two values of one dataclass differ, less those of ``but``."""
    for item in fields(before):
        if item.name not in but and getattr(before, item.name) != getattr(after, item.name):
            yield item.name


def changes(before: Any, after: Any, *, but: Iterable[str] = ()) -> Iterator[str]:
    """What differs between two values of one dataclass, field by field: ``not_after +30 d → -1 d``."""
    for name in differing(before, after, but=but):
        yield f"{name} {words(getattr(before, name))} → {words(getattr(after, name))}"


def peculiar(value: Any, usual: Any, *, but: Iterable[str] = ()) -> Iterator[str]:
    """What ``value`` has otherwise than ``usual``, a value of the same dataclass: ``not_after -1 d``."""
    for name in differing(usual, value, but=but):
        yield f"{name} {words(getattr(value, name))}"


def in_brackets(parts: Iterable[str]) -> str:
    """Words to stand behind others, which they explain; nothing for none."""
    joined = ", ".join(parts)
    return f" ({joined})" if joined else ""
