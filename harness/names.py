"""Choosing by name; for one that means nothing, what was probably meant.

A hint says what the user wants, not what is spelt alike: a beginning of several names is a pattern, a name of another
kind belongs to another option. It names eight at most.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar

from harness.errors import UsageError

ALL = "all"
FEW = 8
"""Names of a list that are said; of more, how many there are beside them."""
_NEAR = 0.75
"""Of difflib's ratio: a letter or two; `mysqlclient` is no misspelt `mysql-cli-9.7`."""


class Choice(Protocol):
    """What can be chosen; ``opt_in``: by its own name alone, neither by a pattern nor by ``all``.

    ``reach`` are texts that a pattern must hold to mean it, so that ``all`` and ``*`` do not.
    """

    @property
    def opt_in(self) -> bool: ...

    @property
    def reach(self) -> tuple[str, ...]: ...


V = TypeVar("V", bound=Choice)


class Name(str):
    """A name as somebody wrote it, and ``place``: where, if not on the command line."""

    __slots__ = ("place",)

    place: str | None

    def __new__(cls, text: str, place: str | None = None) -> "Name":
        made = super().__new__(cls, text)
        made.place = place
        return made


def theme_of(identity: str) -> str:
    """The theme of a scenario or a case, by its id: ``theme::scenario/case``."""
    return identity.partition("::")[0]


def scenario_of(identity: str) -> str:
    """The id of the scenario that makes a case, by the case's; a scenario's own stays."""
    return identity.partition("/")[0]


def separated(names: Iterable[str]) -> tuple[str, ...]:
    """Each of the names, of which several may stand in one text with commas between; their places stay."""
    return tuple(
        Name(part.strip(), place_of(name)) for name in names for part in (name.split(",") if name.strip() else [name])
    )


def place_of(name: str) -> str | None:
    """Where a name stands that was not typed."""
    return name.place if isinstance(name, Name) else None


def chosen(
    kind: str,
    known: Mapping[str, V],
    names: Sequence[str],
    default: Sequence[str],
    *,
    elsewhere: Callable[[str], str] = lambda name: "",
) -> list[V]:
    """The members of ``known`` that ``names`` mean (names, fnmatch patterns, ``all``), in order, each once.

    Upper and lower case are alike. Raises UsageError for one that means none; ``elsewhere`` may say what that is.
    """
    found: dict[str, V] = {}
    for name in names or default:
        matching = _matching(known, name)
        if not matching:
            raise unknown(kind, name, known, elsewhere=elsewhere(name))
        found |= {key: known[key] for key in matching}
    return list(found.values())


def _matching(known: Mapping[str, V], name: str) -> list[str]:
    if name in known:
        return [name]
    pattern = name.lower()
    return [
        key
        for key, value in known.items()
        if key.lower() == pattern
        or (_reaches(pattern, value) and (pattern == ALL or fnmatchcase(key.lower(), pattern)))
    ]


def _reaches(pattern: str, value: Choice) -> bool:
    return not value.opt_in and all(text in pattern for text in value.reach)


def unknown(kind: str, name: str, known: Iterable[str] | Mapping[str, Choice], *, elsewhere: str = "") -> UsageError:
    """The error for a ``kind`` that does not exist; ``elsewhere`` says what ``name`` is instead, if it is something."""
    place = place_of(name)
    if not name:
        remedy = f"a shell variable may be unset; name one of {_listing(kind, known)}"
        return UsageError(f"the name of a {kind} is empty", place=place, remedy=remedy)
    by_name = {key for key in known if isinstance(known, Mapping) and known[key].opt_in}
    matching = [key for key in known if fnmatchcase(key.lower(), name.lower())]
    if matching and set(matching) <= by_name:
        what = f"the pattern `{name}` means {_or(matching)}, and a pattern does not choose that"
        return UsageError(what, place=place, remedy=f"name it in full: {_or(matching)}")
    remedy = _begun(name, known) or elsewhere or _near(name, known) or f"name one of {_listing(kind, known)}"
    return UsageError(f"no {kind} `{name}`", place=place, remedy=remedy)


def _begun(name: str, known: Iterable[str]) -> str:
    """What begins with it: a few names, or a pattern; and what a name has after an ``@``, of one that has several."""
    base, at, _ = name.lower().rpartition("@")
    if at and base in set(known):
        return f"did you mean {_or([base, *sorted(key for key in known if key.startswith(f'{base}@'))])}?"
    beginning = [key for key in _plain(known, name) if key.lower().startswith(name.lower())]
    if len(beginning) > 3:
        return f"did you mean `'{name}*'`, all {len(beginning)} of them?"
    every = f", or all with `'{name}*'`" if len(beginning) > 1 else ""
    return f"did you mean {_or(beginning)}{every}?" if beginning else ""


def _near(name: str, known: Iterable[str]) -> str:
    """What is spelt nearly so, or ends so after a theme."""
    names, lower = _plain(known, name), name.lower()
    if near := difflib.get_close_matches(lower, names, n=FEW, cutoff=_NEAR):
        return f"did you mean {_or(_nearest(lower, near))}?"
    inner = dict.fromkeys(key.partition("::")[2] for key in names)
    if tails := difflib.get_close_matches(lower, inner, n=1, cutoff=_NEAR):
        return f"did you mean {_or([key for key in names if key.endswith(f'::{tails[0]}')])}?"
    return ""


def _plain(known: Iterable[str], name: str) -> list[str]:
    """Without drivers on another JDK than their usual one, which are none to offer unasked."""
    return [key for key in known if "@" in name or "@" not in key]


def _nearest(name: str, near: Sequence[str]) -> list[str]:
    """Of names that are about as near the one that agrees longest from the beginning: another version's, say."""
    ratios = {key: difflib.SequenceMatcher(None, name, key).ratio() for key in near}
    best = [key for key in near if ratios[key] > max(ratios.values()) - 0.02]
    agreeing = {key: _common(name, key) for key in best}
    return [key for key in best if agreeing[key] == max(agreeing.values())]


def _common(one: str, other: str) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _listing(kind: str, known: Iterable[str] | Mapping[str, Choice]) -> str:
    """Names of it: of scenarios their themes, and each family that has to be reached as one pattern."""
    if kind == "scenario":
        return listed(list(dict.fromkeys(map(theme_of, known))), more="`dbtls scenarios` lists all")
    families = {f"'{reach[0]}*'": None for _, reach in _reaches_of(known)}
    own = [key for key in known if not (isinstance(known, Mapping) and known[key].reach)]
    return listed([*families, *sorted(own)], more=f"`dbtls {kind}s` lists them" if kind in LISTED else "")


def _reaches_of(known: Iterable[str] | Mapping[str, Choice]) -> list[tuple[str, tuple[str, ...]]]:
    return [(key, known[key].reach) for key in known if known[key].reach] if isinstance(known, Mapping) else []


LISTED = frozenset({"server", "client", "scenario"})
"""Kinds that a command lists."""


def listed(names: Sequence[str], *, more: str = "") -> str:
    """``names`` with commas, eight at most; ``more`` says where all are, if these are not."""
    beside = len(names) - FEW
    if beside <= 0:
        return ", ".join(names)
    return f"{', '.join(names[:FEW])} and {beside} more" + (f": {more}" if more else "")


def _or(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " or ".join((", ".join(quoted[:-1]), quoted[-1])) if len(quoted) > 1 else quoted[0]
