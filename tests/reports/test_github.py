"""What GitHub is told: its summary, and annotations that no text from elsewhere can break out of."""

from pathlib import Path

from harness.model.verdict import Status
from harness.reports.formats.markdown import text
from harness.reports.github import MOST, GitHub, annotation
from harness.reports.making import report_of
from harness.runner.results import RunReport
from tests.reports.samples import BROKEN, EVERYTHING
from tests.runner.reports import report, result


def _told(made: RunReport, folder: Path) -> list[str]:
    lines: list[str] = []
    places = {"one-way::expired": f"{folder}/tls/one_way.py:7", "one-way::strange": "/usr/lib/elsewhere.py:3"}
    github = GitHub(folder / "summary.md", lines.append, workspace=folder, places=places)
    github.end(report_of(made))
    return lines


def test_markdown_is_added_to_the_summary(tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("before\n")
    _told(EVERYTHING, tmp_path)
    assert (tmp_path / "summary.md").read_text() == "before\n" + text(report_of(EVERYTHING))


def test_each_failure_is_an_annotation_at_its_scenario(tmp_path: Path) -> None:
    expired, strange, silent = _told(EVERYTHING, tmp_path)
    assert expired == (
        "::error file=tls/one_way.py,line=7,title=one-way%3A%3Aexpired  mysql-9.7  pymysql::"
        "fail: connected but unverified: accepted over TLSv1.3%0Aclaim: It is so.%0A"
        "again: dbtls run --server mysql-9.7 --client pymysql --scenario one-way::expired\n"
    )
    assert strange.startswith("::error title=one-way%3A%3Astrange")
    assert silent.startswith("::error title=start-up%3A%3Akey_file/empty")


def test_a_fault_is_one_and_what_it_cost_is_none(tmp_path: Path) -> None:
    titles = [line.partition("::error ")[2].partition("::")[0] for line in _told(BROKEN, tmp_path)]
    assert titles == [
        "title=dbtls%3A fault mysql-9.7 pymysql",
        "title=dbtls%3A fault",
        "file=tls/one_way.py,line=7,title=one-way%3A%3Aexpired  mysql-9.7  pymysql",
        "title=one-way%3A%3Agood  mysql-9.7  pymysql",
    ]


def test_there_are_no_more_than_are_shown(tmp_path: Path) -> None:
    assert len(_told(report(*(result(Status.FAIL, f"t::{number}") for number in range(30))), tmp_path)) == MOST


def test_nothing_breaks_out_of_an_annotation() -> None:
    said = annotation("a,b::c%", "x\r\n::error::y%0A", "f:1,2")
    assert said == "::error file=f%3A1%2C2,title=a%2Cb%3A%3Ac%25::x%0D%0A::error::y%250A"
