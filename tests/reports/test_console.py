"""The console's whole output at the end of a run, as people see it."""

import io
from collections.abc import Iterable
from dataclasses import replace

import pytest
from rich.console import Console

from harness.knowledge.rows import Known, Severity
from harness.model.obstacle import NOT_APPLICABLE, Because, Obstacle
from harness.model.verdict import Status
from harness.reports.before import Before
from harness.reports.console import Around, View, print_report
from harness.reports.making import report_of
from harness.reports.model import FailOn, Report
from harness.reports.streams import page, stderr, stdout
from harness.runner.results import CellResult, Ended, Pending, RunReport
from tests.reports.samples import BROKEN, EVERYTHING, FINE, NOTHING_RUN
from tests.runner.reports import MISSING, report, result

KEPT = Around(
    written=("out/report.json", "out/junit.xml"),
    shown_by="dbtls report out/report.json",
    again="dbtls run --failed",
)

EVERYTHING_PRINTED = r"""
FAILED  8 cases on 1 server with 1 client

server     guide  one-way  start-up  two-way  versions
cases      1      4        1         1        1
mysql-9.7  k1     F1 ?1    F1        -        k1
✓ as expected   - skipped   k known   ? inconclusive   F failed

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

F start-up::key_file/empty  mysql-9.7
  claim: It is so.
  fail: silently starts without TLS, expected: refuses to start
  one difference: key: good → empty
  good before: expected serves TLS
    server, as dbtls's own client finds it: serves
  case: expected refuses to start
    server, as dbtls's own client finds it: starts without TLS
      log: 12:00 0 [ERROR] SSL error: Unable to get private key
  again: dbtls run --server mysql-9.7 --scenario start-up::key_file/empty

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

k 2 known deviations: guide 1   each: dbtls report out/report.json --known
- 1 skipped: the client cannot 1 (choose ciphers 1)   each: dbtls report out/report.json --skipped

reports: out/report.json  out/junit.xml
not available: mysql-8.4 (--allow-missing to do without)
again: dbtls run --failed
FAILED  8 cases: 2 as expected, 2 known, 1 skipped, 1 inconclusive, 2 failed   12 s   exit 1
"""

ALL_LISTS = """
clients  1 pymysql
case                  mysql-9.7
                      1
one-way::expired      F
one-way::in_clear     ✓
one-way::refused      ✓
one-way::strange      ?
two-way::cipher       -
versions::nonsense/x  k

on the server alone       mysql-9.7
guide::key_form           k BEGIN PRIVATE KEY
start-up::key_file/empty  F starts without TLS

Known deviations
  versions::nonsense/x × mysql-9.7 × pymysql: served — known: it is old (https://example.test/1)

Where nobody follows the guide
  guide: guide::key_form × mysql-9.7: BEGIN PRIVATE KEY, expected: BEGIN RSA PRIVATE KEY — known: OpenSSL 3 (https://example.test/3)

Skipped
  two-way::cipher × mysql-9.7 × pymysql: pymysql cannot choose ciphers: no option (https://example.test/2)

mysql-9.7: 9.7.4, OpenSSL 3.5.1, TLSv1.2, TLSv1.3, ALTER INSTANCE RELOAD TLS, dbtls/seed:mysql-9.7-0123
pymysql: PyMySQL 1.2, CPython 3.11, OpenSSL 3.0
dbtls 0.2.0 at 0123456789ab-dirty, Docker 28, Linux 6 x86_64
first verdict after 3.2 s
seconds by kind of work, all servers together: starting servers 2.0, attempts by clients 1.2
seconds by theme, all servers together: one-way 1.0, start-up 0.2
"""


def printed(made: Report, *, view: View | None = None, around: Around | None = None, width: int = 160) -> list[str]:
    """What is printed, line by line."""
    out = io.StringIO()
    console = Console(width=width, file=out, no_color=True, force_terminal=False)
    print_report(made, console, view=view or View(), around=around or Around())
    return out.getvalue().splitlines()


def _printed(made: RunReport, *, allow_missing: bool = False) -> list[str]:
    return printed(report_of(made, allow_missing=allow_missing))


def _known(severity: Severity, identity: str = "", **more: str | None) -> CellResult:
    row = Known(scenario="*", instead="*", severity=severity, reason="it is old", source="s")
    made = result(Status.KNOWN, identity or f"one-way::{severity.value}", f"{severity.value} — known: it is old (s)")
    return replace(made, known=row, **more)  # type: ignore[arg-type]  # texts alone


