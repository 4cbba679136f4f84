"""What a report comes to: the values that console, Markdown and HTML all show, each computed here and nowhere else."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from harness.exits import Exit
from harness.model.obstacle import Because
from harness.names import scenario_of, theme_of
from harness.reports.before import Before
from harness.reports.marks import Mark
from harness.reports.model import CaseReport, Report
from harness.reports.unsafe import sort_words


class Word(Enum):
    """What a run came to, in a word."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    INCONCLUSIVE = "INCONCLUSIVE"
    BROKEN = "BROKEN"
    """There was a fault of dbtls, of its surroundings or of a client; all other verdicts hold."""
    INTERRUPTED = "INTERRUPTED"
    TERMINATED = "TERMINATED"

    @classmethod
    def of(cls, code: Exit) -> "Word":
        """Of a run that ends with ``code``."""
        match code:
            case Exit.PASSED:
                return cls.PASSED
            case Exit.FAILED:
                return cls.FAILED
            case Exit.INCONCLUSIVE:
                return cls.INCONCLUSIVE
            case Exit.FAULT:
                return cls.BROKEN
            case Exit.INTERRUPTED:
                return cls.INTERRUPTED
            case Exit.TERMINATED:
                return cls.TERMINATED
            case _:
                assert_never(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The marks of some cases, with how many have each. ``not_reached`` more have no verdict: the run ended before."""

    counts: Mapping[Mark, int]
    not_reached: int = 0

    @classmethod
    def of(cls, cases: Iterable[CaseReport], *, not_reached: int = 0) -> "Tally":
        return cls(counts=Counter(mark_of(case) for case in cases), not_reached=not_reached)

    @property
    def total(self) -> int:
        """How many have a verdict."""
        return sum(self.counts.values())

    @property
    def worst(self) -> Mark | None:
        """None of nothing. That some were skipped is no worse than that the rest passed."""
        told = [mark for mark in self.counts if mark is not Mark.SKIPPED]
        return max(told or self.counts, key=lambda mark: mark.rank, default=None)

    @property
    def deviating(self) -> tuple[tuple[Mark, int], ...]:
        """What is neither as expected nor skipped, the worst first."""
        bad = (mark for mark in self.counts if mark not in {Mark.PASSED, Mark.SKIPPED})
        return tuple((mark, self.counts[mark]) for mark in sorted(bad, key=lambda mark: -mark.rank))


@dataclass(frozen=True, slots=True, kw_only=True)
class Themes:
    """Every theme's cases on every server: ``cells`` by theme and server."""

    themes: tuple[str, ...]
    servers: tuple[str, ...]
    cells: Mapping[tuple[str, str], Tally]

    def cases(self, theme: str) -> int:
        """How many cases a theme has, on all servers together."""
        return sum(tally.total for (of, _), tally in self.cells.items() if of == theme)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsafe:
    """Deviations that are unsafe in the same way: ``words`` say in which, as a predicate of those who deviate.

    ``clients`` and ``servers`` are who does it, with the number of cases of each: the end of which the deviation is
    known. ``new`` of the cases did not deviate so when they were last carried out; None: not known.
    """

    words: str
    cases: tuple[CaseReport, ...]
    clients: Mapping[str, int]
    servers: Mapping[str, int]
    new: int | None

    @property
    def scenarios(self) -> Mapping[str, int]:
        """The scenarios that show it, with the number of cases of each."""
        return _counted(scenario_of(case.id) for case in self.cases)

    @property
    def reasons(self) -> frozenset[str]:
        """What is declared of it, each once."""
        return frozenset(case.known.reason for case in self.cases if case.known is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skips:
    """Cases that were skipped for one class of reason: ``words`` say which, ``what`` what it was, with numbers."""

    words: str
    count: int
    what: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A report's sum. ``lost`` are the cases that a fault kept from being carried out: the fault stands once in it.

    ``known`` are the known deviations that are not unsafe.
    """

    word: Word
    exit: Exit
    tally: Tally
    themes: Themes
    unsafe: tuple[Unsafe, ...]
    failed: tuple[CaseReport, ...]
    inconclusive: tuple[CaseReport, ...]
    lost: tuple[CaseReport, ...]
    known: tuple[CaseReport, ...]
    skipped: tuple[Skips, ...]

    @property
    def unsafe_count(self) -> int:
        return self.tally.counts.get(Mark.UNSAFE, 0)


def digest_of(report: Report, before: Before | None = None) -> Digest:
    """The digest of ``report``; ``before`` is what is known of earlier runs."""
    by_mark: dict[Mark, list[CaseReport]] = {mark: [] for mark in Mark}
    for case in report.cases:
        by_mark[mark_of(case)].append(case)
    undecided = by_mark[Mark.INCONCLUSIVE]
    return Digest(
        word=Word.of(Exit(report.exit_code)),
        exit=Exit(report.exit_code),
        tally=Tally.of(report.cases),
        themes=_themes(report),
        unsafe=_unsafe(by_mark[Mark.UNSAFE], before),
        failed=tuple(by_mark[Mark.FAILED]),
        inconclusive=tuple(case for case in undecided if not case.is_lost),
        lost=tuple(case for case in undecided if case.is_lost),
        known=tuple(by_mark[Mark.KNOWN]),
        skipped=_skips(by_mark[Mark.SKIPPED]),
    )


def mark_of(case: CaseReport) -> Mark:
    return Mark.of(case.status, None if case.known is None else case.known.severity)


def _themes(report: Report) -> Themes:
    cells: dict[tuple[str, str], list[CaseReport]] = {}
    for case in report.cases:
        cells.setdefault((case.theme, case.server), []).append(case)
    left = Counter((theme_of(one.id), one.server) for one in report.not_reached)
    pairs = cells.keys() | left.keys()
    return Themes(
        themes=tuple(sorted({theme for theme, _ in pairs})),
        servers=tuple(sorted({server for _, server in pairs})),
        cells={pair: Tally.of(cells.get(pair, ()), not_reached=left[pair]) for pair in pairs},
    )


def _unsafe(cases: Iterable[CaseReport], before: Before | None) -> tuple[Unsafe, ...]:
    """Groups of ``cases``, the largest first."""
    groups: dict[str, list[CaseReport]] = {}
    for case in cases:
        groups.setdefault(sort_words(case.expected, case.outcome), []).append(case)
    made = (
        Unsafe(
            words=words,
            cases=tuple(these),
            clients=_counted(case.client for case in these if case.client is not None and not _is_the_servers(case)),
            servers=_counted(case.server for case in these if _is_the_servers(case)),
            new=None if before is None else sum(before.is_news(case.key) for case in these),
        )
        for words, these in groups.items()
    )
    return tuple(sorted(made, key=lambda group: (-len(group.cases), group.words)))


def _is_the_servers(case: CaseReport) -> bool:
    """Whether the deviation is known of the server: no client takes part, or any would see it."""
    return case.client is None or (case.known is not None and not case.known.clients and bool(case.known.servers))


def _skips(cases: Iterable[CaseReport]) -> tuple[Skips, ...]:
    """Classes of reason, the largest first. An earlier format does not say them."""
    classes: dict[str, list[str]] = {}
    for case in cases:
        if case.skipped is not None:
            classes.setdefault(_SKIPPED[case.skipped.because], []).append(case.skipped.what)
    made = (Skips(words=words, count=len(what), what=_counted(filter(None, what))) for words, what in classes.items())
    return tuple(sorted(made, key=lambda skips: (-skips.count, skips.words)))


_SKIPPED: Mapping[Because, str] = {
    Because.CLIENT: "the client cannot",
    Because.SERVER: "the server cannot",
    Because.MACHINE: "this machine cannot",
    Because.UNAVAILABLE: "not available",
    Because.NOT_APPLICABLE: "does not apply",
}


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    """How often each occurs, the most frequent first."""
    return dict(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))
