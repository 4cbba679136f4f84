"""The page of a run: all of it escaped, the same bytes again, within its size, and readable without script."""

import base64
import itertools
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.knowledge.rows import Severity
from harness.model.verdict import Status
from harness.reports.html.anchors import cell
from harness.reports.html.ends import both_ends
from harness.reports.html.page import LIMIT, page
from harness.reports.html.rotation import rotation_page
from harness.reports.json_report import as_text
from harness.reports.making import report_of
from harness.reports.model import CaseReport, Report
from harness.reports.reading import report_from
from tests.reports.rotation import samples as rotations
from tests.reports.samples import BROKEN, EVERYTHING, FINE, NOTHING_RUN, REFUSED
from tests.reports.test_wire import SEEN
from tests.runner.reports import report

HOSTILE = "<script>alert(1)</script>\"'>]]></style>&amp;{{ 7*7 }}\u202e\u2066\x00\x1b[31m\ud800<!--" + "x" * 5000


class _Tags(HTMLParser):
    """Each tag with its attributes, and all ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @property
    def ids(self) -> list[str]:
        return [str(attrs["id"]) for _, attrs in self.tags if "id" in attrs]


def unsafe_report() -> Report:
    """A report in which a known deviation is unsafe."""
    report = _report()
    return report.model_copy(update={"cases": tuple(map(_unsafe, report.cases))})


def _unsafe(case: CaseReport) -> CaseReport:
    if case.known is None:
        return case
    return case.model_copy(update={"known": case.known.model_copy(update={"severity": Severity.UNSAFE})})


def _report(run: object = EVERYTHING) -> Report:
    return report_of(run, allow_missing=False)  # type: ignore[arg-type]  # a sample of any kind


def _many(report: Report, status: Status) -> Report:
    """A hundred cases on ten servers with six clients."""
    case = next(one for one in report.cases if one.status is status and one.evidence)
    ends = itertools.product(range(100), range(10), range(6))
    made = (
        {"id": f"one-way::case_{number:03}", "server": f"mariadb-{server}.11", "client": f"mysql-connector-{client}"}
        for number, server, client in ends
    )
    return report.model_copy(update={"cases": tuple(case.model_copy(update=one) for one in made)})


def _evidence(html: str) -> dict[str, list[object]]:
    found = re.search(r'id="=evidence">([^<]*)<', html)
    assert found is not None
    made: dict[str, list[object]] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return made


def hostile(report: Report) -> Report:
    case = next(one for one in report.cases if one.evidence)
    made: list[CaseReport] = [
        case.model_copy(
            update=dict.fromkeys(("claim", "reason", "difference", "outcome", "rerun"), HOSTILE)
            | {"id": f"{HOSTILE}::{HOSTILE}", "server": HOSTILE, "client": client}
        )
        for client in (HOSTILE, f"{HOSTILE} ", None)
    ]
    return report.model_copy(update={"cases": tuple(made)})


@pytest.mark.parametrize("run", [EVERYTHING, BROKEN, FINE, NOTHING_RUN])
def test_the_same_report_has_the_same_page_also_when_it_was_stored(run: object) -> None:
    report = _report(run)
    again = report_from(as_text(report).encode(), place="stored")
    assert page(report) == page(report) == page(again)


@pytest.mark.parametrize("html", [page(_report()), page(hostile(_report())), rotation_page(rotations.HOSTILE)])
def test_nothing_is_loaded_and_only_the_page_s_own_script_stands_in_it(html: str) -> None:
    tags = _Tags(html).tags
    for tag, attrs in tags:
        assert not attrs.keys() & {"src", "srcset", "action", "data", "style"}, tag
        assert not any(name.startswith("on") for name in attrs)
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert (attrs.get("href") or "#").startswith("#")
    assert [tag for tag, _ in tags if tag == "style"] == ["style"]
    assert len([tag for tag, _ in tags if tag == "script"]) <= 2
    assert "default-src 'none'" in str(next(attrs for tag, attrs in tags if "http-equiv" in attrs))


def testhostile_names_are_text() -> None:
    html = page(hostile(_report()))
    assert "<script>alert" not in html
    assert "{{ 7*7 }}" in html, "a name is no template"
    assert "49" not in html.partition("<main>")[2].partition("7*7")[0][-20:]
    assert not set(html) & set("\u202e\u2066\x00\x1b\ud800")
    html.encode()


def test_addresses_are_permanent_and_each_is_there_once() -> None:
    assert cell("one-way::expired", "mysql-9.7", "pymysql") == "one-way::expired+mysql-9.7+pymysql"
    assert cell("a::b", "s", None) == "a::b+s"
    assert cell("a::b", "s+c", None) != cell("a::b", "s", "c")
    report = _report()
    for html in (page(report), page(hostile(report)), page(report, limit=0)):
        ids = _Tags(html).ids
        assert len(ids) == len(set(ids))
        links = {str(attrs["href"])[1:] for tag, attrs in _Tags(html).tags if tag == "a"}
        assert links <= set(ids), "a link leads nowhere"
    assert {cell(case.id, case.server, case.client) for case in report.cases} <= set(_Tags(page(report)).ids)


def test_without_script_a_page_says_the_status_of_each_case_and_shows_both_ends_of_the_worst() -> None:
    html = page(unsafe_report())
    for words in ("F fail", "‼ unsafe", "? inconclusive", "- skipped", "one difference", "again"):
        assert words in html
    assert re.search(r"<td><div>accepted over TLSv1.3.*?<td><div>.*?logged in", html, re.S), "ends side by side"
    bare = page(_report(), limit=0)
    assert '<details class="cell"' not in bare
    assert "F fail" in bare


def test_the_compact_block_has_the_evidence_of_every_case_in_the_order_of_the_page() -> None:
    report = _report()
    html = page(report)
    evidence = _evidence(html)
    cells = [attrs for tag, attrs in _Tags(html).tags if tag == "td" and "class" in attrs]
    assert len(evidence["cells"]) == len(cells) == len(report.cases)
    for attrs, one in zip(cells, evidence["cells"], strict=True):
        if "id" in attrs:
            case = next(case for case in report.cases if cell(case.id, case.server, case.client) == attrs["id"])
            assert isinstance(one, list)
            assert evidence["texts"][one[0]] == case.reason


@pytest.mark.parametrize("status", [Status.FAIL, Status.KNOWN])
def test_six_thousand_cases_fit_into_two_megabytes(status: Status) -> None:
    assert len(page(_many(unsafe_report(), status)).encode()) <= LIMIT


def test_what_a_pass_rests_on_stands_in_a_rotation_s_page() -> None:
    html = rotation_page(rotations.PASS)
    for words in ("What the PASS rests on", "(3/n)", "<svg", "every attempt was served", "server changed"):
        assert words in html
    failed = rotation_page(rotations.FAIL)
    assert "(the verdict is about this step)" in failed
    assert failed == rotation_page(rotations.FAIL)
    assert "<script>alert" not in rotation_page(rotations.HOSTILE)
    assert rotation_page(replace(rotations.INCONCLUSIVE, marks=()))


def test_what_passed_on_the_wire_stands_between_the_ends() -> None:
    plain = _report(FINE)
    case = report_of(report(replace(REFUSED, proofs=(SEEN,))), allow_missing=False).cases[0]
    ends = [one for one in both_ends(case) if one.wire]
    assert ends
    assert all(one.client and one.server and not one.wire[0].startswith("wire") for one in ends)
    html = page(plain.model_copy(update={"cases": (case.model_copy(update={"status": Status.FAIL}),)}))
    assert '<th scope="col">wire' in html
    assert '<th scope="col">wire' not in page(plain)
