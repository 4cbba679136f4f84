"""Choosing by name, with the nearest names offered for one that does not exist."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar

from harness.errors import UsageError


class Choice(Protocol):
    """What can be chosen; ``opt_in``: by its own name alone, neither by a pattern nor by ``all``.

    ``reach`` are texts that a pattern must hold to mean it, so that ``all`` and ``*`` do not.
    """

    @property
    def opt_in(self) -> bool: ...

    @property
    def reach(self) -> tuple[str, ...]: ...


V = TypeVar("V", bound=Choice)
ALL = "all"


def chosen(kind: str, known: Mapping[str, V], names: Sequence[str], default: Sequence[str]) -> list[V]:
    """The members of ``known`` that ``names`` mean (names, fnmatch patterns, ``all``), in order, each once.

    Raises UsageError, offering the nearest names, for one that means none.
    """
    found: dict[str, V] = {}
    for name in names or default:
        matching = [
            key
            for key, value in known.items()
            if key == name or (_reaches(name, value) and (name == ALL or fnmatchcase(key, name)))
        ]
        if not matching:
            raise unknown(kind, name, known)
        found |= {key: known[key] for key in matching}
    return list(found.values())


def _reaches(pattern: str, value: Choice) -> bool:
    return not value.opt_in and all(text in pattern for text in value.reach)


def unknown(kind: str, name: str, known: Iterable[str]) -> UsageError:
    """The error for a ``kind`` that does not exist."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    remedy = f"did you mean {' or '.join(f'`{key}`' for key in near)}?" if near else f"there are: {', '.join(names)}"
    return UsageError(f"no {kind} `{name}`", remedy=remedy)
