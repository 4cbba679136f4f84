"""Kinds are found by file, each in one place, and a new one is one file more."""

import ast
import importlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

import harness.kinds
from harness.case.command_check import CommandCheck
from harness.case.kind import AnyCase
from harness.case.rotation import Rotation
from harness.case.scenario import Scenario, Skip
from harness.case.situation import Case, Journey
from harness.case.startup import StartUp
from harness.kinds.kind import Phase
from harness.kinds.registry import kind_of, kinds
from harness.model.verdict import Status
from harness.reports.console import View, print_report
from harness.reports.evidence import result_lines
from harness.reports.json_report import as_text
from harness.reports.making import report_of
from harness.reports.reading import report_from
from harness.runner.lane import Lane
from harness.runner.plan import cells
from harness.runner.results import CellResult
from tests.case.beds import bed
from tests.runner.fakes import World, fake_bench
from tests.runner.reports import report

HARNESS = Path(harness.kinds.__file__).parents[1]
NEW = '''
"""Versions: what a server says that it is."""

from dataclasses import dataclass

from harness.case.kind import AnyCase
from harness.case.scenario import Skip
from harness.kinds.kind import Carried, Judgement, Kind, Phase
from harness.model.verdict import Status, Verdict


@dataclass(frozen=True)
class SaysItIs(AnyCase):
    version: str


@dataclass(frozen=True)
class Said:
    label: str
    expected: str
    brief: str

    def lines(self):
        yield f"  said: {self.brief}"

    def as_json(self):
        return {"kind": "version", "label": self.label, "expected": self.expected, "said": self.brief}


class Versions(Kind):
    made = SaysItIs
    phase = Phase.LAST

    def without(self, case, lacks):
        return Skip("it is mute") if case.version == "mute" else None

    def carry_out(self, cells, bench):
        for cell, case in cells:
            said = bench.server.facts.version
            verdict = Verdict(Status.PASS if said == case.version else Status.FAIL, said)
            proof = Said(label="case", expected=case.version, brief=said)
            yield Carried.judged(cell, Judgement(verdict=verdict, expected=case.version, outcome=said, proofs=(proof,)))


KIND = Versions()
'''


def test_the_kinds_are_those_that_scenarios_make() -> None:
    assert set(kinds()) == {Case, Journey, StartUp, CommandCheck, Rotation, Skip}
    assert {kind.made: kind.phase for kind in kinds().values()} == {
        Skip: Phase.AT_ONCE,
        CommandCheck: Phase.AT_ONCE,
        Case: Phase.AROUND_GOOD,
        Journey: Phase.AROUND_GOOD,
        Rotation: Phase.UNDER_LOAD,
        StartUp: Phase.LAST,
    }


def test_what_is_of_no_kind_says_so() -> None:
    with pytest.raises(TypeError, match="there is no kind of case `AnyCase`"):
        kind_of(AnyCase())


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files are among those of the room."""
    monkeypatch.setattr(harness.kinds, "__path__", [*harness.kinds.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    kinds.cache_clear()
    yield tmp_path
    kinds.cache_clear()
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"harness.kinds.{path.stem}", None)


def test_a_kind_is_one_file(room: Path) -> None:
    (room / "versions.py").write_text(NEW)
    made = importlib.import_module("harness.kinds.versions").SaysItIs
    scenario = Scenario(
        id="t::version",
        claim="It is so.",
        needs=frozenset(),
        make=lambda bed: {"right": made("9.7.4"), "wrong": made("9"), "mute": made("mute")},
        clientless=True,
    )
    planned = cells([scenario], bed(), None, [], [])
    results: list[CellResult] = []
    Lane(fake_bench(World(), room / "stores"), results.append).run(planned)
    assert {one.id: one.verdict.status for one in results} == {
        "t::version/right": Status.PASS,
        "t::version/wrong": Status.FAIL,
        "t::version/mute": Status.SKIPPED,
    }
    (wrong,) = (one for one in results if one.verdict.status is Status.FAIL)
    assert list(result_lines(wrong)) == ["case: expected 9", "  said: 9.7.4"]
    made = report_of(report(*results))
    written = {case["id"]: case["evidence"] for case in json.loads(as_text(made))["cases"]}
    told = {"kind": "version", "label": "case", "expected": "9", "brief": "9.7.4", "lines": ["  said: 9.7.4"]}
    assert written["t::version/wrong"] == [{**told, "said": "9.7.4"}]
    (wrong_again,) = (case for case in report_from(as_text(made).encode(), place="").cases if case.id == wrong.id)
    assert (list(wrong_again.lines()), wrong_again.brief) == (list(result_lines(wrong)), "9.7.4")
    out = io.StringIO()
    print_report(made, Console(file=out, width=120), view=View(matrix=True))
    assert "✓ 9.7.4" in next(line for line in out.getvalue().splitlines() if line.startswith("t::version/right "))


def test_two_kinds_of_the_same_are_an_error(room: Path) -> None:
    (room / "first.py").write_text(NEW)
    (room / "second.py").write_text("from harness.kinds.first import KIND\n")
    with pytest.raises(ValueError, match="two kinds for SaysItIs"):
        kinds()


def _asks_for_kinds(source: str) -> set[str]:
    """The classes of cases that ``source`` tells apart: by isinstance, or by what a match has."""
    classes = {kind.made.__name__ for kind in kinds().values()}
    asked: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, what]):
                asked |= {one.id for one in ast.walk(what) if isinstance(one, ast.Name)}
            case ast.MatchClass(cls=ast.Name(id=name)):
                asked.add(name)
            case _:
                pass
    return asked & classes


@pytest.mark.parametrize("room", ["runner", "reports", "commands", "plugin", "judge", "reference"])
def test_nobody_else_tells_kinds_apart(room: str) -> None:
    for path in (HARNESS / room).rglob("*.py"):
        assert _asks_for_kinds(path.read_text(encoding="utf-8")) == set(), path


def test_telling_kinds_apart_would_be_found() -> None:
    assert _asks_for_kinds("isinstance(x, Case | Journey)\nmatch x:\n    case StartUp(): pass\n") == {
        "Case",
        "Journey",
        "StartUp",
    }
