"""A piece of evidence, parted by the end that it comes from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from harness.reports.evidence_model import AttemptReport, EvidenceReport
from harness.reports.model import CaseReport

_SERVER = "  server"
"""What the server's part of an attempt's lines begins with; all before it is the client's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BothEnds:
    """What was expected of one attempt, and each end's lines about it. Where no client takes part: the server's."""

    label: str
    expected: str
    client: tuple[str, ...]
    server: tuple[str, ...]


def both_ends(case: CaseReport) -> Iterator[BothEnds]:
    """All that the verdict of ``case`` rests on, in order."""
    for piece in case.evidence:
        lines = tuple(piece.evidence().lines())
        client = _client_lines(piece, lines)
        yield BothEnds(
            label=piece.label,
            expected=piece.expected,
            client=_tidied(client, "client: "),
            server=_tidied(lines[len(client) :], "server: "),
        )


def _client_lines(piece: EvidenceReport, lines: Sequence[str]) -> Sequence[str]:
    if not isinstance(piece, AttemptReport):
        return ()
    return tuple(takewhile(lambda line: not line.startswith(_SERVER), lines))


def _tidied(lines: Sequence[str], whose: str) -> tuple[str, ...]:
    """Without the indent and the name of the end: a column's heading has it."""
    return tuple(line.strip().removeprefix(whose) for line in lines)
