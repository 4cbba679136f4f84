"""From events to the report."""

import time
from dataclasses import replace

import pytest

from harness.model.verdict import Status
from harness.runner import collect
from harness.runner.collect import Collector
from harness.runner.events import BuildMissing, Event, Judged, LaneDoes, LaneEnded, LaneFailed, LanePlanned
from tests.runner.reports import CLIENT, MISSING, SERVER, result

OTHER_SERVER = replace(SERVER, name="mariadb-11.8")
B_ON_MYSQL = result(Status.PASS, "b")
A_ON_MYSQL = result(Status.FAIL, "a")
A_ON_MARIADB = replace(A_ON_MYSQL, server="mariadb-11.8")
EVENTS: list[Event] = [
    LaneDoes("mysql-9.7", "starting"),
    LanePlanned(SERVER, (CLIENT,), 2),
    Judged(B_ON_MYSQL),
    LanePlanned(OTHER_SERVER, (CLIENT,), 1),
    Judged(A_ON_MYSQL),
    Judged(A_ON_MARIADB),
    BuildMissing(MISSING),
    LaneEnded("mysql-9.7", {"start": 1.0, "clients": 0.5}),
    LaneEnded("mariadb-11.8", {"start": 2.0}),
    LaneFailed("mysql-8.4", RuntimeError()),
]


def test_a_report_has_everything_in_an_order_that_does_not_hang_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "revision", lambda: "0123")
    collector = Collector(time.monotonic())
    for event in EVENTS:
        collector(event)
    made = collector.report(command="dbtls run", engine="Docker 28", machine="Linux")
    assert collector.lanes_ended == 2
    assert made.results == (A_ON_MARIADB, A_ON_MYSQL, B_ON_MYSQL)
    assert made.missing == (MISSING,)
    assert made.spent_s == {"start": 3.0, "clients": 0.5}
    assert made.provenance.servers == (OTHER_SERVER, SERVER)
    assert made.provenance.clients == (CLIENT,)
    assert (made.provenance.revision, made.provenance.command) == ("0123", "dbtls run")
    assert made.first_verdict_s is not None
    assert 0 <= made.first_verdict_s <= made.duration_s


def test_a_run_without_a_verdict_has_no_first_one() -> None:
    made = Collector(time.monotonic()).report(command="", engine="", machine="")
    assert (made.results, made.first_verdict_s) == ((), None)


def test_outside_a_checkout_the_revision_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert collect.revision() == "unknown"
