"""What a picture of a rotation shows: the server's sessions by generation over time, and the acts."""

from collections import Counter
from collections.abc import Iterator

from harness.judge.rotation.facts import Facts
from harness.model.history import Act, ActKind
from harness.model.rotated import Mark, Moment


def moments(facts: Facts) -> tuple[Moment, ...]:
    """Each census. Generations of one account cannot be told apart there: the newest published so far has it all."""
    return tuple(_moments(facts))


def _moments(facts: Facts) -> Iterator[Moment]:
    conductor = facts.conductor
    begin_s = conductor.time_of(ActKind.BEGIN)
    if begin_s is None:
        return
    by_account: dict[str, int] = {}
    for generation in reversed(conductor.generations):
        if generation.account is not None:
            by_account[generation.account] = generation.number
    looked_at = 0
    for after, census in conductor.counts:
        for act in conductor.acts[looked_at:after]:
            generation_now = None if act.generation is None else conductor.by_number.get(act.generation)
            if generation_now is not None and generation_now.account is not None:
                by_account[generation_now.account] = generation_now.number
        looked_at = after
        sessions: Counter[int | None] = Counter()
        for account, count in census.sessions.items():
            sessions[by_account.get(account)] += count
        yield Moment(at_s=census.at_s - begin_s, sessions=dict(sessions))


def marks(facts: Facts) -> tuple[Mark, ...]:
    """The acts that are done, each by what it changed."""
    acts = facts.conductor.acts
    begin_s = facts.conductor.time_of(ActKind.BEGIN)
    if begin_s is None:
        return ()
    return tuple(
        Mark(at_s=act.at_s - begin_s, text=text)
        for place, act in enumerate(acts)
        if (text := _text(act, reloads=acts[place + 1 : place + 2])) is not None
    )


def _text(act: Act, *, reloads: tuple[Act, ...]) -> str | None:
    match act.kind:
        case ActKind.BEGIN:
            return "the load begins"
        case ActKind.END:
            return "the load ends"
        case ActKind.RELOADED:
            return f"{act.step}: {'reload refused' if act.refused else 'reloaded'}"
        case ActKind.SERVER_CHANGED:
            return f"{act.step}: {'change refused' if act.refused else 'server changed'}"
        case ActKind.PUBLISHED if not (reloads and reloads[0].kind is ActKind.RELOADING):
            return f"{act.step}: published"
        case _:
            return None
