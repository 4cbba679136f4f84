"""What breaks in the middle of a real run costs what it touches: the rest has its verdicts, every report is written."""

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from harness.reports.json_report import SCHEMA
from harness.waiting import wait_for
from tests.real.command import Dbtls, Ended, Process, descendants, finished, gone
from tests.real.copies import copied_client
from tests.real.fleet import Fleet
from tests.real.servers import containers_of

CRASH = (
    "    def __init__(self, asked: Attempt) -> None:\n",
    "    def __init__(self, asked: Attempt) -> None:\n"
    '        if asked.verify == "verify-ca" and asked.ca is None:\n'
    "            import os, signal\n"
    '            os.write(2, b"corrupted size vs. prev_size\\n")\n'
    "            os.kill(os.getpid(), signal.SIGSEGV)\n",
)
"""A driver that is no match for one request: to verify against no authority, which `one-way::no_authority` makes."""
CRASHES = "one-way::no_authority"
SAID = "client `crashing` died: signal 11 (SIGSEGV)"
CARRIED_OUT = {"pass", "known", "skipped"}
"""What cases come to that nothing broke; a driver without an option for it skips a case."""
BEGUN_S = 60.0
ENDS_S = 60.0


def _report(path: Path, ended: Ended) -> Mapping[str, Any]:
    assert path.is_file(), ended.both
    report: Mapping[str, Any] = json.loads(path.read_text())
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    assert report["exit_code"] == ended.code
    assert "Traceback" not in ended.both
    return report


def test_a_probe_that_kills_itself_fails_its_case_and_costs_no_other(
    one_server: str, dbtls: Dbtls, tmp_path: Path
) -> None:
    clients = copied_client(tmp_path, "crashing", probe=CRASH)
    paths = tmp_path / "out.json", tmp_path / "out.xml"
    ended = dbtls(
        "run", "--client-dir", clients, "--client", "crashing", "--client", "pymysql", "--server", one_server,
        "--scenario", "one-way*", "--json", paths[0], "--junit", paths[1],
    )  # fmt: skip  # an option and its value belong together
    report = _report(paths[0], ended)
    assert (ended.code, report["ended"]) == (2, "finished")
    statuses = {(case["id"], case["client"]): case["status"] for case in report["cases"]}
    assert statuses.pop((CRASHES, "crashing")) == "fail"
    assert {client for _, client in statuses} == {"crashing", "pymysql"}
    assert {status for (_, client), status in statuses.items() if client == "pymysql"} == CARRIED_OUT
    assert set(statuses.values()) <= CARRIED_OUT
    (crash,) = (case for case in report["cases"] if (case["id"], case["client"]) == (CRASHES, "crashing"))
    assert crash["reason"] == "the client's probe died: signal 11 (SIGSEGV)"
    assert [proof["client"]["outcome"] for proof in crash["evidence"]] == ["accepted", "client-fault", "accepted"]
    assert crash["evidence"][1]["client"]["last_words"] == ["corrupted size vs. prev_size"]
    ((fault),) = report["faults"]
    assert (fault["text"], fault["server"], fault["client"], fault["cases"]) == (
        SAID,
        one_server,
        "crashing",
        [CRASHES],
    )
    assert ended.error() == f"{SAID} ({one_server})"
    assert f"Fault: {one_server} crashing: {SAID}" in ended.out
    junit = JUnitXml.fromfile(str(paths[1]))
    assert junit.tests == len(report["cases"]) + 1
    assert (junit.failures, junit.errors) == (1, 1)
    kinds = {case.name: [type(one) for one in case.result] for suite in junit for case in suite if case.result}
    assert {name: found for name, found in kinds.items() if found != [Skipped]} == {CRASHES: [Failure], SAID: [Error]}


def _in_the_middle(dbtls: Dbtls, process: "subprocess.Popen[str]", *servers: str) -> list[Process]:
    """Wait until attempts have begun on ``servers``; the run's processes."""

    def begun() -> list[Process] | None:
        stores = [list(dbtls.scratch.glob(f"dbtls-run-*/{server}/stores/0/current")) for server in servers]
        assert process.poll() is None, "it ended before its middle"
        return descendants(process.pid) if all(stores) and containers_of(process.pid) else None

    below = wait_for(begun, deadline_s=BEGUN_S)
    assert below is not None, "no attempt began"
    return below


def test_a_server_that_is_killed_costs_its_open_cases_and_the_other_goes_on(
    one_server: str, fleet: Fleet, dbtls: Dbtls, tmp_path: Path
) -> None:
    killed, other = two = one_server, next(name for name in fleet.reached if name != one_server)
    paths = tmp_path / "out.json", tmp_path / "out.xml"
    choice = ("--server", killed, "--server", other, "--client", "pymysql", "--scenario", "one-way*")
    with dbtls.running("run", *choice, "--json", paths[0], "--junit", paths[1]) as process:
        _in_the_middle(dbtls, process, killed)
        (container,) = [
            one for one in containers_of(process.pid) if f"seed:{killed}-" in str(one.attrs["Config"]["Image"])
        ]
        container.kill()
        ended = finished(process, deadline_s=ENDS_S)
    assert dbtls.debris(ended.pid) == []
    report = _report(paths[0], ended)
    assert ended.code == 2, ended.both
    by_server = {server: {case["status"] for case in report["cases"] if case["server"] == server} for server in two}
    assert by_server[other] == CARRIED_OUT
    assert "inconclusive" in by_server[killed]
    assert by_server[killed] <= CARRIED_OUT | {"inconclusive"}
    counts = {server: sum(case["server"] == server for case in report["cases"]) for server in two}
    assert counts[killed] == counts[other]
    ((fault),) = report["faults"]
    assert (fault["server"], fault["client"]) == (killed, None)
    assert not fault["text"].startswith("a defect of dbtls"), fault
    assert {case["id"] for case in report["cases"] if case["status"] == "inconclusive"} == set(fault["cases"])
    junit = JUnitXml.fromfile(str(paths[1]))
    assert junit.errors == report["counts"]["inconclusive"] + 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_told_to_end_reports_what_there_is(
    one_server: str, dbtls: Dbtls, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    paths = tmp_path / "out.json", tmp_path / "out.xml"
    choice = ("--server", one_server, "--client", "pymysql", "--json", paths[0], "--junit", paths[1])
    with dbtls.running("run", *choice) as process:
        below = _in_the_middle(dbtls, process, one_server)
        process.send_signal(number)
        ended = finished(process, deadline_s=ENDS_S)
    assert gone(below) == []
    assert dbtls.debris(ended.pid) == []
    report = _report(paths[0], ended)
    assert (ended.code, report["faults"]) == (code, [])
    assert report["ended"] == {130: "interrupted", 143: "terminated"}[code]
    left = report["not_reached"]
    assert left
    assert not {(one["id"], one["client"]) for one in left} & {(one["id"], one["client"]) for one in report["cases"]}
    assert {case["status"] for case in report["cases"]} <= {"pass", "known", "skipped"}
    how = {130: "interrupted by Ctrl-C", 143: "ended by SIGTERM"}[code]
    assert f"{how}; not reached: {len(left)} cases ({one_server} {len(left)})" in ended.out
    junit = JUnitXml.fromfile(str(paths[1]))
    results = [one for suite in junit for case in suite for one in case.result if isinstance(one, Skipped)]
    assert sum(str(one.message).startswith("not reached") for one in results) == len(left)
