"""A history as it was stored: its records by writer, and what is wrong with its files. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from harness.model.history import Record
from harness.model.rotation import Terms


class Flaw(NamedTuple):
    """Something is wrong with a history's file. ``place`` is ``file`` or ``file:line``, ``what`` the fault."""

    place: str
    what: str


class History(Protocol):
    """What a judge reads. A worker's records are read from their file while they are iterated, and again each time."""

    @property
    def terms(self) -> Terms: ...

    @property
    def provenance(self) -> Mapping[str, str]: ...

    @property
    def conductor(self) -> tuple[Record, ...]: ...

    @property
    def workers(self) -> Mapping[str, Iterable[Record]]:
        """Each worker's records, in its own order, by its name."""

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """All that is wrong as far as it was read: complete once every worker's records have been iterated."""
