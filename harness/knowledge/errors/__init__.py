"""Tables of errors by name: a driver's or a TLS library's words, and what they mean (``harness.clients.table``)."""

from pathlib import Path

from harness.errors import UsageError

_TABLES = Path(__file__).resolve().parent


def table_names() -> tuple[str, ...]:
    """The names of the tables that there are."""
    return tuple(sorted(path.stem for path in _TABLES.glob("*.toml")))


def table_file(name: str, *, place: Path) -> Path:
    """The file of a table: one of ours by its name, or a path from the folder of ``place`` that ends in ``.toml``.

    Raises UsageError, at ``place``, for a name that no table has; whether a file is there is left to who reads it.
    """
    if name.endswith(".toml"):
        return place.parent / name
    if name not in table_names():
        raise UsageError(
            f"`error-tables`: there is no table `{name}`",
            place=str(place),
            remedy=f"name one of {', '.join(table_names())}, or a file of your own that ends in .toml",
        )
    return _TABLES / f"{name}.toml"
