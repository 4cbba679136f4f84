"""A comparison as JSON, format ``dbtls-comparison/1``."""

from typing import Any

from harness.compare.comparison import Comparison
from harness.compare.differences import Difference
from harness.compare.facts import Fact, again
from harness.compare.pairing import Axis
from harness.exits import Exit

FORMAT = "dbtls-comparison/1"


def as_json(comparison: Comparison, code: Exit) -> dict[str, Any]:
    """``comparison`` as plain data: every fact with all its cases."""
    paired = comparison.paired
    return {
        "format": FORMAT,
        "exit_code": code.value,
        "axis": paired.axis.value,
        "before": paired.before,
        "after": paired.after,
        "compared": len(paired.pairs),
        "same": comparison.same,
        "facts": [_fact(fact, paired.axis) for fact in comparison.facts],
        "not_proven": [{**_cell(one), "why": one.unsure.value if one.unsure else ""} for one in comparison.unsure],
        "not_compared": [
            {"id": one.case.id, "server": one.case.server, "client": one.case.client, "why": one.why}
            for one in paired.not_compared
        ],
    }


def _fact(fact: Fact, axis: Axis) -> dict[str, Any]:
    before, after = fact.said
    return {
        "class": fact.weight.value,
        "subject": fact.subject,
        "before": fact.turns[0][0],
        "after": fact.turns[0][1],
        "said_before": before,
        "said_after": after,
        "options": list(fact.told),
        "known": fact.known,
        "again": again(fact.example, axis),
        "cases": [_cell(one) for one in fact.differences],
    }


def _cell(one: Difference) -> dict[str, Any]:
    case = one.pair.after
    return {"id": case.id, "server": case.server, "client": case.client, "before": one.before, "after": one.after}
