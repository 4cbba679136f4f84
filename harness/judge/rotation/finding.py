"""How checkers say what they found."""

from collections import Counter
from collections.abc import Sequence

from harness.judge.rotation.facts import Anomaly, Facts, Tally
from harness.model.rotated import Finding
from harness.model.verdict import Status

_MOST_WORDS = 4
_MOST_SAID = 300


def passed(checker: str, reason: str) -> Finding:
    return Finding(checker=checker, status=Status.PASS, reason=reason)


def failed(checker: str, reason: str, step: str = "") -> Finding:
    return Finding(checker=checker, status=Status.FAIL, reason=reason, step=step)


def inconclusive(checker: str, reason: str, step: str = "") -> Finding:
    return Finding(checker=checker, status=Status.INCONCLUSIVE, reason=reason, step=step)


def listed(facts: Facts, anomalies: Sequence[tuple[Anomaly, Tally]]) -> str:
    """Oddities by what they are, the most frequent first; the steps behind the first; what the first driver said."""
    counts: Counter[str] = Counter()
    for anomaly, tally in anomalies:
        at = f" of {anomaly.pool}" if anomaly.pool else ""
        counts[f"{anomaly.kind.value}{at}: {anomaly.words}"] += tally.count
    words = shortened([f"{count:,} × {what}" for what, count in counts.most_common()])
    steps = list(dict.fromkeys(facts.step(anomaly.place) for anomaly, _ in anomalies))
    also = f"; also at {shortened([f'«{step}»' for step in steps[1:]])}" if len(steps) > 1 else ""
    said = anomalies[0][1].said
    return words + (f"; the first said: {_cut(said)}" if said else "") + also


def shortened(parts: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = len(parts) - _MOST_WORDS
    return ", ".join(parts[:_MOST_WORDS]) + (f" and {more:,} more" if more > 0 else "")


def plural(count: int, noun: str) -> str:
    """``count`` of ``noun``, with separators of thousands."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def total(anomalies: Sequence[tuple[Anomaly, Tally]]) -> int:
    return sum(tally.count for _, tally in anomalies)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SAID else text[:_MOST_SAID] + "…"
