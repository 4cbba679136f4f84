"""What earlier runs found, so far as a report of today tells it apart."""

from dataclasses import dataclass, field

Key = tuple[str, str, str]
"""A case's id, its server, and its client; empty where none takes part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The cases that earlier runs carried out, and those of them that deviated unsafely."""

    carried_out: frozenset[Key]
    unsafe: frozenset[Key] = field(default_factory=frozenset)

    def is_news(self, key: Key) -> bool:
        """Whether a case that is unsafe now was carried out before and was not unsafe then."""
        return key in self.carried_out and key not in self.unsafe
