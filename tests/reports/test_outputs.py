"""Where reports go: two are never in one place, and what cannot be written costs itself alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.reports.format import Format, all_formats, builtin_formats
from harness.reports.making import report_of
from harness.reports.model import Report
from harness.reports.outputs import STDOUT, Target, check, on_stdout, opened, readable
from harness.runner.events import Event, LaneEnded
from tests.reports.samples import EVERYTHING

BUILTIN = builtin_formats()
REPORT = report_of(EVERYTHING)


def _target(name: str, path: Path) -> Target:
    return Target(format=BUILTIN[name], path=path)


class Broken:
    """Raises at each event, or at the end."""

    def __init__(self, at_end: bool) -> None:
        self.at_end = at_end
        self.heard = 0

    def hear(self, event: Event) -> None:
        self.heard += 1
        if not self.at_end:
            raise OSError(28, "No space left on device", "x.jsonl")

    def end(self, report: Report) -> None:
        raise TypeError("no")


def test_the_formats_that_there_are() -> None:
    assert {"json", "json-lines", "junit", "markdown"} <= set(BUILTIN)
    assert {name for name, one in BUILTIN.items() if one.readable} == {"json", "json-lines"}


def test_each_format_of_a_report_is_written(tmp_path: Path) -> None:
    targets = [_target(name, tmp_path / name) for name, one in BUILTIN.items() if one.text is not None]
    with opened(targets) as outputs:
        outputs.end(REPORT)
    assert outputs.failures == []
    for target in targets:
        assert target.format.text is not None
        assert target.path.read_text(encoding="utf-8") == target.format.text(REPORT)
    assert readable(targets) == [tmp_path / "json"]


def test_standard_output_gets_the_report_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    targets = [_target("json", STDOUT)]
    assert on_stdout(targets)
    with opened(targets) as outputs:
        outputs.end(REPORT)
    format_ = BUILTIN["json"]
    assert format_.text is not None
    assert capsys.readouterr().out == format_.text(REPORT)


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([("json", "x"), ("junit", "./x")], "x: the JUnit report would be written over the JSON report"),
        ([("json", "-"), ("junit", "-")], "standard output takes one report, not JSON and JUnit"),
        ([("json", "none/x")], "none: there is no such folder for the report"),
        ([("json", "read.json")], "read.json: the JSON report would be written over a report that is read"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_starts(
    targets: Sequence[tuple[str, str]], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as raised:
        check([_target(name, Path(path)) for name, path in targets], read=[Path("read.json")])
    assert str(raised.value) == said


def test_what_cannot_be_written_costs_itself_alone(tmp_path: Path) -> None:
    early, late = Broken(at_end=False), Broken(at_end=True)
    with opened([_target("json", tmp_path / "x.json")], ("the first", early), ("the second", late)) as outputs:
        for _ in range(3):
            outputs.hear(LaneEnded("s", {}))
        outputs.end(REPORT)
    assert (early.heard, late.heard) == (1, 3)
    assert [str(failure) for failure in outputs.failures] == [
        "the first could not be written: x.jsonl: No space left on device",
        "the second could not be written: TypeError: no",
    ]
    assert (tmp_path / "x.json").stat().st_size > 1000


def test_a_format_is_one_file_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "csv.py").write_text(
        "from harness.reports.format import Format\n"
        "def text(report):\n"
        "    return ''.join(f'{case.id};{case.status.value}\\n' for case in report.cases)\n"
        "FORMAT = Format(name='csv', title='CSV', help='Write a table.', text=text)\n"
    )
    made = all_formats([tmp_path])["csv"]
    with opened([Target(format=made, path=tmp_path / "x.csv")]) as outputs:
        outputs.end(REPORT)
    assert (tmp_path / "x.csv").read_text().splitlines()[0] == "guide::key_form;known"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "has no format"),
        ("1 / 0", "cannot be loaded: ZeroDivisionError: division by zero"),
        (
            "from harness.reports.format import Format\nFORMAT = Format(name='json', title='J', help='h', text=str)\n",
            "the format `json` is there twice",
        ),
        (
            "from harness.reports.format import Format\nFORMAT = Format(name='x', title='J', help='h')\n",
            "cannot be loaded: ValueError: the format `x` must have one of `text` and `stream`",
        ),
    ],
)
def test_a_file_that_is_no_format_is_named(source: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(source)
    with pytest.raises(UsageError) as raised:
        all_formats([tmp_path])
    assert str(raised.value) == f"{tmp_path / 'x.py'}: {said}"


def test_a_format_of_one_kind_alone() -> None:
    with pytest.raises(ValueError, match="one of `text` and `stream`"):
        Format(name="x", title="X", help="h", text=str, stream=lambda write: Broken(at_end=True))
