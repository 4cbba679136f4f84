"""The console's whole output, as people see it."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from harness.knowledge.rows import Known, Severity
from harness.model.verdict import Status
from harness.reports.console import LiveProgress, print_report
from harness.runner.events import BuildMissing, Event, Faulted, Judged, LaneDoes, LaneEnded, LaneFailed, LanePlanned
from harness.runner.results import CellResult, Ended, RunReport
from tests.reports.samples import BROKEN, CRASHED, EVERYTHING, FINE, NEVER_TRIED, NOTHING_RUN, UNVERIFIED
from tests.runner.reports import CLIENT, DEFECT, FAULT, MISSING, SERVER, report, result

EVERYTHING_PRINTED = r"""
case                  mysql-9.7
one-way::expired          F
one-way::in_clear         ✓
one-way::refused          ✓
one-way::strange          ?
two-way::cipher           -
versions::nonsense/x      K
in each cell, in this order: pymysql.   ✓ pass  K known  - skipped  ? inconclusive  F fail

on the server alone       mysql-9.7
guide::key_form           K
start-up::key_file/empty  F no TLS

Known deviations
  versions::nonsense/x × mysql-9.7 × pymysql: served — known: it is old (https://example.test/1)

Where nobody follows the guide
  guide: guide::key_form × mysql-9.7: BEGIN PRIVATE KEY, expected: BEGIN RSA PRIVATE KEY — known: OpenSSL 3 (https://example.test/3)

Skipped
  two-way::cipher × mysql-9.7 × pymysql: pymysql lacks choose-ciphers: no option (https://example.test/2)

Missing: mysql-8.4: no registry
    E: one
    E: two
  hint: make one reachable

F one-way::expired  mysql-9.7  pymysql
  claim: It is so.
  fail: connected but unverified: accepted over TLSv1.3
  one difference: server certificate: a → b
  good before: expected accepted over TLS
    client: accepted over TLSv1.3 as c_none@%, connection 7, TLS_AES_128_GCM_SHA256, server certificate serial abc
    server (unchanged): logged in [Ssl_accepts +1]
  case: expected refused by the client: expired
    client: accepted over TLSv1.3 as c_none@%, connection 7, TLS_AES_128_GCM_SHA256, server certificate serial abc
    server (unchanged): logged in [Ssl_accepts +1]
  again: dbtls run --server mysql-9.7 --client pymysql --scenario one-way::expired

? one-way::strange  mysql-9.7  pymysql
  claim: It is so.
  inconclusive: an error that no table knows: Strange: [red]what
  case: expected refused by the client: expired
    client: an error that no table knows: Strange: [red]what[/red] \[is] this
      raw: Strange: [red]what[/red] \[is] this
    server (unchanged): no connection
  good after: expected accepted over TLS
    client: no answer for 10 s
    server (unchanged): the TLS handshake failed [Aborted_connects +1, Ssl_accepts +1]
      log: 2026-11-23 21:02:03 9 [Warning] Aborted connection 9 to db: 'unconnected' (handshake)
  again: dbtls run --server mysql-9.7 --client pymysql --scenario one-way::strange

F start-up::key_file/empty  mysql-9.7
  claim: It is so.
  fail: silently starts without TLS, expected: refuses to start
  one difference: key: good → empty
  good before: expected serves TLS
    server, as the harness's own client finds it: serves
  case: expected refuses to start
    server, as the harness's own client finds it: starts without TLS
      log: 12:00 0 [ERROR] SSL error: Unable to get private key
  again: dbtls run --server mysql-9.7 --scenario start-up::key_file/empty

mysql-9.7: 9.7.4, OpenSSL 3.5.1, TLSv1.2, TLSv1.3, ALTER INSTANCE RELOAD TLS, dbtls/seed:mysql-9.7-0123
pymysql: PyMySQL 1.2, CPython 3.11, OpenSSL 3.0
dbtls 0.2.0 at 0123456789ab-dirty, Docker 28, Linux 6 x86_64
12.3 s, first verdict after 3.2 s; seconds summed over lanes: clients 1.2  start 2.0
8 cases: 2 pass, 2 known, 1 skipped, 1 inconclusive, 2 fail
F one-way::expired mysql-9.7 pymysql connected but unverified: accepted over TLSv1.3
again: dbtls run --server mysql-9.7 --client pymysql --scenario one-way::expired
not reached: mysql-8.4 (exit 1; --allow-missing to do without)
"""


def _console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(width=120, file=out, no_color=True, force_terminal=False), out


def _printed(made: RunReport, *, allow_missing: bool = False) -> list[str]:
    console, out = _console()
    print_report(made, console, allow_missing=allow_missing)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_report_with_everything() -> None:
    assert "\n".join(["", *_printed(EVERYTHING), ""]) == EVERYTHING_PRINTED


def test_a_run_of_which_all_passed() -> None:
    assert _printed(FINE)[-1] == "1 case: 1 pass"


def test_a_run_of_nothing() -> None:
    assert _printed(NOTHING_RUN)[-1] == "0 cases: none"


def test_a_missing_build_that_is_allowed_is_told_and_not_counted_as_not_reached() -> None:
    made = report(result(Status.PASS), missing=(MISSING,))
    assert _printed(made)[-1] == "not reached: mysql-8.4 (exit 3; --allow-missing to do without)"
    allowed = _printed(made, allow_missing=True)
    assert allowed[-1] == "1 case: 1 pass"
    assert "Missing: mysql-8.4: no registry" in allowed


def test_every_server_and_client_has_its_own_mark_in_a_row() -> None:
    pass_, fail = result(Status.PASS), result(Status.FAIL)
    made = report(
        replace(pass_, client="a"),
        replace(fail, client="b"),
        replace(pass_, server="mariadb-11.8", client="b"),
    )
    assert _printed(made)[:3] == [
        "case           mariadb-11.8  mysql-9.7",
        "one-way::good        ✓          ✓F",
        "in each cell, in this order: a, b.   ✓ pass  K known  - skipped  ? inconclusive  F fail",
    ]


def test_a_label_in_brackets_is_printed_as_it_is() -> None:
    made = report(replace(result(Status.PASS, "theme::scenario/[dim]"), server="server [mine]"))
    assert _printed(made)[:2] == ["case                   server [mine]", "theme::scenario/[dim]        ✓"]


def test_a_missing_build_beside_a_failure_does_not_promise_exit_3() -> None:
    made = report(result(Status.FAIL), missing=(MISSING,))
    assert made.exit_code(allow_missing=False) == 1
    assert "exit 3" not in _printed(made)[-1]


def test_away_from_a_terminal_progress_is_only_what_went_wrong() -> None:
    console, out = _console()
    events: list[Event] = [
        LaneDoes("mysql-9.7", "starting"),
        LanePlanned(SERVER, (CLIENT,), frozenset({"pymysql"}), (), 2),
        Judged(result(Status.PASS)),
        Judged(UNVERIFIED),
        BuildMissing(MISSING),
        LaneEnded("mysql-9.7", {}),
    ]
    with LiveProgress(console) as progress:
        for event in events:
            progress(event)
    assert [line.rstrip() for line in out.getvalue().splitlines()] == [
        "F one-way::expired mysql-9.7 pymysql connected but unverified: accepted over TLSv1.3",
        "mysql-8.4: unavailable: no registry",
    ]


def test_the_worst_of_known_deviations_come_first_each_with_its_severity_and_where_it_was_measured() -> None:
    def known(severity: Severity) -> CellResult:
        row = Known(scenario="*", instead="*", severity=severity, reason="it is old", source="s")
        made = result(Status.KNOWN, f"one-way::{severity.value}", f"{severity.value} — known: it is old (s)")
        return replace(made, known=row)

    alone = replace(known(Severity.TEXT), client=None, outcome="serves", expected="refuses", unmeasured="elsewhere")
    lines = _printed(report(known(Severity.GUIDE), alone, known(Severity.BREAKS), known(Severity.UNSAFE)))
    at = lines.index("Known deviations")
    assert lines[at + 1 : at + 5] == [
        "  unsafe: one-way::unsafe × mysql-9.7 × pymysql: unsafe — known: it is old (s)",
        "  breaks: one-way::breaks × mysql-9.7 × pymysql: breaks — known: it is old (s)",
        "  text: one-way::text × mysql-9.7: serves, expected: refuses — known: it is old (s); elsewhere",
        "  guide: one-way::guide × mysql-9.7 × pymysql: guide — known: it is old (s)",
    ]


BROKEN_PRINTED = """
F one-way::expired  mysql-9.7  pymysql
  claim: It is so.
  fail: the client's probe died: signal 11 (SIGSEGV)
  good before: expected accepted over TLS
    client: accepted over TLSv1.3 as c_none@%, connection 7, TLS_AES_128_GCM_SHA256, server certificate serial abc
    server (unchanged): logged in [Ssl_accepts +1]
  case: expected refused
    client: the client's probe died: signal 11 (SIGSEGV)
      last words: Segmentation fault
    server (unchanged): the TLS handshake failed [Aborted_connects +1, Ssl_accepts +1]
      log: 2026-11-23 21:02:03 9 [Warning] Aborted connection 9 to db: 'unconnected' (handshake)
  again: dbtls run --server mysql-9.7 --client pymysql --scenario one-way::expired

? one-way::good  mysql-9.7  pymysql
  claim: It is so.
  inconclusive: the good situation does not hold: not attempted: client `pymysql` cannot be started
  good before: expected accepted over TLS
    client: not attempted: client `pymysql` cannot be started
  again: dbtls run --server mysql-9.7 --client pymysql --scenario one-way::good

Inconclusive, not carried out because of a fault
  versions::pair, versions::other × mysql-9.7 × pymysql: its lane broke: a defect of dbtls: TypeError: no

Fault: mysql-9.7 pymysql: client `pymysql` died: signal 11 (SIGSEGV)
    Segmentation fault
  hint: see its last lines
  cost: one-way::good, one-way::expired

Fault: a defect of dbtls: TypeError: no
  hint: please report it
  cost: versions::0, versions::1, versions::2, versions::3, versions::4 and 2 more
"""


def test_what_broke_is_told_once_with_what_it_cost_and_what_was_not_reached_is_counted() -> None:
    printed = _printed(BROKEN)
    first = printed.index("F one-way::expired  mysql-9.7  pymysql")
    assert "\n".join(
        ["", *printed[first : printed.index("", printed.index("Fault: a defect of dbtls: TypeError: no"))], ""]
    ) == (BROKEN_PRINTED)
    assert printed[-5:] == [
        "4 cases: 3 inconclusive, 1 fail",
        "F one-way::expired mysql-9.7 pymysql the client's probe died: signal 11 (SIGSEGV)",
        "again: dbtls run --server mysql-9.7 --client pymysql --scenario one-way::expired",
        "interrupted by Ctrl-C; not reached: 2 cases (mariadb-11.8 1, mysql-9.7 1)",
        "2 faults, see above (exit 130)",
    ]


def test_the_traceback_of_a_defect_is_printed_where_it_is_asked_for() -> None:
    console, out = _console()
    print_report(BROKEN, console, allow_missing=False, tracebacks=True)
    assert "Fault: a defect of dbtls: TypeError: no\n    harness/x.py:3 f\n    harness/y.py:4 g\n" in out.getvalue()


def test_a_run_that_is_terminated_says_so() -> None:
    assert _printed(report(result(Status.PASS), ended=Ended.TERMINATED))[-1] == "ended by SIGTERM; not reached: 0 cases"


def test_a_fault_is_told_as_it_is_met_and_not_with_each_case_that_it_costs() -> None:
    console, out = _console()
    events: list[Event] = [
        Faulted(FAULT),
        Judged(CRASHED),
        Faulted(DEFECT),
        LaneFailed("mysql-9.7", DEFECT),
        Judged(NEVER_TRIED),
    ]
    with LiveProgress(console) as progress:
        for event in events:
            progress(event)
    assert [line.rstrip() for line in out.getvalue().splitlines()] == [
        "error: client `pymysql` died: signal 11 (SIGSEGV) (mysql-9.7)",
        "  | Segmentation fault",
        "hint: see its last lines",
        "F one-way::expired mysql-9.7 pymysql the client's probe died: signal 11 (SIGSEGV)",
        "error: a defect of dbtls: TypeError: no",
        "hint: please report it",
    ]


def test_briefly_what_is_bad_and_the_sum_are_printed() -> None:
    console, out = _console()
    print_report(EVERYTHING, console, allow_missing=False, briefly=True)
    brief = [line.rstrip() for line in out.getvalue().splitlines()]
    whole = _printed(EVERYTHING)
    assert [line for line in brief if line not in whole] == []
    assert [line for line in brief if line.startswith("F ")] == [line for line in whole if line.startswith("F ")]
    assert brief[-4:] == whole[-4:]
    assert not any(line.startswith(("Known", "Skipped", "case ", "in each cell", "mysql-9.7: ")) for line in brief)


@pytest.mark.parametrize("verbose", [False, True])
def test_verbosely_each_verdict_is_printed_when_it_is_there(verbose: bool) -> None:
    console, out = _console()
    with LiveProgress(console, verbose=verbose) as progress:
        progress(Judged(result(Status.PASS)))
        progress(Judged(result(Status.FAIL)))
    lines = out.getvalue().splitlines()
    assert [line[0] for line in lines] == (["✓", "F"] if verbose else ["F"])
