"""Servers as plain processes: the same verdicts as in containers, and as little left behind."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.engines import DOCKER, LOCAL
from harness.errors import BuildUnavailable, EngineError
from harness.selection import places
from harness.servers.local import LocalPlace
from harness.servers.starting import quiet
from harness.waiting import wait_for
from tests.real.command import Dbtls, Process, descendants, finished, gone
from tests.real.fleet import DEFAULT_BUILDS, Fleet
from tests.real.servers import containers_of

CLIENT = "pymysql"
BUILD = "mariadb-11.4-wolfssl"
BEGUN_S = 60.0
ENDS_S = 30.0
COMPARED = ("one-way::*", "two-way::another_*", "authority-swap::*", "versions::pair/TLSv1.2*")
"""Among them: a reload (the order of a swap), a server started afresh, refusals by client, server and account."""


@pytest.fixture(scope="session")
def local_build(fleet: Fleet) -> str:
    """A default build that runs without an engine, by name; skipped where not even its image could be had."""
    if BUILD in fleet.missing:
        pytest.skip(f"server `{BUILD}` unavailable: {fleet.missing[BUILD]}")
    try:
        LocalPlace().make(DEFAULT_BUILDS[BUILD], quiet)
    except BuildUnavailable as error:
        pytest.fail(f"{error}; {error.remedy}", pytrace=False)
    return BUILD


def _verdicts(report: Mapping[str, Any]) -> dict[str, object]:
    """By case: the verdict, and what either end saw at each attempt, as far as it does not differ from run to run."""
    return {
        case["id"]: (
            case["status"],
            [
                (
                    proof["label"],
                    _lasting(proof["client"]),
                    proof["server"] and (proof["server"]["seen"], proof["server"]["was"]),
                )
                for proof in case["evidence"]
            ],
        )
        for case in report["cases"]
    }


def _lasting(outcome: Mapping[str, Any]) -> list[object]:
    """A server's refusal reaches a client as an alert at one time and as a lost connection at another: no causes."""
    causes = None if outcome.get("by") == "server" else outcome.get("causes")
    return [*(outcome.get(name) for name in ("outcome", "by", "tls_version", "cipher")), causes]


def test_both_engines_give_the_same_verdicts(local_build: str, dbtls: Dbtls, tmp_path: Path) -> None:
    found = {}
    for engine in (LOCAL, DOCKER):
        path = tmp_path / f"{engine}.json"
        patterns = (word for pattern in COMPARED for word in ("--scenario", pattern))
        ended = dbtls("run", "--engine", engine, "-s", local_build, "-c", CLIENT, *patterns, "--json", path)
        assert ended.code == 0, ended.both
        found[engine] = json.loads(path.read_text())
    assert {engine: report["provenance"]["runs"][0]["engine"].split()[0] for engine, report in found.items()} == {
        LOCAL: "plain",
        DOCKER: "Docker",
    }
    local, docker = (_verdicts(report) for report in found.values())
    assert {case: found for case, found in local.items() if found != docker.get(case)} == {}
    assert local.keys() == docker.keys()
    statuses = {case["status"] for case in found[LOCAL]["cases"]}
    assert {"pass", "known"} <= statuses
    was = {proof["server"]["was"] for case in found[LOCAL]["cases"] for proof in case["evidence"]}
    assert {"reloaded", "started afresh"} <= was


def _in_the_middle(dbtls: Dbtls, process: "subprocess.Popen[str]") -> list[Process]:
    """Wait until attempts have begun; the run's processes, its server among them."""

    def begun() -> list[Process] | None:
        below = descendants(process.pid)
        stores = list(dbtls.scratch.glob("dbtls-run-*/*/stores/0/current"))
        if stores and any("--defaults-file=" in one.command for one in below):
            return below
        assert process.poll() is None, "it ended before its middle"
        return None

    below = wait_for(begun, deadline_s=BEGUN_S)
    assert below is not None, "no attempt began"
    assert containers_of(process.pid) == []
    return below


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_told_to_end_leaves_nothing(
    local_build: str, dbtls: Dbtls, number: signal.Signals, code: int
) -> None:
    with dbtls.running("run", "--engine", "local", "--server", local_build, "--client", CLIENT) as process:
        below = _in_the_middle(dbtls, process)
        process.send_signal(number)
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == code, ended.both
    assert "Traceback" not in ended.both
    assert gone(below) == []
    assert dbtls.folders() == []


def test_after_a_kill_the_server_ends_and_the_next_run_sweeps_the_rest(local_build: str, dbtls: Dbtls) -> None:
    command = ("run", "--engine", "local", "--server", local_build, "--client", CLIENT)
    with dbtls.running(*command) as process:
        below = _in_the_middle(dbtls, process)
        process.kill()
        finished(process, deadline_s=ENDS_S)
    assert gone(below) == []
    assert len(dbtls.folders()) == 2, "the run's and the server's"
    following = dbtls(*command, "--scenario", "one-way::good_authority")
    assert following.code == 0, following.both
    assert dbtls.folders() == []


def test_a_server_that_outlives_a_killed_harness_is_ended_by_the_next(local_build: str, dbtls: Dbtls) -> None:
    command = ("run", "--engine", "local", "--server", local_build, "--client", CLIENT)
    with dbtls.running(*command) as process:
        below = _in_the_middle(dbtls, process)
        (server,) = (one for one in below if one.command.startswith("/") and "--defaults-file=" in one.command)
        keepers = [one for one in below if "serve.sh" in one.command]
        # Without those that would have noticed, the server alone stays.
        for one in (keeper for keeper in keepers if keeper.there()):
            os.kill(one.pid, signal.SIGSTOP)
        process.kill()
        for one in keepers:
            os.kill(one.pid, signal.SIGKILL)
        finished(process, deadline_s=ENDS_S)
    assert gone(keepers) == []
    assert server.there()
    following = dbtls(*command, "--scenario", "one-way::good_authority")
    assert following.code == 0, following.both
    assert gone([server]) == []


def test_without_an_engine_what_can_run_does_and_the_rest_is_named(
    local_build: str, dbtls: Dbtls, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise EngineError("nobody answers", remedy="start it")

    monkeypatch.setattr(places, "Engine", refuse)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    command = ("run", "-s", local_build, "-s", "mariadb-10.11", "-c", CLIENT, "-k", "one-way::good_authority")
    ended = dbtls.inside(*command)
    assert ended.code == 3, ended.both
    assert "dbtls: nobody answers. Servers run as plain processes" in ended.err
    assert "Missing: mariadb-10.11: it comes in a container only" in ended.out
    assert "1 as expected, 1 skipped" in ended.out
    assert dbtls.inside(*command, "--allow-missing").code == 0


def test_the_listing_says_what_runs_without_an_engine(local_build: str, dbtls: Dbtls) -> None:
    ended = dbtls("servers", "--engine", "local")
    assert ended.code == 0, ended.both
    rows = {line.split()[0]: line for line in ended.out.splitlines()}
    assert " yes " in rows[local_build]
    assert "WolfSSL" in rows[local_build]
    assert "it comes in a container only" in rows["mariadb-10.11"]
