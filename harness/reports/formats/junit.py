"""JUnit XML, as CI systems read it: a suite a server, a test case a cell, evidence in its output.

FAIL is a failure, INCONCLUSIVE an error, SKIPPED skipped, KNOWN passes and says so. What was not reached is skipped;
faults are errors in a suite of their own.
"""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.model.verdict import Status
from harness.reports.format import Format
from harness.reports.text import printable

if TYPE_CHECKING:
    from junitparser import TestCase

    from harness.reports.model import CaseReport, FaultReport, PendingReport, Report


def text(report: "Report") -> str:
    """``report`` as one document."""
    from junitparser import JUnitXml, TestSuite  # a fifth of the time that a help may take

    document = JUnitXml("dbtls")
    revision = ", ".join(dict.fromkeys(run.revision for run in report.provenance.runs))
    for server in sorted({*(case.server for case in report.cases), *(one.server for one in report.not_reached)}):
        suite = TestSuite(printable(server))
        suite.add_property("revision", revision)
        suite.add_property("ended", report.ended.value)
        for case in report.cases:
            if case.server == server:
                suite.add_testcase(_test_case(case))
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
    written = io.BytesIO()
    document.write(written, pretty=True)
    return written.getvalue().decode("utf-8")


def _not_reached(one: "PendingReport", ended: str) -> "TestCase":
    from junitparser import Skipped, TestCase

    case = TestCase(printable(one.id), _class_name(one))
    case.result = [Skipped(f"not reached: the run was {ended}", "not-reached")]
    return case


def _class_name(case: "CaseReport | PendingReport") -> str:
    return printable(case.server if case.client is None else f"{case.server}.{case.client}")


def _fault(fault: "FaultReport") -> "TestCase":
    from junitparser import Error, TestCase

    case = TestCase(printable(fault.text), printable(fault.place.replace(" ", ".")))
    case.result = [Error(printable(fault.text), "fault")]
    case.system_out = printable("\n".join(_fault_lines(fault)))
    return case


def _fault_lines(fault: "FaultReport") -> Iterator[str]:
    yield from fault.detail
    yield from fault.traceback
    yield f"hint: {fault.remedy}"
    yield from (f"cost: {case}" for case in fault.cases)


def _test_case(case: "CaseReport") -> "TestCase":
    from junitparser import Error, Failure, Skipped, TestCase

    from harness.reports.evidence_model import evidence_lines

    made = TestCase(printable(case.id), _class_name(case), case.duration_s)
    evidence = [f"claim: {case.claim}", f"one difference: {case.difference}"]
    evidence += [line for piece in case.evidence for line in evidence_lines(piece)]
    made.system_out = printable("\n".join([*evidence, f"again: {case.rerun}"]))
    reason = printable(case.reason)
    match case.status:
        case Status.FAIL:
            made.result = [Failure(reason, "fail")]
        case Status.INCONCLUSIVE:
            made.result = [Error(reason, "inconclusive")]
        case Status.SKIPPED:
            made.result = [Skipped(reason, "skipped")]
        case Status.KNOWN:
            made.system_err = f"known deviation: {reason}"
        case Status.PASS:
            pass
    return made


FORMAT = Format(name="junit", title="JUnit", help="Write the report as JUnit XML.", text=text)
