"""A comparison for a reader: a first screen of 40 lines at most, whatever was found."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from harness.compare.comparison import Comparison
from harness.compare.differences import Weight
from harness.compare.facts import Fact, again
from harness.exits import Exit

SCREEN = 40
_WIDTH = 150
_AROUND = 5
"""Lines that are not about facts: the sides, what is the same, unsteady, not compared; how it ends."""
_HEADING = {
    Weight.BREAKS: "✗ BREAKS",
    Weight.WEAKER: "! WEAKER",
    Weight.STRICTER: "+ STRICTER",
    Weight.DIFFERENT: "~ DIFFERENT",
    Weight.MENDED: "✓ MENDED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is printed; nothing of it changes what a comparison comes to."""

    whole: bool = False
    """Every fact with all its lines, the unsure differences and what was not compared."""


def lines(comparison: Comparison, code: Exit, view: View) -> Iterator[str]:
    """The text; not longer than ``SCREEN`` unless ``view`` asks for the whole."""
    paired = comparison.paired
    yield f"{paired.before} → {paired.after}: {len(paired.pairs)} cases that both have"
    yield from _facts(comparison, view)
    yield f"= SAME {comparison.same}"
    if comparison.unsure:
        yield _fit(f"? NOT PROVEN {len(comparison.unsure)}: {comparison.unsure[0].unsure.value}")  # type: ignore[union-attr]  # of these it is set
        if view.whole:
            yield from (f"    {' '.join((*one.pair.after.ends, one.pair.after.id))}" for one in comparison.unsure)
    if paired.not_compared:
        why = Counter(one.why for one in paired.not_compared)
        yield _fit(f"- NOT COMPARED {len(paired.not_compared)}: {', '.join(f'{n} {w}' for w, n in why.most_common())}")
        if view.whole:
            yield from (f"    {' '.join((*o.case.ends, o.case.id))}: {o.why}" for o in paired.not_compared)
    yield f"{_end(comparison, code)} (exit {code.value})"


def _end(comparison: Comparison, code: Exit) -> str:
    if code is Exit.INCONCLUSIVE:
        return "Nothing was compared"
    if not comparison.facts:
        return "No difference"
    count = Counter(fact.weight for fact in comparison.facts)
    return ", ".join(f"{weight.value} {count[weight]}" for weight in Weight if count[weight])


def _facts(comparison: Comparison, view: View) -> Iterator[str]:
    weights = [weight for weight in Weight if any(fact.weight is weight for fact in comparison.facts)]
    room = SCREEN - _AROUND - len(weights)
    blocks = [list(_fact(number, fact, comparison)) for number, fact in enumerate(comparison.facts, 1)]
    deep = max((len(block) for block in blocks), default=1)
    if not view.whole:
        while deep > 1 and sum(min(len(block), deep) for block in blocks) > room:
            deep -= 1
    shown = 0
    for weight in weights:
        of = [(f, b) for f, b in zip(comparison.facts, blocks, strict=True) if f.weight is weight]
        yield f"{_HEADING[weight]} {len(of)}"
        for _, block in of:
            if view.whole or shown + min(len(block), deep) < room or (shown < room and block is blocks[-1]):
                yield from block[:deep]
                shown += min(len(block), deep)
            elif shown < room:
                shown = room
                yield "  … the others: --whole"


def _fact(number: int, fact: Fact, comparison: Comparison) -> Iterator[str]:
    """The line that says it, and below it the lines that show it, the most useful first."""
    before, after = fact.turns[0]
    more = f" ({len(fact.turns) - 1} more like it)" if len(fact.turns) > 1 else ""
    who = f", {len(fact.clients)} clients" if len(fact.clients) > 1 else f", {fact.clients[0]}" if fact.clients else ""
    cases = f"{fact.cases} case{'s' * (fact.cases != 1)}"
    yield _fit(f"{number:3} {fact.subject}: {before} → {after}{more}  [{cases}{who}]")
    yield _fit(f"      again: {again(fact.example, comparison.paired.axis)}", cut=False)
    if fact.known:
        yield _fit(f"      known: {fact.known}")
    ours, theirs = fact.said
    if theirs and not fact.example.is_negotiated:
        yield _fit(f"      after: {theirs}")
    if fact.told:
        yield _fit(f"      my.cnf: {', '.join(fact.told)}")
    if ours and not fact.example.is_negotiated:
        yield _fit(f"      before: {ours}")
    yield _fit(f"      for example: {', '.join(one.pair.after.id for one in fact.examples)}")


def _fit(line: str, *, cut: bool = True) -> str:
    return line if len(line) <= _WIDTH or not cut else f"{line[: _WIDTH - 1]}…"
