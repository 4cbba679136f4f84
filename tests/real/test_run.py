"""``dbtls run`` as its users run it: the main job once, and controls that show its verdicts can be red."""

import io
import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from rich.console import Console

from harness.case.scenario import BUILTIN_SCENARIOS
from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.model.outcome import Cause
from harness.reports.console import print_report
from harness.reports.json_report import SCHEMA
from harness.reports.live import HEARTBEAT
from harness.reports.reading import report_from
from harness.reports.streams import WIDTH_OF_A_LOG
from tests.real.command import DBTLS, RUN_S, Dbtls, Ended
from tests.real.copies import copied_client
from tests.real.fleet import Fleet

# The default run takes minutes, and whichever test comes first waits for it.
pytestmark = pytest.mark.timeout(RUN_S)

CLIENT = "pymysql"
_NO_TESTIMONY = {Cause.NOT_SERVED.value, Cause.RELOAD_REFUSED.value}
_SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|IDENTIFIED BY '(?!<)|\"password\"|password=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MainJob:
    """The default run and its reports."""

    ended: Ended
    report: Mapping[str, Any]
    json_text: str
    junit: JUnitXml
    junit_text: str

    @property
    def cases(self) -> list[Mapping[str, Any]]:
        return list(self.report["cases"])

    @property
    def rotations(self) -> list[Mapping[str, Any]]:
        return [case for case in self.cases if case["id"].startswith("rotation::")]

    @property
    def attempted(self) -> list[Mapping[str, Any]]:
        """Those whose evidence are single attempts of a client."""
        return [case for case in self.cases if case["client"] is not None and case not in self.rotations]


