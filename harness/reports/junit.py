"""JUnit XML, as CI systems read it: a suite a server, a test case a cell, evidence in its output."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.model.fault import Fault
from harness.model.verdict import Status
from harness.reports.evidence import evidence_lines
from harness.reports.text import printable
from harness.runner.results import CellResult, Pending, RunReport


def write_junit(report: RunReport, path: Path) -> None:
    """Write ``report``: FAIL is a failure, INCONCLUSIVE an error, SKIPPED skipped, KNOWN passes and says so.

    What was not reached is skipped; faults are errors in a suite of their own.
    """
    document = JUnitXml("dbtls")
    for server in sorted({*(one.server for one in report.results), *(one.server for one in report.not_reached)}):
        suite = TestSuite(printable(server))
        suite.add_property("revision", report.provenance.revision)
        suite.add_property("ended", report.ended.value)
        for result in report.results:
            if result.server == server:
                suite.add_testcase(_test_case(result, report.options))
        for one in report.not_reached:
            if one.server == server:
                suite.add_testcase(_not_reached(one, report.ended.value))
        document.add_testsuite(suite)
    if report.faults:
        suite = TestSuite("faults")
        for fault in report.faults:
            suite.add_testcase(_fault(fault))
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]  # junitparser leaves it untyped
    document.write(str(path), pretty=True)


def _not_reached(one: Pending, ended: str) -> TestCase:
    case = TestCase(printable(one.id), _class_name(one))
    case.result = [Skipped(f"not reached: the run was {ended}", "not-reached")]
    return case


def _class_name(case: CellResult | Pending) -> str:
    return printable(case.server if case.client is None else f"{case.server}.{case.client}")


def _fault(fault: Fault) -> TestCase:
    case = TestCase(printable(fault.what), printable(fault.place.replace(" ", ".")))
    case.result = [Error(printable(fault.what), "fault")]
    case.system_out = printable("\n".join(_fault_lines(fault)))
    return case


def _fault_lines(fault: Fault) -> Iterator[str]:
    yield from fault.detail
    yield from fault.traceback
    yield f"hint: {fault.remedy}"
    yield from (f"cost: {case}" for case in fault.cases)


def _test_case(result: CellResult, options: Sequence[str]) -> TestCase:
    case = TestCase(printable(result.id), _class_name(result), result.duration_s)
    evidence = [f"claim: {result.claim}", f"one difference: {result.difference}"]
    evidence += [line for proof in result.proofs for line in evidence_lines(proof)]
    case.system_out = printable("\n".join([*evidence, f"again: {result.rerun(options)}"]))
    reason = printable(result.verdict.reason)
    match result.verdict.status:
        case Status.FAIL:
            case.result = [Failure(reason, "fail")]
        case Status.INCONCLUSIVE:
            case.result = [Error(reason, "inconclusive")]
        case Status.SKIPPED:
            case.result = [Skipped(reason, "skipped")]
        case Status.KNOWN:
            case.system_err = f"known deviation: {reason}"
        case Status.PASS:
            pass
    return case
