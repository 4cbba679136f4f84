"""A piece of evidence, parted by the end that it comes from, and by what passed between the ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.reports.evidence_model import AttemptReport
from harness.reports.model import CaseReport

_ENDS = ("  client", "  wire", "  server")
"""What each part of an attempt's lines begins with, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BothEnds:
    """What was expected of one attempt, and the lines of each end and the wire about it.

    Where no client takes part, all lines are the server's.
    """

    label: str
    expected: str
    client: tuple[str, ...]
    wire: tuple[str, ...]
    server: tuple[str, ...]


def both_ends(case: CaseReport) -> Iterator[BothEnds]:
    """All that the verdict of ``case`` rests on, in order."""
    for piece in case.evidence:
        lines = tuple(piece.evidence().lines())
        parts = _parted(lines) if isinstance(piece, AttemptReport) else ((), (), lines)
        client, wire, server = map(_tidied, parts, _ENDS)
        yield BothEnds(label=piece.label, expected=piece.expected, client=client, wire=wire, server=server)


def _parted(lines: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The client's lines, the wire's, the server's: each from the first that begins as its lines do."""
    starts = [next((at for at, line in enumerate(lines) if line.startswith(end)), None) for end in _ENDS]
    parts: list[tuple[str, ...]] = []
    for number, start in enumerate(starts):
        stop = next((other for other in starts[number + 1 :] if other is not None), len(lines))
        parts.append(() if start is None else tuple(lines[start:stop]))
    return tuple(parts)


def _tidied(lines: Sequence[str], whose: str) -> tuple[str, ...]:
    """Without the indent and the name of the end: a column's heading has it."""
    return tuple(line.strip().removeprefix(f"{whose.strip()}: ") for line in lines)
