"""The one reader of rows: all of several folders, and the questions that they answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Self

from harness.errors import UsageError
from harness.knowledge.product import Product
from harness.knowledge.rows import Behaviour, Known, Lack, Rows
from harness.manifest import read_manifest

BUILTIN_KNOWLEDGE = Path(__file__).with_name("rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Rows, in the order in which they count: of several that cover a case the first one is the one."""

    known: tuple[Known, ...] = ()
    lacking: tuple[Lack, ...] = ()
    behaving: tuple[Behaviour, ...] = ()

    @classmethod
    def read(cls, folders: Sequence[Path]) -> Self:
        """All rows of the files in ``folders``. Raises UsageError, with file and line for a row that is none."""
        files: list[Rows] = []
        for folder in folders:
            if not folder.is_dir():
                raise UsageError("no such folder", place=str(folder), remedy="name a folder that holds rows (*.toml)")
            files += [read_manifest(path, Rows) for path in sorted(folder.glob("*.toml"))]
        return cls(
            known=tuple(row for file in files for row in file.known),
            lacking=tuple(row for file in files for row in file.lacks),
            behaving=tuple(row for file in files for row in file.behaviour),
        )

    def after(
        self, known: Iterable[Known] = (), lacks: Iterable[Lack] = (), behaviour: Iterable[Behaviour] = ()
    ) -> Self:
        """These rows after those: what stands beside a build, a client or a theme counts before all else."""
        return type(self)(
            known=(*known, *self.known),
            lacking=(*lacks, *self.lacking),
            behaving=(*behaviour, *self.behaving),
        )

    def deviation(self, case_id: str, server: Product, client: Product | None) -> Known | None:
        """The row that declares how this case deviates; ``client`` None: none takes part in it."""
        return next(
            (row for row in self.known if fnmatchcase(case_id, row.scenario) and row.holds(server, client)), None
        )

    def lacks(self, server: Product | None, client: Product | None) -> tuple[Lack, ...]:
        """What the two cannot do; one alone where the other is None."""
        return tuple(row for row in self.lacking if row.holds(server, client))

    def behaviour(self, server: Product) -> tuple[Behaviour, ...]:
        """What the server does differently from others."""
        return tuple(row for row in self.behaving if row.holds(server, None))
