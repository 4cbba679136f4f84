"""A run's lines: each as its schema says, together the report, and where they break off that of a killed run."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.errors import UsageError
from harness.exits import Exit
from harness.model.verdict import Status
from harness.reports.formats.json_lines import FORMAT
from harness.reports.lines import SCHEMA, schema
from harness.reports.making import report_of
from harness.reports.model import Report
from harness.reports.reading import report_from
from harness.runner.events import Event
from harness.runner.results import Ended, RunReport
from harness.runner.run import run
from tests.runner.fakes import Answer, Attempt, FakeLanes, NoPlace, World
from tests.runner.test_run import DIED, honest, request, worlds

DESCRIBED: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))


def _streamed(lanes: FakeLanes, *servers: str) -> tuple[list[str], RunReport]:
    """The lines of a run, and what it came to."""
    lines: list[str] = []
    listener = FORMAT.listener(lines.append)
    made = run(request(*servers), NoPlace(), listener.hear, open_lane=lanes)
    listener.end(report_of(made))
    return lines, made


def _dies(attempt: Attempt) -> Answer | None:
    if attempt.client == "a":
        raise DIED
    return honest(attempt)


def _read(lines: list[str]) -> Report:
    return report_from("".join(lines).encode(), place="x")


def test_the_schema_beside_the_code_is_what_the_model_makes() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema(), "python -m harness.reports.lines"


def test_lines_are_what_the_schema_says_and_come_to_the_report() -> None:
    lines, made = _streamed(worlds(m=honest, n=honest), "m", "n")
    validator = Draft202012Validator(DESCRIBED)
    plain = [json.loads(line) for line in lines]
    assert [error.message for one in plain for error in validator.iter_errors(one)] == []
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    kinds = [one["line"] for one in plain]
    assert (kinds[0], kinds[-1], kinds.count("case")) == ("begun", "ended", len(made.results))
    assert plain == sorted(plain, key=lambda one: one["at_s"])
    assert _read(lines) == report_of(made)


def test_the_lines_of_a_killed_run_are_a_report_of_what_there_is() -> None:
    lines, made = _streamed(worlds(m=honest, n=honest), "m", "n")
    there = [number for number, line in enumerate(lines) if json.loads(line)["line"] == "case"]
    cut = there[3]
    read = _read([*lines[:cut], lines[cut][:50]])
    assert (read.ended, read.exit_code, len(read.cases)) == (Ended.KILLED, Exit.FAULT, 3)
    (origin,) = read.provenance.runs
    assert (origin.ended, origin.command) == (Ended.KILLED, "dbtls run 'it all'")
    whole = {(one.id, one.server, one.client or "") for one in made.results}
    told = {case.key for case in read.cases} | {one.key for one in read.not_reached}
    scenarios = {(key[0].partition("/")[0], *key[1:]) for key in told}
    assert scenarios == {(key[0].partition("/")[0], *key[1:]) for key in whole}
    assert _read(lines[:1]).not_reached != ()


def test_what_a_fault_cost_is_known_also_of_a_killed_run() -> None:
    lines, made = _streamed(FakeLanes({"m": World(answer=_dies)}), "m")
    assert made.faults
    assert _read(lines) == report_of(made)
    killed = _read(lines[:-1])
    assert [(fault.text, fault.cases) for fault in killed.faults] == [(one.what, one.cases) for one in made.faults]
    assert killed.count(Status.FAIL) == report_of(made).count(Status.FAIL)


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        (0, '{"line": "ended", "format": "dbtls-lines/1"}\n', "x:1: is no line of dbtls-lines/1: `ended.at_s`"),
        (1, '{"line": "what"}\n', "x:2: is no line of dbtls-lines/1: ``: Input tag 'what'"),
        (1, "hello\n", "x:2: is no line of dbtls-lines/1: ``: Invalid JSON"),
    ],
)
def test_a_line_that_is_none_is_named(number: int, text: str, said: str) -> None:
    lines, _ = _streamed(worlds(m=honest), "m")
    lines[number] = text
    with pytest.raises(UsageError) as raised:
        _read(lines)
    assert str(raised.value).startswith(said)


def test_a_line_is_there_when_its_case_is_judged(tmp_path: Path) -> None:
    lines: list[str] = []
    listener = FORMAT.listener(lines.append)
    seen: list[int] = []

    def listen(event: Event) -> None:
        listener.hear(event)
        seen.append(len(lines))

    run(request("m"), NoPlace(), listen, open_lane=worlds(m=honest))
    assert seen[0] == 1
    assert len(set(seen)) > 5
