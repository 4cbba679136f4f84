"""From what a case came to, to its result: the one place where results are made."""

from collections.abc import Sequence

from harness.judge.known import declared, with_known
from harness.kinds.kind import Cell, Judgement
from harness.manifest import Known
from harness.model.fault import Fault
from harness.model.verdict import Status, Verdict
from harness.runner.results import CellResult, Pending


def pending(cell: Cell, server: str) -> Pending:
    """``cell`` on ``server``, before it has its result."""
    return Pending(id=cell.id, claim=cell.claim, server=server, client=cell.client)


def concluded(cell: Cell, server: str, judged: Judgement, known: Sequence[Known]) -> CellResult:
    """The result of ``cell``, in the light of the declarations ``known``; the first that covers it counts.

    What is declared is no fault of this run.
    """
    entry = declared(known, case_id=cell.id, server=server, client=cell.client)
    verdict = with_known(judged.verdict, entry, outcome=judged.outcome)
    is_known = verdict.status is Status.KNOWN
    return CellResult(
        id=cell.id,
        claim=cell.claim,
        server=server,
        client=cell.client,
        verdict=verdict,
        expected=judged.expected,
        difference=judged.difference,
        outcome=judged.outcome,
        known=entry if is_known else None,
        divergences=cell.theme.divergences if is_known else "",
        proofs=judged.proofs,
        faults=() if is_known else judged.faults,
        duration_s=judged.duration_s,
    )


def not_carried_out(what: Pending, verdict: Verdict, *faults: Fault) -> CellResult:
    """The result of a case for which nothing was done, with the reason in its verdict."""
    return CellResult(
        id=what.id, claim=what.claim, server=what.server, client=what.client, verdict=verdict, faults=faults
    )
