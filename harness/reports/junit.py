"""JUnit XML, as CI systems read it: a suite a server, a test case a cell, evidence in its output."""

from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.model.verdict import Status
from harness.reports.evidence import evidence_lines
from harness.reports.text import printable
from harness.runner.results import CellResult, RunReport


def write_junit(report: RunReport, path: Path) -> None:
    """Write ``report``: FAIL is a failure, INCONCLUSIVE an error, SKIPPED skipped, KNOWN passes and says so."""
    document = JUnitXml("dbtls")
    for server in sorted({result.server for result in report.results}):
        suite = TestSuite(printable(server))
        suite.add_property("revision", report.provenance.revision)
        for result in report.results:
            if result.server == server:
                suite.add_testcase(_test_case(result))
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]  # junitparser leaves it untyped
    document.write(str(path), pretty=True)


def _test_case(result: CellResult) -> TestCase:
    case = TestCase(printable(result.id), printable(f"{result.server}.{result.client}"), result.duration_s)
    evidence = [f"claim: {result.claim}", f"one difference: {result.difference}"]
    evidence += [line for proof in result.proofs for line in evidence_lines(proof)]
    case.system_out = printable("\n".join([*evidence, f"again: {result.rerun}"]))
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