def _sections(lines: Iterable[str]) -> list[str]:
    return "\n".join(lines).split("\n\n")


def test_a_report_with_everything() -> None:
    assert "\n".join(["", *printed(report_of(EVERYTHING), around=KEPT), ""]) == EVERYTHING_PRINTED


def test_matrices_lists_and_details_are_there_where_they_are_wanted() -> None:
    every = View(matrix=True, known=True, skipped=True, details=True)
    timed = replace(EVERYTHING, spent_by_theme_s={"start-up": 0.2, "one-way": 1.0})
    more = [
        part for part in _sections(printed(report_of(timed), view=every)) if part not in _sections(_printed(EVERYTHING))
    ]
    assert "\n".join(["", "\n\n".join(more), ""]) == ALL_LISTS


def test_a_run_of_which_all_passed_says_so_first_and_last() -> None:
    lines = _printed(FINE)
    assert lines[0] == "PASSED  1 case on 1 server with 1 client"
    assert lines[-1] == "PASSED  1 case: 1 as expected, 0 failed   12 s   exit 0"


def test_a_run_of_nothing_is_inconclusive() -> None:
    assert _printed(NOTHING_RUN)[-1] == "INCONCLUSIVE  0 cases: 0 failed   12 s   exit 3"


def test_a_missing_build_that_is_allowed_is_told_and_not_counted() -> None:
    made = report(result(Status.PASS), missing=(MISSING,))
    assert _printed(made)[-2:] == [
        "not available: mysql-8.4 (--allow-missing to do without)",
        "INCONCLUSIVE  1 case: 1 as expected, 0 failed   12 s   exit 3",
    ]
    allowed = _printed(made, allow_missing=True)
    assert allowed[-1] == "PASSED  1 case: 1 as expected, 0 failed   12 s   exit 0"
    assert "Missing: mysql-8.4: no registry" in allowed
    assert not any(line.startswith("not available") for line in allowed)


def test_a_missing_build_beside_a_failure_does_not_promise_exit_3() -> None:
    made = report(result(Status.FAIL), missing=(MISSING,))
    assert made.exit_code(allow_missing=False) == 1
    assert _printed(made)[-1].endswith("exit 1")


def test_the_worst_of_known_deviations_come_first_each_with_its_severity_and_where_it_was_measured() -> None:
    alone = replace(_known(Severity.TEXT), client=None, outcome="serves", expected="refuses", unmeasured="elsewhere")
    made = report(_known(Severity.GUIDE), alone, _known(Severity.BREAKS), _known(Severity.UNSAFE))
    lines = printed(report_of(made), view=View(known=True))
    at = lines.index("Known deviations")
    assert lines[at + 1 : at + 5] == [
        "  unsafe: one-way::unsafe × mysql-9.7 × pymysql: unsafe — known: it is old (s)",
        "  breaks: one-way::breaks × mysql-9.7 × pymysql: breaks — known: it is old (s)",
        "  text: one-way::text × mysql-9.7: serves, expected: refuses — known: it is old (s); elsewhere",
        "  guide: one-way::guide × mysql-9.7 × pymysql: guide — known: it is old (s)",
    ]


CLEAR = {"expected": "refused by the client: no-tls", "outcome": "accepted in the clear"}
UNSAFE = (
    _known(Severity.UNSAFE, "one-way::required", **CLEAR),
    _known(Severity.UNSAFE, "one-way::required", **CLEAR, client="mariadb-cli-10.11"),
    _known(Severity.UNSAFE, "one-way::required", **CLEAR, client="mariadb-cli-11.8"),
    _known(
        Severity.UNSAFE,
        "start-up::key/empty",
        client=None,
        expected="refuses to start",
        outcome="starts without TLS",
    ),
)


def test_unsafe_deviations_stand_by_what_they_are_with_who_does_it() -> None:
    lines = _printed(report(result(Status.PASS), _known(Severity.TEXT), *UNSAFE))
    assert lines[0] == "PASSED  6 cases on 1 server with 1 client; 4 known deviations are unsafe"
    at = lines.index("‼ 4 known deviations are unsafe, for 1 reason")
    assert lines[at + 1 : at + 6] == [
        "     3  connects in the clear though TLS was demanded  mariadb-cli-{10.11,11.8} 2, pymysql 1",
        "                                                       one-way: required",
        "     1  starts without TLS                             mysql-9.7 1",
        "                                                       start-up: key",
        "k 1 other known deviation: text 1",
    ]
    assert lines[-1] == "PASSED  6 cases: 1 as expected, 5 known (4 unsafe), 0 failed   12 s   exit 0"


