"""The evidence about a case, as lines for a reader: what was expected of each part of it, and what was seen."""

from collections.abc import Iterator

from harness.kinds.kind import Evidence
from harness.runner.results import CellResult


def result_lines(result: CellResult) -> Iterator[str]:
    """What was changed, and all that the verdict rests on."""
    if result.difference:
        yield f"one difference: {result.difference}"
    for proof in result.proofs:
        yield from evidence_lines(proof)


def evidence_lines(proof: Evidence) -> Iterator[str]:
    """What was expected, and what there is to show for what came of it."""
    yield f"{proof.label}: expected {proof.expected}"
    yield from proof.lines()
