"""Names of builds in little room."""

import re
from collections.abc import Mapping

_VERSIONED = re.compile(r"(?P<stem>.*?[^0-9.])(?P<rest>\d.*)")
"""A name with a version in it: what stands before that, and the rest."""


def compactly(counts: Mapping[str, int], *, at_most: int) -> str:
    """Names with numbers, those that differ in their versions together: ``mariadb-cli-{10.11,11.8} 88, pymysql 4``.

    Beyond ``at_most`` parts only how many names are left.
    """
    stems: dict[str, list[str]] = {}
    for name in counts:
        found = _VERSIONED.fullmatch(name)
        stems.setdefault(name if found is None else found["stem"], []).append(name)
    parts = sorted(stems.items(), key=lambda pair: -sum(counts[name] for name in pair[1]))
    told = [f"{_together(stem, names)} {sum(counts[name] for name in names)}" for stem, names in parts[:at_most]]
    left = sum(len(names) for _, names in parts[at_most:])
    return ", ".join([*told, *([f"and {left} more"] if left else [])])


def _together(stem: str, names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{stem}{{{','.join(sorted(name.removeprefix(stem) for name in names))}}}"
