"""What was found when ``dbtls run`` last ran in a folder, and how long it took: kept in the cache.

It is for ``dbtls run --failed``, for what is new since then, and for how long a run may take.
"""

import contextlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from harness import limits
from harness.knowledge.rows import Severity
from harness.locations import cache, cache_folder, replace_file
from harness.model.verdict import Status
from harness.names import theme_of
from harness.reports.before import Before
from harness.runner.results import CellResult

FORMAT = "dbtls-last/2"
KIND = "last"
"""The folder of the cache."""
Key = tuple[str, str, str | None]
"""A case's id, its server, and its client; None where none takes part."""

_UNSAFE = Severity.UNSAFE.value
"""In place of the status of a case that deviates unsafely, as is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things took. ``case_s`` by server and theme: seconds of work a case; ``wall`` by the number of servers
    at work at a time: seconds of a run for each second of work."""

    case_s: Mapping[tuple[str, str], float] = field(default_factory=dict)
    wall: Mapping[int, float] = field(default_factory=dict)

    def seconds(self, cases: Iterable[Key]) -> float | None:
        """How long a run of ``cases`` may take; None where some of them are of a sort that was never timed."""
        work: defaultdict[str, float] = defaultdict(float)
        for identity, server, _ in cases:
            each = self.case_s.get((server, theme_of(identity)))
            if each is None:
                return None
            work[server] += each
        at_a_time = min(len(work), limits.LANES)
        if not at_a_time:
            return None
        return max(max(work.values()), sum(work.values()) * self.wall.get(at_a_time, 1 / at_a_time))

    def and_now(self, cases: Iterable[Key], work: Mapping[str, Mapping[str, float]], duration_s: float) -> Self:
        """With what a run of ``cases`` took: ``work`` in seconds by server and theme, ``duration_s`` end to end."""
        counts = Counter((server, theme_of(identity)) for identity, server, _ in cases)
        timed = {
            (server, theme): seconds / counts[server, theme]
            for server, by_theme in work.items()
            for theme, seconds in by_theme.items()
            if counts[server, theme]
        }
        total = sum(sum(by_theme.values()) for by_theme in work.values())
        wall = {min(len(work), limits.LANES): duration_s / total} if total else {}
        return replace(self, case_s={**self.case_s, **timed}, wall={**self.wall, **wall})


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """``found`` is what each case came to when it was last carried out here: its status, or ``unsafe``.

    ``known``: whether there was a run at all.
    """

    folder: Path
    found: Mapping[Key, str] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    known: bool = False

    @classmethod
    def here(cls) -> Self:
        """Of the working directory. What cannot be read is as if it were not there: it is a convenience."""
        folder = Path.cwd()
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            told: Any = json.loads(file_of(cache_folder(), folder).read_text(encoding="utf-8"))
            if told["format"] == FORMAT:
                pace = Pace(
                    case_s={(server, theme): float(seconds) for server, theme, seconds in told["case_s"]},
                    wall={int(lanes): float(ratio) for lanes, ratio in told["wall"]},
                )
                found = {(identity, server, client): str(word) for identity, server, client, word in told["found"]}
                return cls(folder=folder, found=found, pace=pace, known=True)
        return cls(folder=folder)

    @property
    def failed(self) -> frozenset[Key]:
        """The cases that did not pass."""
        bad = {Status.FAIL.value, Status.INCONCLUSIVE.value}
        return frozenset(key for key, word in self.found.items() if word in bad)

    @property
    def before(self) -> Before | None:
        """For what is new; None where there was no run."""
        if not self.known:
            return None
        keys = {(identity, server, client or ""): word for (identity, server, client), word in self.found.items()}
        return Before(
            carried_out=frozenset(keys), unsafe=frozenset(key for key, word in keys.items() if word == _UNSAFE)
        )

    def and_now(
        self,
        results: Sequence[CellResult],
        work: Mapping[str, Mapping[str, float]] | None = None,
        duration_s: float = 0,
    ) -> Self:
        """With what a run has found: what it did not carry out stays as it was. For ``work`` see ``Pace.and_now``."""
        now = {(one.id, one.server, one.client): _word(one) for one in results}
        pace = self.pace.and_now(now, work, duration_s) if work else self.pace
        return replace(self, found={**self.found, **now}, pace=pace, known=True)

    def keep(self) -> None:
        """Write it down. Raises OSError."""
        file = file_of(cache(), self.folder)
        file.parent.mkdir(exist_ok=True)
        told = {
            "format": FORMAT,
            "folder": str(self.folder),
            "found": [(*key, word) for key, word in self.found.items()],
            "case_s": [(*pair, round(seconds, 4)) for pair, seconds in self.pace.case_s.items()],
            "wall": list(self.pace.wall.items()),
        }
        replace_file(file, json.dumps(told).encode())


def _word(result: CellResult) -> str:
    unsafe = result.known is not None and result.known.severity is Severity.UNSAFE
    return _UNSAFE if unsafe else result.verdict.status.value


def file_of(cache_: Path, folder: Path) -> Path:
    """Where it is kept for ``folder`` in a cache."""
    return cache_ / KIND / f"{sha256(str(folder).encode()).hexdigest()[:16]}.json"
