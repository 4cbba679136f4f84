"""What a run comes to."""

import itertools

import pytest

from harness.errors import EngineError
from harness.exits import Exit
from harness.model.fault import Fault
from harness.model.verdict import Status
from harness.runner.results import Ended
from tests.runner.reports import FAULT, MISSING, report, result

PASS, KNOWN, SKIPPED, INCONCLUSIVE, FAIL = Status


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([PASS], 0),
        ([KNOWN], 0),
        ([PASS, KNOWN, SKIPPED], 0),
        ([], 3),
        ([SKIPPED], 3),
        ([PASS, INCONCLUSIVE], 3),
        ([PASS, FAIL], 1),
        ([FAIL], 1),
        ([PASS, FAIL, INCONCLUSIVE], 1),
    ],
)
@pytest.mark.parametrize("allow_missing", [False, True])
def test_the_exit_code_is_the_worst_and_nothing_proved_is_no_success(
    statuses: list[Status], code: int, allow_missing: bool
) -> None:
    results = [result(status) for status in statuses]
    for order in itertools.permutations(results):
        assert report(*order).exit_code(allow_missing=allow_missing) == code


@pytest.mark.parametrize(
    ("statuses", "allowed", "not_allowed"),
    [([PASS], 0, 3), ([PASS, FAIL], 1, 1), ([SKIPPED], 3, 3), ([INCONCLUSIVE], 3, 3)],
)
def test_a_missing_build_is_inconclusive_unless_it_is_allowed(
    statuses: list[Status], allowed: int, not_allowed: int
) -> None:
    made = report(*map(result, statuses), missing=(MISSING,))
    assert (made.exit_code(allow_missing=True), made.exit_code(allow_missing=False)) == (allowed, not_allowed)


@pytest.mark.parametrize("statuses", [[], [PASS], [PASS, FAIL, INCONCLUSIVE]])
@pytest.mark.parametrize(
    ("ended", "code"),
    [(Ended.FINISHED, Exit.FAULT), (Ended.INTERRUPTED, Exit.INTERRUPTED), (Ended.TERMINATED, Exit.TERMINATED)],
)
def test_a_fault_outweighs_verdicts_and_the_end_of_the_run_outweighs_a_fault(
    statuses: list[Status], ended: Ended, code: Exit
) -> None:
    made = report(*map(result, statuses), faults=(FAULT,), ended=ended)
    assert made.exit_code(allow_missing=True) == code


def test_an_error_is_a_fault_of_whoever_it_is_of() -> None:
    engine = EngineError("the engine died", remedy="start it", detail=["its last line"])
    assert Fault.of(engine, server="s") == Fault(
        what="the engine died", remedy="start it", server="s", detail=("its last line",)
    )
    full = OSError(28, "No space left on device", "stores/x")
    assert Fault.of(full) == Fault(
        what="stores/x: No space left on device", remedy="free some disk space, or point TMPDIR elsewhere"
    )
    try:
        [].pop()
    except IndexError as error:
        defect = Fault.of(error, server="s", client="c")
    assert (defect.what, defect.place) == ("a defect of dbtls: IndexError: pop from empty list", "s c")
    assert defect.detail == ()
    assert len(defect.traceback) == 1
    assert defect.traceback[0].startswith(f"{__file__}:")


def test_statuses_are_counted() -> None:
    made = report(result(PASS), result(FAIL), result(PASS))
    assert [made.count(status) for status in Status] == [2, 0, 0, 0, 1]


def test_a_result_says_how_to_run_just_it_again() -> None:
    again = "dbtls run --server mysql-9.7 --client pymysql --scenario versions::pair/TLSv1.2+TLSv1.3"
    made = result(PASS, "versions::pair/TLSv1.2+TLSv1.3")
    assert made.rerun(()) == again
    assert made.rerun(("--servers", "my folder")) == f"{again} --servers 'my folder'"
