"""Reports of several runs as one."""

from dataclasses import replace

from harness.exits import Exit
from harness.model.verdict import Status
from harness.reports.making import report_of
from harness.reports.merging import merged
from harness.reports.model import FailOn
from harness.runner.results import Ended, Pending, RunReport
from tests.reports.samples import BROKEN, EVERYTHING, FINE
from tests.runner.reports import FAULT, MISSING, PROVENANCE, SERVER, report, result


def _named(identity: str, status: Status = Status.PASS, server: str = "mysql-9.7") -> RunReport:
    return report(replace(result(status, identity), server=server))


def test_one_report_is_itself() -> None:
    for made in (EVERYTHING, FINE, BROKEN):
        assert merged({"a": report_of(made)}).report == report_of(made)


def test_disjoint_cases_join_in_order_with_both_runs() -> None:
    other = replace(_named("b::x"), provenance=replace(PROVENANCE, command="dbtls run other"))
    sum_ = merged({"b": report_of(other), "a": report_of(_named("a::x"))})
    assert sum_.notes == ()
    assert [case.id for case in sum_.report.cases] == ["a::x", "b::x"]
    assert [run.command for run in sum_.report.provenance.runs] == ["dbtls run other", "dbtls run"]
    assert [server.name for server in sum_.report.provenance.servers] == ["mysql-9.7"]
    assert sum_.report.spent_s == {"start": 4.0, "clients": 2.47}
    assert sum_.report.duration_s == report_of(other).duration_s


def test_a_server_that_differs_between_runs_stands_there_twice() -> None:
    other = replace(_named("b::x"), provenance=replace(PROVENANCE, servers=(replace(SERVER, version="9.7.5"),)))
    sum_ = merged({"a": report_of(_named("a::x")), "b": report_of(other)})
    assert [(one.name, one.version) for one in sum_.report.provenance.servers] == [
        ("mysql-9.7", "9.7.4"),
        ("mysql-9.7", "9.7.5"),
    ]


def test_of_a_case_that_is_in_two_the_worse_counts_and_is_named() -> None:
    passed, failed = report_of(_named("a::x")), report_of(_named("a::x", Status.FAIL))
    for reports in ({"one": passed, "two": failed}, {"two": failed, "one": passed}):
        sum_ = merged(reports)
        assert [case.status for case in sum_.report.cases] == [Status.FAIL]
        first, second = reports
        assert sum_.notes == (f"a::x mysql-9.7 pymysql is in {first} and {second}: fail of two counts",)
        assert sum_.report.exit_code is Exit.FAILED


def test_what_one_run_did_not_reach_another_has() -> None:
    left = Pending(id="a::x", claim="It is so.", server="mysql-9.7", client="pymysql")
    cut = report(result(Status.PASS, "b::x"), not_reached=(left, replace(left, id="c::x")), ended=Ended.INTERRUPTED)
    sum_ = merged({"cut": report_of(cut), "rest": report_of(_named("a::x"))})
    assert [one.id for one in sum_.report.not_reached] == ["c::x"]
    assert (sum_.report.ended, sum_.report.exit_code) == (Ended.INTERRUPTED, Exit.INTERRUPTED)


def test_a_fault_that_two_met_is_one_with_all_that_it_cost() -> None:
    parts = {name: report_of(report(faults=(replace(FAULT, cases=(name,)),))) for name in ("a", "b")}
    (fault,) = merged(parts).report.faults
    assert fault.cases == ("a", "b")


def test_what_is_missing_is_missing_once_and_may_be_allowed_afterwards() -> None:
    parts = {name: report_of(report(result(Status.PASS, name), missing=(MISSING,))) for name in ("a", "b")}
    assert merged(parts).report.exit_code is Exit.INCONCLUSIVE
    assert len(merged(parts).report.missing) == 1
    assert merged(parts, allow_missing=True).report.exit_code is Exit.PASSED


def test_what_is_to_fail_is_what_any_run_says_and_what_is_asked_for_now() -> None:
    skipped, passed = report_of(_named("a::x", Status.SKIPPED), fail_on=(FailOn.UNSAFE,)), report_of(_named("b::x"))
    sum_ = merged({"a": skipped, "b": passed}, fail_on=(FailOn.SKIPPED,))
    assert sum_.report.fail_on == (FailOn.UNSAFE, FailOn.SKIPPED)
    assert (sum_.report.exit_code, merged({"a": skipped, "b": passed}).report.exit_code) == (Exit.FAILED, Exit.PASSED)
