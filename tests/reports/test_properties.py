"""What a driver makes of a property, read off two attempts that differ in it."""

from dataclasses import replace

import pytest

from harness.model.outcome import Accepted, Cause, Outcome, Refused, Side
from harness.model.verdict import Status
from harness.reports.making import report_of
from harness.reports.model import Report
from harness.reports.tables import property_table
from harness.runner.results import CellResult, ClientProvenance
from tests.reports.samples import ACCEPTED, IN_CLEAR, LOGGED_IN, proof
from tests.runner.reports import report, result

NO_TLS = Refused(by=Side.CLIENT, causes=frozenset({Cause.NO_TLS}), chain=())
NO_SUCH_OPTION = Refused(by=Side.CLIENT, causes=frozenset({Cause.BAD_OPTION}), chain=())


def _result(identity: str, outcome: Outcome, *, good: Accepted | Refused = ACCEPTED, server: str = "s") -> CellResult:
    proofs = (proof("good before", "", good, LOGGED_IN), proof("case", "", outcome, LOGGED_IN))
    return replace(result(Status.PASS, identity, ""), client="jdbc:x", server=server, proofs=proofs)


def _report(*results: CellResult, listed: tuple[str, ...] = ("useSSL", "requireSSL")) -> Report:
    made = report(*results)
    client = ClientProvenance(name="jdbc:x", product="x", driver="d", runtime="r", tls_library="t", properties=listed)
    return report_of(replace(made, provenance=replace(made.provenance, clients=(client,))))


def _words(*results: CellResult, listed: tuple[str, ...] = ("useSSL", "requireSSL")) -> dict[str, str]:
    return {use.name: use.use for use in _report(*results, listed=listed).properties}


def test_a_difference_from_the_good_situation_is_honoured_by_its_name_and_translated_without() -> None:
    off = _result("jdbc::use_ssl_false", IN_CLEAR)
    assert _words(off) == {"useSSL": "honours"}
    assert _words(off, listed=("sslMode",)) == {"useSSL": "translates"}


def test_what_makes_no_difference_is_ignored() -> None:
    assert _words(_result("jdbc::use_ssl_false", ACCEPTED)) == {"useSSL": "ignores"}


@pytest.mark.parametrize(("otherwise", "word"), [(IN_CLEAR, "honours"), (NO_TLS, "ignores")])
def test_two_cases_are_compared_where_no_good_situation_shows_it(otherwise: Outcome, word: str) -> None:
    pair = (_result("jdbc::require_ssl", NO_TLS), _result("jdbc::require_ssl_false", otherwise))
    assert _words(*pair) == {"requireSSL": word}
    assert _words(pair[1]) == {}


def test_a_driver_that_does_not_begin_refuses_it() -> None:
    assert _words(_result("jdbc::use_ssl_false", IN_CLEAR, good=NO_SUCH_OPTION)) == {"useSSL": "refuses"}


def test_a_client_that_takes_no_properties_is_not_in_it() -> None:
    assert _words(_result("jdbc::use_ssl_false", IN_CLEAR), listed=()) == {}


def test_a_case_without_attempts_says_nothing() -> None:
    skipped = replace(_result("jdbc::use_ssl_false", IN_CLEAR), proofs=())
    assert _words(skipped) == {}


def test_the_table_names_servers_where_they_differ() -> None:
    uses = _report(
        _result("jdbc::use_ssl_false", IN_CLEAR, server="a"),
        _result("jdbc::use_ssl_false", ACCEPTED, server="b"),
        _result("jdbc::key_store_left_out", NO_TLS, server="a"),
    ).properties
    lines = [line.plain for line in property_table(uses, 200)]
    assert [line.split(maxsplit=1) for line in lines[1:]] == [
        ["useSSL", "honours (a); ignores (b)"],
        ["clientCertificateKeyStoreUrl", "translates"],
    ]