def test_where_earlier_runs_are_known_what_is_new_is_said() -> None:
    made = report_of(report(*UNSAFE))
    keys = frozenset((one.id, one.server, one.client or "") for one in UNSAFE)
    known = Around(before=Before(carried_out=keys, unsafe=keys))
    head = "‼ 4 known deviations are unsafe, for 1 reason"
    assert f"{head}; none new since these cases last ran here" in printed(made, around=known)
    once_safe = Around(before=Before(carried_out=keys, unsafe=keys - {("one-way::required", "mysql-9.7", "pymysql")}))
    lines = printed(made, around=once_safe)
    assert f"{head}; 1 new since these cases last ran here" in lines
    assert any(line.endswith("mariadb-cli-{10.11,11.8} 2, pymysql 1; 1 new") for line in lines)
    never_run = Around(before=Before(carried_out=frozenset()))
    assert f"{head}; none new since these cases last ran here" in printed(made, around=never_run)


def test_skipped_cases_stand_by_class_of_reason() -> None:
    def skipped(number: int, obstacle: Obstacle) -> CellResult:
        return replace(result(Status.SKIPPED, f"a::{number}"), obstacle=obstacle)

    made = report(
        result(Status.PASS),
        skipped(0, Obstacle(Because.CLIENT, "hold connections")),
        skipped(1, Obstacle(Because.CLIENT, "hold connections")),
        skipped(2, Obstacle(Because.CLIENT, "choose ciphers")),
        skipped(3, NOT_APPLICABLE),
    )
    told = "- 4 skipped: the client cannot 3 (hold connections 2, choose ciphers 1); does not apply 1"
    assert told in _printed(made)
    assert f"{told}   each: dbtls report out/report.json --skipped" in printed(report_of(made), around=KEPT)
    assert told in printed(report_of(made), around=KEPT, view=View(skipped=True))


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
  versions::other, versions::pair × mysql-9.7 × pymysql: its server was lost: a defect of dbtls: TypeError: no

Fault: mysql-9.7 pymysql: client `pymysql` died: signal 11 (SIGSEGV)
    Segmentation fault
  hint: see its last lines
  cost: one-way::good, one-way::expired

Fault: a defect of dbtls: TypeError: no
  hint: please report it
  cost: versions::0, versions::1, versions::2, versions::3, versions::4 and 2 more
