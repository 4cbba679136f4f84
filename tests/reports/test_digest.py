"""What a report comes to: values that every format shows."""

from dataclasses import replace

import pytest

from harness.exits import Exit
from harness.knowledge.product import Range
from harness.knowledge.rows import Known, Severity
from harness.model.verdict import Status
from harness.reports.digest import Tally, Word, digest_of, mark_of
from harness.reports.making import report_of
from harness.reports.marks import Mark
from harness.reports.names import builds_briefly, scenarios_briefly
from harness.reports.unsafe import sort_words
from harness.reports.words import about, amount, duration
from harness.runner.results import CellResult
from tests.reports.samples import BROKEN, EVERYTHING
from tests.runner.reports import report, result


def _unsafe(
    identity: str, *, servers: tuple[str, ...] = (), clients: tuple[str, ...] = (), **more: str | None
) -> CellResult:
    row = Known(
        scenario="*",
        instead="*",
        severity=Severity.UNSAFE,
        reason="it is old",
        source="s",
        servers=tuple(map(Range.parse, servers)),
        clients=tuple(map(Range.parse, clients)),
    )
    made = replace(result(Status.KNOWN, identity), known=row, expected="refused by the client: no-tls")
    return replace(made, **{"outcome": "accepted in the clear", **more})  # type: ignore[arg-type]  # texts alone


def test_every_exit_code_has_its_word() -> None:
    assert {code: Word.of(code).value for code in Exit} == {
        Exit.PASSED: "PASSED",
        Exit.FAILED: "FAILED",
        Exit.FAULT: "BROKEN",
        Exit.INCONCLUSIVE: "INCONCLUSIVE",
        Exit.INTERRUPTED: "INTERRUPTED",
        Exit.TERMINATED: "TERMINATED",
    }


def test_a_case_is_in_one_place_of_a_digest() -> None:
    for made in (EVERYTHING, BROKEN):
        cases = report_of(made)
        digest = digest_of(cases)
        parts = (digest.failed, digest.inconclusive, digest.lost, digest.known, *(one.cases for one in digest.unsafe))
        passed = digest.tally.counts.get(Mark.PASSED, 0) + digest.tally.counts.get(Mark.SKIPPED, 0)
        assert sum(map(len, parts)) + passed == len(cases.cases) == digest.tally.total
    assert [one.id for one in digest.lost] == ["versions::other", "versions::pair"]
    assert [one.id for one in digest.inconclusive] == ["one-way::good"]


def test_a_tally_has_every_deviation_and_the_worst_of_all() -> None:
    cases = report_of(report(*(result(status, status.value) for status in Status), _unsafe("a::b"))).cases
    tally = Tally.of(cases)
    assert tally.worst is Mark.FAILED
    assert tally.deviating == ((Mark.FAILED, 1), (Mark.INCONCLUSIVE, 1), (Mark.UNSAFE, 1), (Mark.KNOWN, 1))
    some = [case for case in cases if mark_of(case) in {Mark.PASSED, Mark.SKIPPED}]
    assert (Tally.of(some).worst, Tally.of(some).deviating) == (Mark.PASSED, ())
    assert Tally.of([case for case in some if mark_of(case) is Mark.SKIPPED]).worst is Mark.SKIPPED
    assert Tally.of([]).worst is None


def test_marks_are_told_apart_by_symbol_and_word() -> None:
    assert len({mark.symbol for mark in Mark}) == len({mark.word for mark in Mark}) == len(Mark)
    assert {Mark.of(status, None) for status in Status} | {Mark.of(Status.KNOWN, Severity.UNSAFE)} == set(Mark)
    assert [mark.rank for mark in Mark] == list(range(len(Mark)))


def test_who_deviates_is_the_end_of_which_it_is_known() -> None:
    client = _unsafe("one-way::a", clients=("pymysql",), servers=("mysql",))
    neither = _unsafe("one-way::b")
    server = _unsafe("one-way::c", servers=("mysql",))
    alone = _unsafe("start-up::d", client=None, server="mysql-5.7")
    (group,) = digest_of(report_of(report(client, neither, server, alone))).unsafe
    assert (dict(group.clients), dict(group.servers)) == ({"pymysql": 2}, {"mysql-5.7": 1, "mysql-9.7": 1})
    assert list(group.scenarios) == ["one-way::a", "one-way::b", "one-way::c", "start-up::d"]
    assert (group.reasons, group.new) == (frozenset({"it is old"}), None)


SORTED = """\
refused by the client: no-tls|accepted in the clear|connects in the clear though TLS was demanded
refused by the server: access-denied|accepted in the clear|lets a login in the clear in though it demands TLS
refused by the client: expired|refused by the client: unverified-login|logs in to a server that it has not verified
refused by the client: host-mismatch|accepted over TLSv1, legacy|accepts a server whose certificate has another name
refused by the client: self-signed|accepted over TLSv1.3|accepts a server that no trusted authority vouches for
refused by the client: not-yet-valid|accepted over TLSv1.3|accepts a server whose certificate is not valid today
refused by the client: revoked|accepted over TLSv1.3|accepts a server whose certificate is revoked
refused by the server: revoked|accepted over TLSv1.2|lets a client in whose certificate is revoked
refused by the server: access-denied|accepted over TLSv1.2|lets a client in that it should refuse
refused by either side: cipher|accepted over TLSv1.2|connects with a TLS version or cipher that was ruled out
refused by the client: bad-option|accepted over TLSv1.2|connects though it should refuse
serves TLS|starts without TLS, nobody in the clear|starts without TLS
serves TLS|serves TLSv1.3, ssl-crl dropped|drops its revocation list in silence
serves TLS|serves TLSv1.3, ssl-ca dropped|drops an option in silence
refuses to start|serves TLSv1.3|starts with settings that it should refuse
a|b|b (expected: a)
||deviates (expected: nothing else)
"""
"""What was expected, what became of it, what that is."""


@pytest.mark.parametrize("told", SORTED.splitlines())
def test_a_deviation_is_named_by_what_was_expected_and_what_became_of_it(told: str) -> None:
    expected, outcome, words = told.split("|")
    assert sort_words(expected, outcome) == words


def test_names_stand_together_that_differ_in_their_versions() -> None:
    counts = {"mariadb-cli-10.11": 5, "pymysql": 9, "mariadb-cli-11.8": 6, "mariadb-10.11-wolfssl": 1, "3scale": 1}
    assert builds_briefly(counts, at_most=9) == (
        "mariadb-cli-{10.11,11.8} 11, pymysql 9, mariadb-10.11-wolfssl 1, 3scale 1"
    )
    assert builds_briefly(counts, at_most=1) == "mariadb-cli-{10.11,11.8} 11, and 3 more"
    assert builds_briefly({}, at_most=1) == ""
    assert scenarios_briefly(["b::x", "a::y", "b::a", "c::z"], at_most=3) == "a: y; b: a, x, and 1 more"


def test_numbers_are_words() -> None:
    assert [amount(1, "case"), amount(2_247, "case")] == ["1 case", "2,247 cases"]
    assert [duration(seconds) for seconds in (0.84, 9.96, 41.6, 59.7, 462, 3600, 3900)] == [
        "0.8 s", "10 s", "42 s", "1 min", "7 min 42 s", "1 h", "1 h 5 min",
    ]  # fmt: skip
    assert [about(seconds) for seconds in (2, 44, 94, 100, 372)] == [
        "about 10 s", "about 40 s", "about 90 s", "about 2 min", "about 6 min",
    ]  # fmt: skip
