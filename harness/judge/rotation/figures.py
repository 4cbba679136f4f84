"""Figures: the counts and times of a history."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from harness.judge.rotation.facts import Facts, Met, Odd, Use
from harness.judge.rotation.generator import reached
from harness.judge.rotation.latency import reload_times, server_times
from harness.judge.rotation.reconciled import counts
from harness.model.history import ActKind, Generation, Kind
from harness.model.rotated import Figures, GenerationFigures


def figures(facts: Facts) -> Figures:
    """All of them."""
    failures = _failures(facts)
    served = sum((met.served for met in facts.met), Counter[Kind]())
    stall = max((met.stall for met in facts.met), key=lambda stall: stall.lasted_s, default=None)
    counted = counts(facts)
    return Figures(
        attempts=_kinds(sum((met.begun for met in facts.met), Counter[Kind]())),
        served=_kinds(served),
        failures=failures,
        indeterminate=sum(tally.count for _, tally in facts.odd(Odd.INDETERMINATE)),
        bound=3 / served.total() if served and not failures else None,
        asked=facts.terms.rate,
        reached=reached(facts),
        longest_stall_s=stall.lasted_s if stall else 0.0,
        stalled_at=facts.step(stall.place) if stall else "",
        lag_max_s=facts.lag_max_s,
        cpu_max=max((met.health.cpu_max for met in facts.met), default=0.0),
        probe_cpu_max=max((met.health.probe_cpu_max for met in facts.met), default=0.0),
        peak_connections=max((sum(census.sessions.values()) for _, census in facts.conducted.counts), default=0),
        client_connections=sum(met.connects for met in facts.met),
        server_connections=None if counted is None else counted.server,
        reload_s=max((seconds for _, seconds in reload_times(facts)), default=None),
        server_change_s=max((seconds for _, seconds in server_times(facts)), default=None),
        generations=tuple(_generation(facts, generation) for generation in facts.conducted.generations),
    )


def _kinds(counted: Mapping[Kind, int]) -> dict[Kind, int]:
    return {kind: counted[kind] for kind in Kind if counted.get(kind)}


def _failures(facts: Facts) -> dict[str, int]:
    """By kind and cause; those of a refused reload's own try too."""
    found: Counter[str] = Counter()
    for oddity, tally in facts.odd(Odd.FAILED, Odd.REFUSED_TRY):
        found[f"{oddity.kind.value}: {oddity.words}"] += tally.count
    return dict(found)


def _generation(facts: Facts, generation: Generation) -> GenerationFigures:
    met = list(facts.uses(generation.number))
    uses = [use for _, use in met]
    return GenerationFigures(
        number=generation.number,
        rotation=generation.rotation,
        served=sum(use.served for use in uses),
        first_connect_s=_least(_since(met, "first_connect_s")),
        first_pooled_s=_least(_since(met, "first_pooled_s")),
        last_use_s=max(_last_uses(uses), default=None),
        drained=sum(use.drained for use in uses),
    )


def _since(met: Iterable[tuple[Met, Use]], what: str) -> Iterator[float]:
    """From the publication's begin, or the load's, to the first use, by each worker's own clock."""
    for each, use in met:
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
