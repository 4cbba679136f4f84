"""What did not pass when ``dbtls run`` last ran in a folder: kept in the cache, for ``dbtls run --failed``."""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from harness.locations import cache, cache_folder
from harness.model.verdict import Status
from harness.runner.results import CellResult

FORMAT = "dbtls-last/1"
KIND = "last"
"""The folder of the cache."""
Key = tuple[str, str, str | None]
"""A case's id, its server, and its client; None where none takes part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """``failed`` are the cases that did not pass when they were last carried out here; ``known`` whether any was."""

    folder: Path
    failed: frozenset[Key] = frozenset()
    known: bool = False

    @classmethod
    def here(cls) -> Self:
        """Of the working directory. What cannot be read is as if it were not there: it is a convenience."""
        folder = Path.cwd()
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            told: Any = json.loads(_file(cache_folder(), folder).read_text(encoding="utf-8"))
            if told["format"] == FORMAT:
                failed = frozenset((one["id"], one["server"], one["client"]) for one in told["failed"])
                return cls(folder=folder, failed=failed, known=True)
        return cls(folder=folder)

    def and_now(self, results: Iterable[CellResult]) -> Self:
        """With what a run has found: what it did not carry out stays as it was."""
        keys = {(one.id, one.server, one.client): one.verdict.status for one in results}
        bad = {key for key, status in keys.items() if status in {Status.FAIL, Status.INCONCLUSIVE}}
        return replace(self, failed=frozenset(self.failed - keys.keys() | bad), known=True)

    def keep(self) -> None:
        """Write it down. Raises OSError."""
        file = _file(cache(), self.folder)
        file.parent.mkdir(exist_ok=True)
        failed = [
            {"id": identity, "server": server, "client": client}
            for identity, server, client in sorted(self.failed, key=lambda key: tuple(part or "" for part in key))
        ]
        text = json.dumps({"format": FORMAT, "folder": str(self.folder), "failed": failed}, indent=1)
        beside = file.with_name(f"{file.name}.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)


def _file(cache_: Path, folder: Path) -> Path:
    return cache_ / KIND / f"{sha256(str(folder).encode()).hexdigest()[:16]}.json"
