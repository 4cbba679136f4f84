"""Figures: the counts and times of a history."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from harness.judge.rotation.facts import AnomalyKind, Facts, Use, WorkerSummary
from harness.judge.rotation.generator import reached
from harness.judge.rotation.latency import reload_times, server_times
from harness.judge.rotation.reconciled import counts
from harness.model.history import ActKind, Generation, Kind
from harness.model.rotated import Figures, GenerationFigures


def figures(facts: Facts) -> Figures:
    """All of them."""
    failures = _failures(facts)
    served = sum((worker.served for worker in facts.workers), Counter[Kind]())
    stall = max((worker.stall for worker in facts.workers), key=lambda stall: stall.lasted_s, default=None)
    counted = counts(facts)
    return Figures(
        attempts=_kinds(sum((worker.begun for worker in facts.workers), Counter[Kind]())),
        served=_kinds(served),
        failures=failures,
        indeterminate=sum(tally.count for _, tally in facts.anomalies(AnomalyKind.INDETERMINATE)),
        bound=3 / served.total() if served and not failures else None,
        asked=facts.terms.rate,
        reached=reached(facts),
        longest_stall_s=stall.lasted_s if stall else 0.0,
        stalled_at=facts.step(stall.place) if stall else "",
        lag_max_s=facts.lag_max_s,
        cpu_max=max((worker.health.cpu_max for worker in facts.workers), default=0.0),
        probe_cpu_max=max((worker.health.probe_cpu_max for worker in facts.workers), default=0.0),
        peak_connections=max((sum(census.sessions.values()) for _, census in facts.conductor.counts), default=0),
        client_connections=sum(worker.connects for worker in facts.workers),
        server_connections=None if counted is None else counted.server,
        reload_s=max((seconds for _, seconds in reload_times(facts)), default=None),
        server_change_s=max((seconds for _, seconds in server_times(facts)), default=None),
        generations=tuple(_generation(facts, generation) for generation in facts.conductor.generations),
    )


def _kinds(counted: Mapping[Kind, int]) -> dict[Kind, int]:
    return {kind: counted[kind] for kind in Kind if counted.get(kind)}


def _failures(facts: Facts) -> dict[str, int]:
    """By kind and cause; those of a refused reload's own try too."""
    found: Counter[str] = Counter()
    for anomaly, tally in facts.anomalies(AnomalyKind.FAILED, AnomalyKind.REFUSED_TRY):
        found[f"{anomaly.kind.value}: {anomaly.words}"] += tally.count
    return dict(found)


def _generation(facts: Facts, generation: Generation) -> GenerationFigures:
    pairs = list(facts.uses(generation.number))
    uses = [use for _, use in pairs]
    return GenerationFigures(
        number=generation.number,
        rotation=generation.rotation,
        served=sum(use.served for use in uses),
        first_connect_s=_least(_since(pairs, "first_connect_s")),
        first_pooled_s=_least(_since(pairs, "first_pooled_s")),
        last_use_s=max(_last_uses(uses), default=None),
        drained=sum(use.drained for use in uses),
    )


def _since(pairs: Iterable[tuple[WorkerSummary, Use]], what: str) -> Iterator[float]:
    """From the publication's begin, or the load's, to the first use, by each worker's own clock."""
    for each, use in pairs:
        first_s: float | None = getattr(use, what)
        begin_s = each.time_of(ActKind.BEGIN) if use.published_s is None else use.published_s
        if first_s is not None and begin_s is not None:
            yield first_s - begin_s


def _last_uses(uses: Iterable[Use]) -> Iterator[float]:
    for use in uses:
        if use.superseded_s is not None and use.last_use_s is not None:
            yield max(0.0, use.last_use_s - use.superseded_s)


def _least(times: Iterable[float]) -> float | None:
    return min(times, default=None)
