"""What is pasted means what the rows say of it: every recorded error, in the forms in which programs print errors."""

from collections.abc import Iterator

import pytest

from harness.clients.build import BUILTIN_CLIENTS
from harness.clients.table import ErrorRow, TimeoutRow, parse_chain
from harness.explain.finding import Found, How, find
from harness.explain.rows import OWN_CLIENTS, read_rows
from harness.knowledge.causes import HeardRow, heard_rows
from harness.model.outcome import Cause, RawError, Side

CLIENTS = read_rows()
ROWS = {id(row): row for client in CLIENTS for row in (*client.timeouts, *client.errors)}.values()


def _found(text: str) -> Found:
    found = find(text, CLIENTS)
    assert found is not None, text
    return found


def _meanings(text: str) -> set[tuple[Side | None, frozenset[Cause]]]:
    return {(meaning.by, frozenset(meaning.causes)) for meaning in _found(text).meanings}


def _own(row: ErrorRow | TimeoutRow) -> tuple[Side | None, frozenset[Cause]]:
    return (row.by, frozenset(row.causes)) if isinstance(row, ErrorRow) else (None, frozenset())


def _stack(chain: tuple[RawError, ...]) -> Iterator[str]:
    """As a JVM prints it: without numbers, with frames."""
    for number, link in enumerate(chain):
        yield f"{'Caused by: ' if number else ''}{link.kind}: {link.message}"
        yield "\tat com.example.App.main(App.java:12)"
    yield "\t... 12 more"


def test_the_folder_of_clients_is_the_one_that_runs_use() -> None:
    assert OWN_CLIENTS == BUILTIN_CLIENTS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.pattern)
def test_a_recorded_error_means_its_own_causes_and_no_others(row: ErrorRow | TimeoutRow) -> None:
    assert _found(row.example).how is How.RECORDED
    assert _meanings(row.example) == {_own(row)}


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if any(link.kind.startswith(("java", "sun.", "com.")) for link in parse_chain(row.example))],
    ids=lambda row: row.pattern,
)
def test_a_stack_trace_of_java_means_what_its_chain_means(row: ErrorRow | TimeoutRow) -> None:
    assert _own(row) in _meanings("\n".join(_stack(parse_chain(row.example))))


@pytest.mark.parametrize("log", [False, True])
def test_words_of_others_mean_what_their_rows_say(log: bool) -> None:
    def own(row: HeardRow) -> tuple[Side, frozenset[Cause]]:
        return row.by, frozenset(row.causes)

    rows = heard_rows(log=log)
    assert rows
    for row in rows:
        (meaning,) = _found(row.example).meanings
        recorded = _found(row.example).how is not How.OTHERS
        assert meaning.by is row.by
        assert recorded or own(row) == (meaning.by, frozenset(meaning.causes))


PYTHON = """Traceback (most recent call last):
  File "app.py", line 3, in <module>
pymysql.err.OperationalError: (2003, "Can't connect to MySQL server on 'db' ([SSL: CERTIFICATE_VERIFY_FAILED] \
certificate verify failed: certificate has expired (_ssl.c:1006))")"""


@pytest.mark.parametrize(
    ("text", "by", "causes"),
    [
        (PYTHON, Side.CLIENT, {Cause.EXPIRED}),
        ("ERROR 2026 (HY000): TLS/SSL error: certificate has expired", Side.CLIENT, {Cause.EXPIRED}),
        ("$ mysql -h db\nERROR 1045 (28000): Access denied for user 'a'@'b'", Side.SERVER, {Cause.ACCESS_DENIED}),
        ("SQLSTATE[28000] [1045] Access denied for user 'a'@'b'", Side.SERVER, {Cause.ACCESS_DENIED}),
        ("[28000][1045] Access denied for user 'a'@'b'", Side.SERVER, {Cause.ACCESS_DENIED}),
        ("Received fatal alert: unknown_ca", Side.SERVER, {Cause.UNKNOWN_AUTHORITY}),
        ("PKIX path building failed", Side.CLIENT, {Cause.UNKNOWN_AUTHORITY, Cause.SELF_SIGNED}),
    ],
)
def test_texts_as_people_paste_them(text: str, by: Side, causes: set[Cause]) -> None:
    assert _meanings(text) == {(by, frozenset(causes))}


@pytest.mark.parametrize(
    ("line", "by", "cause"),
    [
        ("2026-12-01  2:27:31 7 [Warning] SSL error: tlsv1 alert unknown ca", Side.CLIENT, Cause.UNKNOWN_AUTHORITY),
        (
            "2026-12-01  2:27:31 7 [Warning] certificate verify failed: certificate has expired",
            Side.SERVER,
            Cause.EXPIRED,
        ),
        ("2026-12-01  2:27:31 7 [Warning] Access denied for user 'a'@'b'", Side.SERVER, Cause.ACCESS_DENIED),
        ("2026-12-01  2:27:31 7 [Warning] SSL alert number 45", Side.CLIENT, Cause.EXPIRED),
    ],
)
def test_in_a_servers_log_the_server_speaks(line: str, by: Side, cause: Cause) -> None:
    found = _found(line)
    assert found.of_server
    assert all(meaning.by is by for meaning in found.meanings)
    assert cause in {each for meaning in found.meanings for each in meaning.causes}


@pytest.mark.parametrize(
    "text", ["hello", "xyz not found", "Too many connections", "a\0b\ufffd", "ERROR 1040 (HY000): Too many connections"]
)
def test_what_nobody_has_said_is_not_guessed(text: str) -> None:
    assert find(text, CLIENTS) is None


def test_a_number_that_contradicts_its_words_is_not_taken() -> None:
    assert find("ERROR 1040 (HY000): TLS/SSL error: certificate has expired", CLIENTS) is None
