"""What a run tells while it goes: on a terminal, and in a log."""

import io
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from rich.console import Console

from harness.knowledge.rows import Known, Severity
from harness.model.verdict import Status
from harness.reports.live import HEARTBEAT, LineProgress, LiveProgress, Telling, telling
from harness.runner.events import BuildMissing, Event, Faulted, Judged, LaneDoes, LaneEnded, LaneFailed, LanePlanned
from harness.waiting import wait_for
from tests.reports.samples import CRASHED, NEVER_TRIED, UNVERIFIED
from tests.runner.reports import CLIENT, DEFECT, FAULT, MISSING, SERVER, result

NOON = datetime(2026, 12, 1, 12, 0, 0)  # noqa: DTZ001  a wall's clock, as the log shows it
WAIT_S = 10.0


def _log(**more: object) -> tuple[LineProgress, io.StringIO]:
    out = io.StringIO()
    console = Console(width=120, file=out, no_color=True, force_terminal=False)
    return LineProgress(console, clock=lambda: NOON, **more), out  # type: ignore[arg-type]  # the tests' own


def _told(progress: Telling, out: io.StringIO, *events: Event) -> list[str]:
    with progress:
        for event in events:
            progress(event)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def _until(holds: Callable[[], bool]) -> None:
    assert wait_for(lambda: True if holds() else None, deadline_s=WAIT_S)


def test_a_log_has_the_plan_and_what_went_wrong_at_once() -> None:
    progress, out = _log(plan="4 servers, 6 clients, 107 scenarios: about 2,247 cases, about 6 min")
    assert _told(
        progress,
        out,
        LaneDoes("mysql-9.7", "starting"),
        LanePlanned(SERVER, (CLIENT,), frozenset({"pymysql"}), (), 2),
        Judged(result(Status.PASS)),
        Judged(UNVERIFIED),
        BuildMissing(MISSING),
        LaneEnded("mysql-9.7", {}),
    ) == [
        "12:00:00 4 servers, 6 clients, 107 scenarios: about 2,247 cases, about 6 min",
        "12:00:00 F one-way::expired mysql-9.7 pymysql connected but unverified: accepted over TLSv1.3",
        "12:00:00 mysql-8.4: unavailable: no registry",
    ]


def test_a_fault_is_told_as_it_is_met_and_not_with_each_case_that_it_costs() -> None:
    progress, out = _log()
    assert _told(
        progress,
        out,
        Faulted(FAULT),
        Judged(CRASHED),
        Faulted(DEFECT),
        LaneFailed("mysql-9.7", DEFECT),
        Judged(NEVER_TRIED),
    ) == [
        "error: client `pymysql` died: signal 11 (SIGSEGV) (mysql-9.7)",
        "  | Segmentation fault",
        "hint: see its last lines",
        "12:00:00 F one-way::expired mysql-9.7 pymysql the client's probe died: signal 11 (SIGSEGV)",
        "error: a defect of dbtls: TypeError: no",
        "hint: please report it",
    ]


@pytest.mark.parametrize("verbose", [False, True])
def test_verbosely_each_verdict_and_each_server_is_told_when_it_is_there(verbose: bool) -> None:
    row = Known(scenario="*", instead="*", severity=Severity.UNSAFE, reason="it is old", source="s")
    progress, out = _log(verbose=verbose)
    lines = _told(
        progress,
        out,
        LanePlanned(SERVER, (CLIENT,), frozenset({"pymysql"}), (), 1),
        LanePlanned(SERVER, (CLIENT,), frozenset({None}), (), 2),
        Judged(result(Status.PASS)),
        Judged(replace(result(Status.KNOWN), known=row)),
        Judged(result(Status.FAIL)),
    )
    assert [line.split()[1] for line in lines] == (["mysql-9.7", "✓", "‼", "F"] if verbose else ["F"])


def test_a_log_is_never_silent_for_longer_than_a_heartbeat_and_says_what_each_server_does() -> None:
    progress, out = _log(period_s=0.02, expected=2_247)

    def beats() -> list[str]:
        return [line for line in out.getvalue().splitlines() if " bad" in line]

    with progress:
        _until(lambda: len(beats()) >= 2)
        assert beats()[0] == "12:00:00 0 of about 2,247 cases, 0 bad"
        progress(LaneDoes("mysql-9.7", "starting"))
        progress(LanePlanned(replace(SERVER, name="mariadb-11.8"), (CLIENT,), frozenset({"pymysql"}), (), 90))
        progress(Judged(replace(result(Status.PASS), server="mariadb-11.8")))
        progress(Judged(replace(result(Status.FAIL, "chain::x"), server="mariadb-11.8")))
        progress(LaneEnded("mysql-5.7", {}))
        told = "12:00:00 2 of about 2,247 cases, 1 bad; 1 server done; mysql-9.7 starting; mariadb-11.8 2/90 chain"
        _until(lambda: told in beats())
    assert HEARTBEAT <= 60


def test_a_log_that_has_just_told_something_has_no_heartbeat() -> None:
    progress, out = _log(period_s=0.2, verbose=True)
    with progress:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            progress(Judged(result(Status.PASS)))
    assert " bad" not in out.getvalue()


def test_without_earlier_runs_a_heartbeat_promises_no_number() -> None:
    progress, out = _log(period_s=0.01)
    with progress:
        _until(lambda: "12:00:00 still at work\n" in out.getvalue())
        progress(Judged(result(Status.PASS)))
        _until(lambda: "12:00:00 1 case, 0 bad; mysql-9.7 one-way\n" in out.getvalue())


def test_text_from_elsewhere_cannot_drive_a_terminal_or_begin_a_line() -> None:
    progress, out = _log(period_s=0.01)
    with progress:
        progress(LaneDoes("mysql-9.7", "pulling\n\x1b[2J[red]x"))
        _until(lambda: "12:00:00 mysql-9.7 pulling\\n\\x1b[2J[red]x" in out.getvalue())


def test_a_terminal_has_lines_that_move_and_the_plan_above_them() -> None:
    out = io.StringIO()
    console = Console(width=100, file=out, force_terminal=True, no_color=True, legacy_windows=False)
    progress = telling(console, plan="1 server, 1 client, 2 scenarios")
    assert isinstance(progress, LiveProgress)
    with progress:
        progress(LaneDoes("mysql-9.7", "starting"))
        progress(LanePlanned(SERVER, (CLIENT,), frozenset({"pymysql"}), (), 2))
        progress(Judged(UNVERIFIED))
        progress(LaneEnded("mysql-9.7", {}))
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue())
    assert text.startswith("1 server, 1 client, 2 scenarios\n")
    assert "F one-way::expired mysql-9.7 pymysql connected but unverified" in text
    assert "1/2" in text
    assert "done, 1 bad" in text
    assert isinstance(telling(Console(file=io.StringIO())), LineProgress)


def test_a_heartbeat_of_many_servers_is_folded_to_the_width() -> None:
    progress, out = _log(period_s=0.02)
    with progress:
        for number in range(9):
            progress(LaneDoes(f"mariadb-11.{number}-wolfssl", "starting"))
        _until(lambda: "mariadb-11.8-wolfssl starting\n" in out.getvalue())
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 120
    assert lines[1].startswith(" " * 9 + "mariadb")
