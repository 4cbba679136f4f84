"""Names of builds and of scenarios in little room."""

import re
from collections.abc import Iterable, Mapping

_VERSIONED = re.compile(r"(?P<stem>.*?[^0-9.])(?P<rest>\d.*)")
"""A name with a version in it: what stands before that, and the rest."""


def builds_briefly(counts: Mapping[str, int], *, at_most: int) -> str:
    """Names with numbers, those that differ in their versions together: ``mariadb-cli-{10.11,11.8} 88, pymysql 4``.

    Beyond ``at_most`` parts only how many names are left.
    """
    stems: dict[str, list[str]] = {}
    for name in counts:
        found = _VERSIONED.fullmatch(name)
        stems.setdefault(name if found is None else found["stem"], []).append(name)
    parts = sorted(stems.items(), key=lambda pair: -sum(counts[name] for name in pair[1]))
    told = [f"{_together(stem, names)} {sum(counts[name] for name in names)}" for stem, names in parts[:at_most]]
    return ", ".join([*told, *_left(sum(len(names) for _, names in parts[at_most:]))])


def scenarios_briefly(identities: Iterable[str], *, at_most: int) -> str:
    """Ids, those of a theme together: ``chain: expired; one-way: expired, revoked``; the first ``at_most`` of them."""
    every = list(identities)
    themes: dict[str, list[str]] = {}
    for identity in every[:at_most]:
        theme, _, name = identity.partition("::")
        themes.setdefault(theme, []).append(name)
    told = "; ".join(f"{theme}: {', '.join(sorted(names))}" for theme, names in sorted(themes.items()))
    return ", ".join([told, *_left(len(every[at_most:]))])


def _together(stem: str, names: Iterable[str]) -> str:
    rests = sorted(name.removeprefix(stem) for name in names)
    return f"{stem}{rests[0]}" if len(rests) == 1 else f"{stem}{{{','.join(rests)}}}"


def _left(count: int) -> list[str]:
    return [f"and {count} more"] if count else []
