"""From events to the report."""

import time
from dataclasses import replace

import pytest

from harness.model.fault import Fault
from harness.model.verdict import Status
from harness.runner import collect
from harness.runner.collect import Collector, origin_of
from harness.runner.events import (
    BuildMissing,
    Event,
    Faulted,
    Judged,
    LaneDoes,
    LaneEnded,
    LaneFailed,
    LanePlanned,
    RunBegan,
)
from harness.runner.results import Ended, Pending
from tests.runner.reports import CLIENT, MISSING, PROVENANCE, SERVER, result

OTHER_SERVER = replace(SERVER, name="mariadb-11.8")
B_ON_MYSQL = result(Status.PASS, "b")
A_ON_MYSQL = result(Status.FAIL, "a")
A_ON_MARIADB = replace(A_ON_MYSQL, server="mariadb-11.8")
BROKEN = Fault(what="the engine died", remedy="start it", server="mysql-8.4")


def pending(identity: str, server: str = "mysql-9.7", client: str | None = "pymysql") -> Pending:
    return Pending(id=identity, claim="It is so.", server=server, client=client)


def _collector(*expected: Pending) -> Collector:
    return Collector(time.monotonic(), RunBegan(PROVENANCE, (), expected))


EVENTS: list[Event] = [
    LaneDoes("mysql-9.7", "starting"),
    LanePlanned(SERVER, (CLIENT,), frozenset({"pymysql"}), (pending("a"), pending("b"), pending("c")), 3),
    Judged(B_ON_MYSQL),
    LanePlanned(OTHER_SERVER, (CLIENT,), frozenset({"pymysql"}), (pending("a", "mariadb-11.8"),), 1),
    Judged(A_ON_MYSQL),
    Judged(A_ON_MARIADB),
    BuildMissing(MISSING),
    LaneEnded("mysql-9.7", {"start": 1.0, "clients": 0.5}, {"chain": 0.3}),
    LaneEnded("mariadb-11.8", {"start": 2.0}, {"chain": 0.2, "one-way": 1.0}),
    LaneFailed("mysql-8.4", BROKEN),
]


def test_a_report_has_everything_in_an_order_that_does_not_hang_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "revision", lambda: "0123")
    origin = origin_of(command="dbtls run", engine="Docker 28")
    collector = Collector(time.monotonic(), RunBegan(origin, ("--servers", "x"), ()))
    for event in EVENTS:
        collector(event)
    made = collector.report(Ended.INTERRUPTED)
    assert collector.lanes_ended == 2
    assert made.results == (A_ON_MARIADB, A_ON_MYSQL, B_ON_MYSQL)
    assert made.missing == (MISSING,)
    assert made.faults == (BROKEN,)
    assert made.not_reached == (pending("c"),)
    assert (made.options, made.ended) == (("--servers", "x"), Ended.INTERRUPTED)
    assert made.spent_s == {"start": 3.0, "clients": 0.5}
    assert made.spent_by_theme_s == {"chain": 0.5, "one-way": 1.0}
    assert made.provenance.servers == (OTHER_SERVER, SERVER)
    assert made.provenance.clients == (CLIENT,)
    assert (made.provenance.revision, made.provenance.command) == ("0123", "dbtls run")
    assert made.provenance.begun == origin.begun
    assert made.first_verdict_s is not None
    assert 0 <= made.first_verdict_s <= made.duration_s


def test_a_run_without_a_verdict_has_no_first_one() -> None:
    made = _collector().report()
    assert (made.results, made.first_verdict_s) == ((), None)


def test_what_is_expected_stays_open_until_its_cases_are_known_and_these_until_they_are_judged() -> None:
    expected = [pending("a"), pending("a", client=None), pending("z"), pending("a", "mariadb-11.8")]
    collector = _collector(*expected)
    assert collector.open_on("mysql-9.7") == tuple(expected[:3])
    collector(LanePlanned(SERVER, (CLIENT,), frozenset({"pymysql"}), (pending("a/1"), pending("a/2")), 2))
    assert collector.open_on("mysql-9.7") == (expected[1], pending("a/1"), pending("a/2"))
    collector(Judged(result(Status.PASS, "a/1")))
    assert collector.open_on("mysql-9.7") == (expected[1], pending("a/2"))
    made = collector.report()
    assert made.not_reached == (pending("a", "mariadb-11.8"), expected[1], pending("a/2"))


def test_faults_of_a_kind_are_one_with_all_that_it_cost() -> None:
    fault = Fault(what="client `pymysql` died", remedy="r", server="mysql-9.7", client="pymysql", detail=("first",))
    collector = _collector()
    assert not collector.knows(fault)
    collector(Faulted(fault))
    for identity in ("a", "b", "a"):
        collector(Judged(replace(result(Status.FAIL, identity), faults=(replace(fault, detail=("later",)),))))
    elsewhere = replace(fault, server="mariadb-11.8")
    assert collector.knows(fault)
    assert not collector.knows(elsewhere)
    collector(Judged(replace(A_ON_MARIADB, faults=(elsewhere,))))
    assert collector.report().faults == (
        replace(fault, cases=("a", "b")),
        replace(elsewhere, cases=("a",)),
    )
