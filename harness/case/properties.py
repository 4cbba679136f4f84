"""A driver's own properties, and files that they name: a client's configuration in its users' words."""

from dataclasses import dataclass
from typing import Self

from harness.errors import UsageError
from harness.model.material import FileRecipe
from harness.model.words import words

FILES = "{files}"
"""In a property's value: the folder of the situation's files."""


@dataclass(frozen=True, slots=True)
class ClientFile:
    """A file that a client's properties may name. Raises UsageError for a name that is not a single one."""

    name: str
    content: FileRecipe

    def __post_init__(self) -> None:
        if self.name in {"", ".", ".."} or "/" in self.name or "\0" in self.name:
            raise UsageError(f"`{self.name}` is no name of a file", remedy="name it without a folder")

    def __str__(self) -> str:
        return f"{self.name} ({self.content})"


@dataclass(frozen=True, slots=True)
class DriverProperties:
    """Names and values as a driver gets them, in order. Raises UsageError for a name that occurs twice."""

    pairs: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if len(dict(self.pairs)) != len(self.pairs):
            raise UsageError("a property that is there twice", remedy="name each once")

    def with_(self, **changes: str) -> Self:
        """The same with other values, or with more properties."""
        return type(self)(tuple({**dict(self.pairs), **changes}.items()))

    def without(self, name: str) -> Self:
        """The same less one property. Raises UsageError for one that is not there."""
        if name not in dict(self.pairs):
            raise UsageError(f"no property `{name}` to leave out", remedy="name one that is there")
        return type(self)(tuple(pair for pair in self.pairs if pair[0] != name))

    def in_folder(self, folder: str) -> tuple[tuple[str, str], ...]:
        """Names and values with ``folder`` for FILES."""
        return tuple((name, value.replace(FILES, folder)) for name, value in self.pairs)

    def beside(self, other: "DriverProperties") -> str:
        """What ``other`` has instead: ``name: a → b``."""
        mine, theirs = dict(self.pairs), dict(other.pairs)
        return ", ".join(
            f"{name}: {words(mine.get(name))} → {words(theirs.get(name))}"
            for name in dict.fromkeys((*mine, *theirs))
            if mine.get(name) != theirs.get(name)
        )

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self.pairs)
