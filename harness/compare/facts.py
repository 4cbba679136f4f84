"""Facts: differences grouped by the one thing that explains them."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.compare.differences import DEFAULT_CIPHER, Difference, Weight, changed, decisive
from harness.compare.pairing import Axis
from harness.model.outcome import Cause
from harness.names import scenario_of
from harness.reports.evidence_model import StartReport, evidence_lines
from harness.reports.model import CaseReport

EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One change and every difference that it explains, in the order of their cases."""

    weight: Weight
    subject: str
    differences: tuple[Difference, ...]

    @property
    def example(self) -> Difference:
        """The difference that shows it best: of those that decide its weight the first."""
        return self.differences[0]

    @property
    def examples(self) -> tuple[Difference, ...]:
        """Some that differ in their case, three at most."""
        return tuple({one.pair.after.id: one for one in reversed(self.differences)}.values())[::-1][:EXAMPLES]

    @property
    def turns(self) -> tuple[tuple[str, str], ...]:
        """What was seen before and after, each such pair once."""
        return tuple(dict.fromkeys((one.before, one.after) for one in self.differences))

    @property
    def cases(self) -> int:
        """How many cells show it."""
        return len({one.pair.after.key for one in self.differences})

    @property
    def clients(self) -> tuple[str, ...]:
        """The clients of these cells."""
        return tuple(sorted({one.pair.after.client for one in self.differences if one.pair.after.client}))

    @property
    def told(self) -> tuple[str, ...]:
        """The options of the server that these cases set, as in my.cnf."""
        found = dict.fromkeys(
            str(option)
            for one in self.differences
            for option in changed(one.pair.after).get("options", {}).get("set", ())
        )
        return tuple(found)

    @property
    def said(self) -> tuple[str, str]:
        """The last line that each end had to say of the example; empty where it said nothing."""
        return _said(self.example.pair.before), _said(self.example.pair.after)

    @property
    def known(self) -> str:
        """What the product's knowledge says of it, with the source; empty where it has nothing."""
        for one in self.differences:
            for case in (one.pair.after, one.pair.before):
                if not one.is_negotiated and case.known is not None:
                    return f"{case.known.reason} ({case.known.source})"
        return ""


def facts(found: Iterable[Difference]) -> tuple[Fact, ...]:
    """The differences that are sure, grouped; the gravest first."""
    groups: dict[tuple[object, ...], list[Difference]] = {}
    for one in _named_alike([one for one in found if one.unsure is None]):
        groups.setdefault(_key(one), []).append(one)
    made = [Fact(weight=of[0].weight, subject=of[0].subject, differences=_clearest(of)) for of in groups.values()]
    order = list(Weight)
    return tuple(sorted(_joined(made), key=lambda fact: (order.index(fact.weight), -fact.cases, fact.subject)))


def _named_alike(found: list[Difference]) -> list[Difference]:
    """With the cause that a client names exactly also where another, in the same case, says less: a lost connection,
    or several causes between which its text does not tell."""
    exact: dict[tuple[object, ...], str] = {}
    for one in sorted(found, key=_vagueness):
        exact.setdefault(_change(one), one.subject)
    return [one if _vagueness(one) == 0 else _renamed(one, exact[_change(one)]) for one in found]


def _renamed(one: Difference, exact: str) -> Difference:
    turn = tuple(exact if part == one.subject else part for part in one.turn)
    return replace(one, subject=exact, turn=(turn[0], turn[1]))


def _vagueness(one: Difference) -> int:
    """How many causes it leaves open; a lost connection is none."""
    return 99 if one.subject == Cause.CONNECTION_LOST.value else one.subject.count(" or ")


def _change(one: Difference) -> tuple[object, ...]:
    """The change that the case makes, however its clients are called, and where it leads."""
    case = one.pair.after
    return (scenario_of(case.id), case.difference, one.weight, one.is_negotiated, one.turn[1] == "accepted")


def _clearest(found: list[Difference]) -> tuple[Difference, ...]:
    """Those of which the case sets one option first: they show what it does alone."""
    return tuple(sorted(found, key=lambda one: (len(one.pair.after.difference), one.pair.after.id)))


def _key(one: Difference) -> tuple[object, ...]:
    """Same weight, same thing. Refusals are told apart by what they became; starts by where they end."""
    if one.subject == DEFAULT_CIPHER:
        return (one.weight, one.subject)
    if one.subject.startswith(("option", "no option")):
        return (one.weight, one.subject, one.turn[1])
    if one.weight is Weight.DIFFERENT and not one.is_negotiated:
        return (one.weight, one.subject, one.turn[1])
    return (one.weight, one.subject, one.turn)


def _joined(made: list[Fact]) -> list[Fact]:
    """With what clients see of an option in the fact of the server's own start with it, where there is one."""
    order = list(Weight)
    starts = sorted((fact for fact in made if _is_of_starts(fact)), key=lambda fact: order.index(fact.weight))
    rest = []
    for fact in made:
        grave = next((one for one in starts if one.subject == fact.subject), None)
        if _is_of_starts(fact):
            continue
        if grave is not None and fact.weight is Weight.DIFFERENT:
            starts[starts.index(grave)] = replace(grave, differences=grave.differences + fact.differences)
        else:
            rest.append(fact)
    return [*starts, *rest]


def _is_of_starts(fact: Fact) -> bool:
    return any(isinstance(piece, StartReport) for one in fact.differences for piece in one.pair.after.evidence)


def _said(case: CaseReport) -> str:
    last = decisive(case)
    if last is None:
        return ""
    if isinstance(last, StartReport):
        lines = [line for line in (*last.log, last.error) if line and "Aborting" not in line]
        errors = [line for line in lines if "[ERROR]" in line]
        return (errors or lines or [""])[-1] if case.outcome.startswith("refuses") else (lines or [""])[0]
    return " ".join(list(evidence_lines(last))[1:2])


def again(one: Difference, axis: Axis) -> str:
    """The command that shows both verdicts again; of two reports, the later one's."""
    before, after = one.pair.before, one.pair.after
    words = ["dbtls", "run", "--server", after.server]
    if axis is Axis.SERVER:
        words[2:] = ["--server", before.server, "--server", after.server]
    clients = [after.client] if axis is not Axis.CLIENT else [before.client, after.client]
    for client in clients:
        if client is not None:
            words += ["--client", client]
    return shlex.join([*words, "--scenario", after.id])
