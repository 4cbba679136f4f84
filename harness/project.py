"""The project that somebody works in: the nearest ``pyproject.toml`` with a ``[tool.dbtls]`` table.

It is looked for whenever pytest starts where the harness is installed, so this imports next to nothing.
"""

from collections.abc import Mapping
from pathlib import Path

TABLE = "tool.dbtls"


def project_file(start: Path) -> Path | None:
    """The nearest ``pyproject.toml`` with the table, from ``start`` upward; one that cannot be read is none.

    One that speaks of dbtls and is no TOML is it: whoever reads it next says so.
    """
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        try:
            source = path.read_bytes()
        except OSError:
            continue
        if b"dbtls" in source and _table(source) is not None:
            return path
    return None


def asks_for_tests(path: Path) -> bool:
    """Whether the project wants scenarios as tests whenever pytest runs: ``pytest = true``."""
    return bool((_table(path.read_bytes()) or {}).get("pytest"))


def _table(source: bytes) -> Mapping[str, object] | None:
    import tomllib  # half of what looking costs, and seldom needed

    try:
        values: object = tomllib.loads(source.decode())
    except ValueError:
        return {}
    for name in TABLE.split("."):
        values = values.get(name) if isinstance(values, Mapping) else None
    # A `dbtls` that is no table is the reader's to name.
    return values if values is None or isinstance(values, Mapping) else {}
