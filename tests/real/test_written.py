"""The file of cases of docs/scenarios.md, dropped into a folder: listed, run, and read again out of the report."""

import json
from pathlib import Path

from harness.case.data import read_case
from harness.case.scenario import discover_scenarios
from tests.case.beds import bed
from tests.case.test_written import of_the_docs
from tests.real.command import Dbtls

CLIENT = "pymysql"


def test_the_cases_of_the_docs_are_listed_and_run(one_server: str, dbtls: Dbtls, tmp_path: Path) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / "renewal.toml").write_text(of_the_docs(), encoding="utf-8")
    written = discover_scenarios([folder])

    listed = dbtls("scenarios", "--scenario-dir", folder)
    assert listed.code == 0, listed.both
    assert all(identity in listed.out for identity in written)

    report = tmp_path / "out.json"
    chosen = ("--server", one_server, "--client", CLIENT, "--scenario", "renewal::*")
    ended = dbtls("run", *chosen, "--scenario-dir", folder, "--json", report)
    assert ended.code == 0, ended.both
    cases = {case["id"]: case for case in json.loads(report.read_text())["cases"]}
    assert {identity: case["status"] for identity, case in cases.items()} == dict.fromkeys(written, "pass")
    expired = cases["renewal::expired"]
    assert expired["difference"] == "server certificate: not_before -1 d → -30 d, not_after +30 d → -1 d"
    assert expired["rerun"].endswith(f"--scenario renewal::expired --scenarios {folder}")
    for identity, case in cases.items():
        assert read_case(case["case"]) == written[identity].make(bed())


def test_a_case_that_does_not_hold_fails(one_server: str, dbtls: Dbtls, tmp_path: Path) -> None:
    wrong = of_the_docs().replace("refused by the client: expired", "refused by the client: not-yet-valid")
    (tmp_path / "renewal.toml").write_text(wrong, encoding="utf-8")
    chosen = ("--server", one_server, "--client", CLIENT, "--scenario", "renewal::expired")
    ended = dbtls("run", *chosen, "--scenario-dir", tmp_path)
    assert ended.code == 1, ended.both
    assert "refused by the client: expired, expected to be refused by the client: not-yet-valid" in ended.out
