"""JUnit XML, as a CI system reads it back."""

from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.model.evidence import Seen, ServerEvidence
from harness.reports.formats.junit import text
from harness.reports.making import report_of
from harness.runner.results import RunReport
from tests.reports.samples import BROKEN, EVERYTHING, EXPIRED, FINE, NOTHING_RUN, REFUSED, proof
from tests.runner.reports import report


def _read(tmp_path: Path, made: RunReport) -> JUnitXml:
    path = tmp_path / "junit.xml"
    path.write_text(text(report_of(made)), encoding="utf-8")
    document = JUnitXml.fromfile(str(path))
    assert isinstance(document, JUnitXml)
    return document


def _cases(document: JUnitXml) -> dict[str, TestCase]:
    return {
        str(case.name): case
        for suite in document
        if isinstance(suite, TestSuite)
        for case in suite
        if isinstance(case, TestCase)
    }


def test_statuses_are_counted_as_junit_knows_them(tmp_path: Path) -> None:
    document = _read(tmp_path, EVERYTHING)
    assert (document.tests, document.failures, document.errors, document.skipped) == (8, 2, 1, 1)
    assert [suite.name for suite in document] == ["mysql-9.7"]


def test_each_status_is_its_kind_of_result_with_the_reason(tmp_path: Path) -> None:
    results = {name: list(case.result) for name, case in _cases(_read(tmp_path, EVERYTHING)).items()}
    assert {name: [type(part) for part in parts] for name, parts in results.items()} == {
        "one-way::expired": [Failure],
        "one-way::in_clear": [],
        "one-way::refused": [],
        "one-way::strange": [Error],
        "two-way::cipher": [Skipped],
        "versions::nonsense/x": [],
        "guide::key_form": [],
        "start-up::key_file/empty": [Failure],
    }
    assert results["one-way::expired"][0].message == "connected but unverified: accepted over TLSv1.3"


def test_a_known_deviation_passes_and_says_so(tmp_path: Path) -> None:
    case = _cases(_read(tmp_path, EVERYTHING))["versions::nonsense/x"]
    assert case.is_passed
    assert case.system_err == "known deviation: served — known: it is old (https://example.test/1)"


def test_a_case_has_its_place_time_and_evidence(tmp_path: Path) -> None:
    case = _cases(_read(tmp_path, FINE))["one-way::refused"]
    assert (case.classname, case.time) == ("mysql-9.7.pymysql", 1.5)
    assert (case.system_out or "").splitlines() == [
        "claim: It is so.",
        "one difference: ",
        "case: expected refused by the client: expired",
        "  client: refused by the client: expired",
        "    raw: OperationalError [HY000/2026]: SSL connection error",
        "    raw: SSLCertVerificationError: certificate has expired",
        "    ignored in silence by the driver, which does not list it: trustStore",
        "  server (unchanged): the TLS handshake failed [Aborted_connects +1, Ssl_accepts +1]",
        "    log: 2026-11-23 21:02:03 9 [Warning] Aborted connection 9 to db: 'unconnected' (handshake)",
        "again: dbtls run --server mysql-9.7 --client pymysql --scenario one-way::refused",
    ]


def test_a_run_of_nothing_is_a_document(tmp_path: Path) -> None:
    assert list(_read(tmp_path, NOTHING_RUN)) == []


@pytest.mark.parametrize("line", ["a < b & c > d ]]> \"'", "Grüße «» 漢字 🙂", "tab\there"])
def test_every_character_that_xml_can_hold_comes_through(tmp_path: Path, line: str) -> None:
    assert f"log: {line}" in _logged(tmp_path, line)


@pytest.mark.parametrize("line", ["\x1b[31mred", "a\x00b", "bell\x07", "\ufffe", "\ud800"])
def test_a_character_that_xml_cannot_hold_does_not_break_the_document(tmp_path: Path, line: str) -> None:
    assert "log: " in _logged(tmp_path, line)


def _logged(tmp_path: Path, line: str) -> str:
    """The output of a case whose server logged ``line``."""
    testimony = ServerEvidence(seen=Seen.HANDSHAKE_FAILED, connection_ids=(9,), log=(line,))
    noisy = replace(REFUSED, proofs=(proof("case", "refused", EXPIRED, testimony),))
    case = _cases(_read(tmp_path, report(noisy)))["one-way::refused"]
    return case.system_out or ""


def test_a_run_that_broke_and_was_interrupted(tmp_path: Path) -> None:
    document = _read(tmp_path, BROKEN)
    assert [suite.name for suite in document] == ["mariadb-11.8", "mysql-9.7", "faults"]
    assert (document.tests, document.failures, document.errors, document.skipped) == (8, 1, 5, 2)
    mariadb, _, faults = document
    (left,) = mariadb
    assert (left.name, left.classname) == ("one-way::good", "mariadb-11.8.pymysql")
    assert [(type(one), one.message) for one in left.result] == [(Skipped, "not reached: the run was interrupted")]
    assert '<property name="ended" value="interrupted"' in (tmp_path / "junit.xml").read_text()
    first, second = faults
    assert (first.name, first.classname) == ("client `pymysql` died: signal 11 (SIGSEGV)", "mysql-9.7.pymysql")
    assert [type(one) for one in first.result] == [Error]
    assert (first.system_out or "").splitlines() == [
        "Segmentation fault",
        "hint: see its last lines",
        "cost: one-way::good",
        "cost: one-way::expired",
    ]
    assert "harness/y.py:4 g" in (second.system_out or "")
