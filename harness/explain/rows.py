"""The rows of all error tables, and the clients that each table is read for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict

from harness import clients
from harness.clients.table import ErrorRow, TableFile, TimeoutRow
from harness.knowledge.errors import table_file
from harness.manifest import Manifest, read_manifest

OWN_CLIENTS = Path(clients.__file__).resolve().parent
"""What ``harness.clients.build.BUILTIN_CLIENTS`` is; importing that takes longer than the whole answer."""


class _Variant(Manifest):
    model_config = ConfigDict(extra="ignore")
    name: str


class _Client(TableFile):
    """Of a ``client.toml`` what concerns errors; the rest is checked where clients are started."""

    model_config = ConfigDict(extra="ignore")
    error_tables: tuple[str, ...] = ()
    variant: tuple[_Variant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRows:
    """The rows of the clients ``names``, in the order in which they are tried."""

    names: tuple[str, ...]
    errors: tuple[ErrorRow, ...]
    timeouts: tuple[TimeoutRow, ...]


def read_rows(folders: Sequence[Path] = (OWN_CLIENTS,)) -> tuple[ClientRows, ...]:
    """The rows of each ``client.toml`` below ``folders``. Raises UsageError for a wrong file."""
    tables: dict[Path, TableFile] = {}

    def table(path: Path) -> TableFile:
        if path not in tables:
            tables[path] = read_manifest(path, TableFile)
        return tables[path]

    found = []
    for path in sorted(path for folder in folders for path in folder.glob("*/client.toml")):
        client = read_manifest(path, _Client)
        files = (*(table(table_file(name, place=path)) for name in client.error_tables), client)
        found.append(
            ClientRows(
                names=tuple(one.name for one in client.variant) or (path.parent.name,),
                errors=tuple(row for file in files for row in file.error),
                timeouts=tuple(row for file in files for row in file.timeout),
            )
        )
    return tuple(found)
