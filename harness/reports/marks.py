"""The mark of a verdict: a symbol and a word, the same in every report. Colour only repeats what they say."""

from enum import Enum
from typing import assert_never

from harness.knowledge.rows import Severity
from harness.model.verdict import Status


class Mark(Enum):
    """In order of badness. ``symbol`` takes one column; ``style`` is rich's."""

    PASSED = ("✓", "as expected", "green")
    SKIPPED = ("-", "skipped", "dim")
    KNOWN = ("k", "known", "yellow")
    UNSAFE = ("‼", "known and unsafe", "bold yellow")
    INCONCLUSIVE = ("?", "inconclusive", "magenta")
    FAILED = ("F", "failed", "bold red")

    def __init__(self, symbol: str, word: str, style: str) -> None:
        self.symbol = symbol
        self.word = word
        self.style = style

    @property
    def rank(self) -> int:
        """0 for the best."""
        return list(Mark).index(self)

    @classmethod
    def of(cls, status: Status, severity: Severity | None) -> "Mark":
        """The mark of a case that came to ``status``; ``severity`` is that of the known deviation, if it has one."""
        match status:
            case Status.PASS:
                return cls.PASSED
            case Status.KNOWN:
                return cls.UNSAFE if severity is Severity.UNSAFE else cls.KNOWN
            case Status.SKIPPED:
                return cls.SKIPPED
            case Status.INCONCLUSIVE:
                return cls.INCONCLUSIVE
            case Status.FAIL:
                return cls.FAILED
            case _:
                assert_never(status)