"""


def test_what_broke_is_told_once_with_what_it_cost_and_what_was_not_reached_is_counted() -> None:
    lines = printed(report_of(BROKEN), around=KEPT)
    first = lines.index("F one-way::expired  mysql-9.7  pymysql")
    last = lines.index("", lines.index("Fault: a defect of dbtls: TypeError: no"))
    assert "\n".join(["", *lines[first:last], ""]) == BROKEN_PRINTED
    assert lines[last + 1 :] == [
        "reports: out/report.json  out/junit.xml",
        "interrupted by Ctrl-C; not reached: 2 cases (mariadb-11.8 1, mysql-9.7 1)",
        "again: dbtls run --failed",
        "INTERRUPTED  4 cases: 0 as expected, 3 inconclusive, 1 failed, 2 faults   12 s   exit 130",
    ]


def test_the_traceback_of_a_defect_is_printed_where_it_is_asked_for() -> None:
    told = "Fault: a defect of dbtls: TypeError: no\n    harness/x.py:3 f\n    harness/y.py:4 g\n"
    assert told in "\n".join(printed(report_of(BROKEN), view=View(tracebacks=True)))
    assert told not in "\n".join(printed(report_of(BROKEN)))


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (Ended.TERMINATED, "ended by SIGTERM; not reached: 0 cases"),
        (Ended.FIRST_FAILURE, "ended by the first case that did not pass; not reached: 0 cases"),
    ],
)
def test_a_run_that_did_not_finish_says_so(ended: Ended, words: str) -> None:
    assert _printed(report(result(Status.PASS), ended=ended))[-2] == words


def test_what_else_counts_as_a_failure_is_said() -> None:
    made = report_of(report(result(Status.PASS), *UNSAFE), fail_on=[FailOn.UNSAFE, FailOn.SKIPPED])
    assert printed(made)[-2:] == [
        "--fail-on unsafe: 4 cases",
        "FAILED  5 cases: 1 as expected, 4 known (4 unsafe), 0 failed   12 s   exit 1",
    ]


def test_briefly_what_is_bad_and_the_verdict_are_printed() -> None:
    brief = printed(report_of(EVERYTHING), view=View(briefly=True), around=KEPT)
    whole = printed(report_of(EVERYTHING), around=KEPT)
    assert [line for line in brief if line not in whole] == []
    assert [line for line in brief if line.startswith("F ")] == [line for line in whole if line.startswith("F ")]
    assert brief[-3:] == whole[-3:]
    assert not any(line.startswith(("k ", "- ", "server ", "reports", "✓")) for line in brief)
    assert printed(report_of(FINE), view=View(briefly=True), around=KEPT) == [
        "PASSED  1 case: 1 as expected, 0 failed   12 s   exit 0"
    ]


def test_of_many_failures_the_first_are_whole_and_each_of_the_rest_has_its_line() -> None:
    made = report_of(report(*(result(Status.FAIL, f"a::{number:02}") for number in range(60))))
    lines = printed(made, around=KEPT)
    assert sum(line == "  claim: It is so." for line in lines) == 50
    assert "and 10 cases more, each with its evidence: dbtls report out/report.json --failed" in lines
    assert [line for line in lines if line.startswith("F a::5")] == [
        f"F a::{number} mysql-9.7 pymysql because" for number in range(50, 60)
    ]
    assert sum(line == "  claim: It is so." for line in printed(made, view=View(whole=True))) == 60


THEMES = ("authority-swap", "chain", "guide", "identity", "legacy", "one-way", "rotation", "start-up", "two-way", "tls")
SERVERS = ("mariadb-10.11", "mariadb-11.4-wolfssl", "mariadb-11.8", "mysql-9.7")
CLIENTS = ("mariadb-cli-10.11", "mariadb-cli-11.8", "mysql-cli-9.7", "mysql-connector-c", "mysql-connector-pure")
OUTCOMES = (
    ("refused by the client: no-tls", "accepted in the clear"),
    ("refused by the client: host-mismatch", "accepted over TLSv1.3"),
    ("refused by the client: unknown-authority", "accepted over TLSv1.3"),
    ("refused by the server: revoked", "accepted over TLSv1.2"),
    ("refuses to start", "starts without TLS"),
    ("serves TLS", "serves TLSv1.3, ssl-crl dropped"),
)


def test_a_green_run_of_the_default_servers_takes_at_most_forty_lines_of_a_logs_width() -> None:
    cases = [
        replace(made, server=server, client=client)
        for server in SERVERS
        for client in CLIENTS
        for number in range(8)
        for theme in THEMES
        for made in (
            result(Status.PASS, f"{theme}::good{number}"),
            _known(Severity.TEXT, f"{theme}::text{number}"),
            _known(
                Severity.UNSAFE,
                f"{theme}::a_long_name_as_scenarios_have_{number}",
                expected=OUTCOMES[number % 6][0],
                outcome=OUTCOMES[number % 6][1],
            ),
            replace(
                result(Status.SKIPPED, f"{theme}::skipped{number}"), obstacle=Obstacle(Because.CLIENT, "x" * number)
            ),
        )
    ]
    lines = printed(report_of(report(*cases)), around=KEPT)
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 160
    assert all(line == line.rstrip() for line in lines)


def test_away_from_a_terminal_the_width_is_that_of_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert (page().width, stderr().width, stdout().width) == (160, 160, 400)
    monkeypatch.setenv("COLUMNS", "90")
    assert (page().width, stderr().width, stdout().width) == (90, 90, 400)


def test_what_a_run_did_not_reach_has_no_tick_in_the_table_of_themes() -> None:
    left = (
        Pending(id="one-way::x", claim="", server="mysql-9.7", client="pymysql"),
        Pending(id="chain::x", claim="", server="mariadb-11.8", client=None),
    )
    made = report(result(Status.PASS), result(Status.PASS, "guide::x"), not_reached=left, ended=Ended.INTERRUPTED)
    assert _sections(_printed(made))[1].splitlines() == [
        "theme    cases  mariadb-11.8  mysql-9.7",
        "chain    0      …1",
        "guide    1                    ✓",
        "one-way  1                    …1",
        "✓ as expected   … not reached",
    ]
