"""How long reloads took, each by the clock of one writer."""

from collections.abc import Iterable, Iterator

from harness.judge.rotation.facts import Facts
from harness.model.history import Act, ActKind


def reload_times(facts: Facts) -> Iterator[tuple[str, float]]:
    """Steps, and seconds from reload sent to reload returned, at each worker's client."""
    for worker in facts.workers:
        yield from _spans(worker.acts, ActKind.RELOADING, ActKind.RELOADED).values()


def server_times(facts: Facts) -> Iterator[tuple[str, float]]:
    """Steps, and seconds that each change of the server took.

    Each writer's span holds the change and what kept that writer from its line: the shortest is the nearest.
    """
    spans = [
        _spans(acts, ActKind.SERVER_CHANGING, ActKind.SERVER_CHANGED)
        for acts in (facts.conductor.acts, *(worker.acts for worker in facts.workers))
    ]
    for place, (step, seconds) in spans[0].items():
        yield step, min(seconds, *(span[place][1] for span in spans[1:] if place in span), seconds)


def _spans(acts: Iterable[Act], first: ActKind, second: ActKind) -> dict[int, tuple[str, float]]:
    """By the place of the second act."""
    found: dict[int, tuple[str, float]] = {}
    began: Act | None = None
    for place, act in enumerate(acts, start=1):
        if act.kind is first:
            began = act
        elif act.kind is second and began is not None:
            found[place] = (act.step, act.at_s - began.at_s)
            began = None
    return found
