"""From what a case came to, to its result: the one place where results are made."""

from harness.judge.known import with_known
from harness.kinds.kind import Cell, Judgement
from harness.kinds.registry import kind_of
from harness.knowledge.rows import Known
from harness.model.fault import Fault
from harness.model.obstacle import Obstacle
from harness.model.verdict import Status, Verdict
from harness.runner.results import CellResult, Pending


def pending(cell: Cell, server: str) -> Pending:
    """``cell`` on ``server``, before it has its result."""
    return Pending(id=cell.id, claim=cell.claim, server=server, client=cell.client)


def concluded(cell: Cell, server: str, judged: Judgement, row: Known | None, *, unmeasured: str = "") -> CellResult:
    """The result of ``cell``, in the light of ``row``, the known deviation that covers it, if one does.

    ``unmeasured`` says where that was measured if not on these versions. A known deviation is no fault of this run.
    """
    verdict = with_known(judged.verdict, row, outcome=judged.outcome, unmeasured=unmeasured)
    is_known = verdict.status is Status.KNOWN
    return CellResult(
        id=cell.id,
        claim=cell.claim,
        server=server,
        client=cell.client,
        verdict=verdict,
        obstacle=judged.obstacle if verdict.status is Status.SKIPPED else None,
        expected=judged.expected,
        difference=judged.difference,
        outcome=judged.outcome,
        case=kind_of(cell.made).as_data(cell.made),
        known=row if is_known else None,
        unmeasured=unmeasured if is_known else "",
        divergences=cell.theme.divergences if is_known else "",
        proofs=judged.proofs,
        faults=() if is_known else judged.faults,
        duration_s=judged.duration_s,
    )


def not_carried_out(what: Pending, verdict: Verdict, *faults: Fault, obstacle: Obstacle | None = None) -> CellResult:
    """The result of a case for which nothing was done, with the reason in its verdict."""
    return CellResult(
        id=what.id,
        claim=what.claim,
        server=what.server,
        client=what.client,
        verdict=verdict,
        obstacle=obstacle,
        faults=faults,
    )