@pytest.fixture(scope="session")
def main_job(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> MainJob:
    """The default run: every default server, client and scenario."""
    folder = tmp_path_factory.mktemp("main")
    paths = folder / "out.json", folder / "out.xml"
    ended = Dbtls(folder / "tmp")("run", "--matrix", "--json", paths[0], "--junit", paths[1])
    assert paths[0].is_file(), ended.both
    return MainJob(
        ended=ended,
        report=json.loads(paths[0].read_text()),
        json_text=paths[0].read_text(),
        junit=JUnitXml.fromfile(str(paths[1])),
        junit_text=paths[1].read_text(),
    )


def _what(cases: list[Mapping[str, Any]]) -> list[str]:
    return [f"{case['id']} {case['server']} {case['client']}: {case['reason']}" for case in cases]


def test_the_default_run_passes(main_job: MainJob, fleet: Fleet) -> None:
    bad = [case for case in main_job.cases if case["status"] in {"fail", "inconclusive"}]
    assert _what(bad) == []
    assert main_job.ended.code == main_job.report["exit_code"] == (3 if fleet.missing else 0), main_job.ended.both
    assert "Traceback" not in main_job.ended.both
    assert [missing["name"] for missing in main_job.report["missing"]] == list(fleet.missing)
    for name in fleet.missing:
        assert f"not available: {name}" in main_job.ended.out


NOT_BY_DEFAULT = {"legacy", "jdbc"}
"""Themes that have something to show with old servers alone, or with clients in Java, which are no default ones."""


def test_the_default_run_covers_what_is_there(main_job: MainJob, fleet: Fleet) -> None:
    proved = {(case["server"], case["client"]) for case in main_job.cases if case["status"] == "pass"}
    every = discover_clients([BUILTIN_CLIENTS]).items()
    clients = [*(name for name, build in every if not (build.opt_in or build.reach)), None]
    assert proved == {(server, client) for server in fleet.reached for client in clients}
    themes = {path.stem.replace("_", "-") for path in BUILTIN_SCENARIOS.glob("[!_]*.py")}
    assert {
        case["id"].partition("::")[0] for case in main_job.cases if case["status"] == "pass"
    } == themes - NOT_BY_DEFAULT
    assert {server["name"] for server in main_job.report["provenance"]["servers"]} == set(fleet.reached)


def test_the_json_report_is_as_its_schema_says(main_job: MainJob) -> None:
    jsonschema.validate(main_job.report, json.loads(SCHEMA.read_text()))
    counted = Counter(case["status"] for case in main_job.cases)
    assert {status: count for status, count in main_job.report["counts"].items() if count} == counted


def test_the_junit_report_counts_the_same(main_job: MainJob) -> None:
    junit, counts = main_job.junit, main_job.report["counts"]
    assert junit.tests == len(main_job.cases)
    assert (junit.failures, junit.errors, junit.skipped) == (counts["fail"], counts["inconclusive"], counts["skipped"])
    results = Counter(type(result) for suite in junit for case in suite for result in case.result)
    assert {Failure: counts["fail"], Error: counts["inconclusive"], Skipped: counts["skipped"]} == {
        kind: results[kind] for kind in (Failure, Error, Skipped)
    }


def test_nothing_is_unclassified_or_hung(main_job: MainJob) -> None:
    outcomes = Counter(proof["client"]["outcome"] for case in main_job.attempted for proof in case["evidence"])
    assert set(outcomes) == {"accepted", "refused"}


def test_what_concerns_the_server_alone_has_its_starts_or_its_command_to_show(main_job: MainJob) -> None:
    for case in main_job.cases:
        if case["client"] is not None or case["status"] == "skipped":
            continue
        if "command" in case["evidence"][0]:
            (command,) = case["evidence"]
            assert command["found"] == case["outcome"]
            continue
        good, start = case["evidence"]
        assert (good["label"], good["outcome"]) == ("good before", "serves"), case
        assert start["outcome"] != "hangs", case
        if start["outcome"] == "refuses":
            assert start["log"], case


def test_no_server_that_goes_silently_without_tls_passes(main_job: MainJob) -> None:
    without = [case for case in main_job.cases if case["outcome"].startswith("starts without TLS")]
    assert {case["status"] for case in without if case["expected"] != "starts without TLS"} == {"known"}
    assert {case["status"] for case in without if case["expected"] == "starts without TLS"} == {"pass"}


def test_the_guides_divergences_are_listed_with_their_reasons(main_job: MainJob) -> None:
    known = {
        (case["id"], case["server"], case["client"])
        for case in main_job.cases
        if case["id"].startswith("guide::") and case["status"] == "known"
    }
    listed = main_job.report["divergences"]
    assert {(one["id"], one["server"], one["client"]) for one in listed} == known
    assert all(one["reason"] and one["source"] and one["outcome"] != one["expected"] for one in listed)
    (heading,) = {one["list"] for one in listed}
    assert heading in main_job.ended.out.splitlines()


def test_every_case_has_evidence_of_both_ends(main_job: MainJob) -> None:
    without = []
    for case in main_job.attempted:
        if case["status"] == "skipped":
            assert case["reason"]
            continue
        labels = [proof["label"] for proof in case["evidence"]]
        assert (labels[0], labels[-1]) == ("good before", "good after"), case
        without += [
            (case["id"], case["server"], case["client"], proof["label"])
            for proof in case["evidence"]
            if proof["server"] is None and not _NO_TESTIMONY & set(proof["client"].get("causes", ()))
        ]
    assert without == []


def test_every_accepted_attempt_names_protocol_cipher_and_certificate(main_job: MainJob) -> None:
    for case in main_job.attempted:
        for proof in case["evidence"]:
            client = proof["client"]
            if client["outcome"] == "accepted" and client["tls_version"] is not None:
                assert client["cipher"], case
                assert client["server_serial"] in {None, proof["server"]["served_serial"]}, case
                assert proof["server"]["connection_ids"] == [client["connection_id"]], case


def test_every_rotation_was_judged_from_its_history_and_counted_by_the_server(main_job: MainJob) -> None:
    shown = [case for case in main_job.rotations if case["status"] == "pass"]
    assert {case["server"] for case in shown} == {case["server"] for case in main_job.cases}
    for case in shown:
        (proof,) = case["evidence"]
        figures = proof["result"]["figures"]
        assert figures["failures"] == {}, case
        assert figures["server_connections"] == figures["client_connections"] > 0, case


def test_every_refusal_is_one_difference_from_a_good_case(main_job: MainJob) -> None:
    refusals = [
        case for case in main_job.cases if case["expected"].startswith("refused") and case["status"] != "skipped"
    ]
    assert refusals
    for case in refusals:
        assert " → " in case["difference"], case
        assert "; " not in case["difference"], case


def test_no_secret_shows(main_job: MainJob) -> None:
    for text in (main_job.json_text, main_job.junit_text, main_job.ended.out, main_job.ended.err):
        found = _SECRETS.search(text)
        assert found is None, text[max(0, found.start() - 80) : found.end() + 80]


def test_the_console_shows_the_matrix_and_the_verdict(main_job: MainJob) -> None:
    out = main_job.ended.out
    assert f"  {len(main_job.cases):,} cases: " in out.splitlines()[-1]
    for case in main_job.cases:
        assert case["id"] in out


def test_without_the_matrix_a_run_that_passed_ends_in_forty_lines_and_no_log_of_it_is_silent(main_job: MainJob) -> None:
    out = io.StringIO()
    print_report(report_from(main_job.json_text.encode(), place=""), Console(file=out, width=WIDTH_OF_A_LOG))
    lines = out.getvalue().splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= WIDTH_OF_A_LOG
    plan, *beats = (line for line in main_job.ended.err.splitlines() if not line.startswith(" "))
    assert " scenarios" in plan
    times = [datetime.strptime(line[:8], "%H:%M:%S") for line in (plan, *beats)]  # noqa: DTZ007  a wall's clock
    assert all((after - before).seconds <= HEARTBEAT + 5 for before, after in pairwise(times))
    assert len(times) > main_job.report["duration_s"] // (HEARTBEAT + 5)


def _rerun(dbtls: Dbtls, command: str, report: Path) -> list[Mapping[str, Any]]:
    """Run a printed command, with ``dbtls`` on the path; the cases that it ran."""
    program, *arguments = shlex.split(command)
    assert program == DBTLS.name
    ended = dbtls(*arguments, "--json", report)
    assert report.is_file(), ended.both
    cases: list[Mapping[str, Any]] = json.loads(report.read_text())["cases"]
    return cases


@pytest.mark.parametrize("prefix", ["two-way::another_authority", "versions::pair/", "authority-swap::order/"])
def test_the_printed_command_runs_just_that_case(
    main_job: MainJob, one_server: str, dbtls: Dbtls, tmp_path: Path, prefix: str
) -> None:
    case = next(
        case
        for case in main_job.cases
        if case["id"].startswith(prefix) and (case["server"], case["client"]) == (one_server, CLIENT)
    )
    again = _rerun(dbtls, case["rerun"], tmp_path / "again.json")
    assert [(one["id"], one["server"], one["client"], one["status"]) for one in again] == [
        (case["id"], one_server, CLIENT, case["status"])
    ]


@pytest.fixture(scope="module")
def wrong(one_server: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """A run of a copied scenario file in which one expectation is wrong."""
    folder = tmp_path_factory.mktemp("wrong")
    source = (BUILTIN_SCENARIOS / "one_way.py").read_text()
    right = "refused(by=Side.CLIENT, cause=Cause.NOT_YET_VALID)"
    assert source.count(right) == 1
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    (scenarios / "copied.py").write_text(source.replace(right, "refused(by=Side.CLIENT, cause=Cause.EXPIRED)"))
    choice = ("--server", one_server, "--client", CLIENT, "--scenario", "copied::*valid")
    return scenarios, Dbtls(folder / "tmp")("run", "--scenario-dir", scenarios, *choice)


def test_a_wrong_expectation_turns_its_case_red_with_the_reason(wrong: tuple[Path, Ended]) -> None:
    _, ended = wrong
    assert ended.code == 1, ended.both
    for said in (
        "F copied::not_yet_valid",
        "refused by the client: not-yet-valid, expected to be refused by the client: expired",
        "one difference: server certificate: ",
        "raw: ",
        "server (",
        "log: ",
        "1 fail",
    ):
        assert said in ended.out, said


def test_the_command_of_a_vendors_own_scenario_runs_it_again(
    wrong: tuple[Path, Ended], dbtls: Dbtls, tmp_path: Path
) -> None:
    _, ended = wrong
    command = next(line for line in ended.out.splitlines() if line.strip().startswith("again: "))
    again = _rerun(dbtls, command.strip().removeprefix("again: "), tmp_path / "again.json")
    assert [(case["id"], case["status"]) for case in again] == [("copied::not_yet_valid", "fail")]


MUTANTS = '''
from dataclasses import replace
from harness.case.scenario import BUILTIN_SCENARIOS, discover_scenarios, scenario
from harness.case.situation import Case, Journey
from harness.case.startup import StartUp
from harness.model.expectation import ExpectRefused
from harness.model.startup import Start

BUILTIN = discover_scenarios([BUILTIN_SCENARIOS])


def _without_change(made):
    if isinstance(made, Journey):
        *kept, last = made.steps
        assert isinstance(last.expectation, ExpectRefused)
        before = kept[-1].situation if kept else made.good
        return replace(made, steps=(*kept, replace(last, situation=before)))
    if isinstance(made, StartUp):
        assert made.expected.start is Start.REFUSES
        return replace(made, told=made.good)
    assert isinstance(made.expectation, ExpectRefused)
    return replace(made, situation=made.good)


def _mutants(bed, clientless):
    mutants = {}
    for identity in WANTED:
        name, _, label = identity.partition("/")
        if BUILTIN[name].clientless is clientless:
            made = BUILTIN[name].make(bed)
            mutants[identity.replace("/", " ")] = _without_change(made[label] if label else made)
    return mutants


@scenario()
def change_taken_out(bed):
    """A case whose change is taken out, and whose expectation stays, fails."""
    return _mutants(bed, clientless=False)


@scenario(clientless=True)
def change_at_the_server_taken_out(bed):
    """A start-up whose change is taken out, and whose expectation stays, fails."""
    return _mutants(bed, clientless=True)
'''
REFUSALS = (
    "one-way::another_authority",
    "one-way::required_of_a_server_without_tls",
    "two-way::another_authority",
    "two-way::subject_wrong",
    "versions::pair/TLSv1.2+TLSv1.3",
    "versions::nonsense_at_the_server",
    "authority-swap::order/server",
    "authority-swap::order/trust-server-retire",
    "identity::another_address",
    "chain::intermediate_missing",
    "start-up::key_file/mismatched",
)
REFUSALS_OF_OLD_SERVERS = ("legacy::as_shipped",)
REFUSALS_BY_JAVA = ("jdbc::require_ssl", "jdbc::verify_server_certificate", "jdbc::store_wrong/keystore-password")
OLD_SERVER = "mariadb-10.2"
JAVA_CLIENT = "jdbc:connector-j-9"
NOTHING_TO_REFUSE = {"guide", "rotation"}
"""The guide says what works; what does not is declared, and a declaration that is stale fails. What breaks a rotation
on purpose are its controls."""


def test_every_theme_is_mutated() -> None:
    themes = {path.stem.replace("_", "-") for path in BUILTIN_SCENARIOS.glob("[!_]*.py")}
    mutated = {identity.partition("::")[0] for identity in (*REFUSALS, *REFUSALS_OF_OLD_SERVERS, *REFUSALS_BY_JAVA)}
    assert mutated == themes - NOTHING_TO_REFUSE


@pytest.mark.parametrize(
    "refusals", [REFUSALS, REFUSALS_OF_OLD_SERVERS, REFUSALS_BY_JAVA], ids=["today", "old", "java"]
)
def test_a_case_with_its_change_taken_out_fails(
    one_server: str, dbtls: Dbtls, tmp_path: Path, refusals: tuple[str, ...]
) -> None:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    (scenarios / "mutants.py").write_text(f"WANTED = {refusals!r}\n" + MUTANTS)
    report = tmp_path / "out.json"
    server = OLD_SERVER if refusals == REFUSALS_OF_OLD_SERVERS else one_server
    client = JAVA_CLIENT if refusals == REFUSALS_BY_JAVA else CLIENT
    choice = ("--server", server, "--client", client, "--scenario", "mutants::*", "--json", report)
    ended = dbtls("run", "--scenario-dir", scenarios, *choice)
    assert ended.code == 1, ended.both
    cases = json.loads(report.read_text())["cases"]
    assert len(cases) == len(refusals)
    assert _what([case for case in cases if case["status"] != "fail"]) == []
    for case in cases:
        assert re.search(r"(accepted over|serves) TLSv1\.[123]", case["reason"]), case["reason"]


def test_a_known_deviation_that_no_longer_happens_fails(one_server: str, dbtls: Dbtls, tmp_path: Path) -> None:
    stale = """
        [[known]]
        scenario = "one-way::expired"
        instead = "accepted*"
        severity = "unsafe"
        reason = "it takes expired certificates"
        source = "made up"
    """
    clients = copied_client(tmp_path, "own-client", more=stale)
    ended = dbtls(
        "run", "--client-dir", clients, "--client", "own-client", "--server", one_server,
        "--scenario", "one-way::expired", "--scenario", "one-way::another_authority_unverified",
    )  # fmt: skip  # an option and its value belong together
    assert ended.code == 1, ended.both
    assert "declared as known to deviate, and does not any more" in ended.out
    assert "it takes expired certificates" in ended.out
    assert "1 known, 1 fail" in ended.out
