"""Error tables: each row is justified by what was recorded, and no row hides another."""

from pathlib import Path

import pytest

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.table import ErrorRow, ErrorTable, TableFile, TimedOut, TimeoutRow, chain_text, parse_chain
from harness.errors import UsageError
from harness.manifest import read_manifest
from harness.model.outcome import Cause, RawError, Refused, Side, Unclassified

CLIENTS = discover_clients([BUILTIN_CLIENTS])
TABLES = {id(build.table): (name, build.table) for name, build in CLIENTS.items()}.values()
ERRORS = [
    pytest.param(table, row, id=f"{name}-{number}") for name, table in TABLES for number, row in enumerate(table.errors)
]
TIMEOUTS = [(table, row) for _, table in TABLES for row in table.timeouts]


def _row(pattern: str, *, cause: Cause = Cause.EXPIRED, kind: str | None = None, code: int | None = None) -> ErrorRow:
    return ErrorRow(
        kind=kind,
        code=code,
        pattern=pattern,
        by=Side.CLIENT,
        causes=(cause,),
        versions="v",
        source="s",
        example=f"K: {pattern}",
    )


@pytest.mark.parametrize(("table", "row"), ERRORS)
def test_each_row_decides_its_own_example(table: ErrorTable, row: ErrorRow) -> None:
    chain = parse_chain(row.example)
    assert next(tried for tried in table.errors if tried.match(chain)) is row
    assert table.classify(chain) == Refused(by=row.by, causes=frozenset(row.causes), chain=chain)


@pytest.mark.parametrize(("table", "row"), TIMEOUTS)
def test_each_timeout_row_knows_its_own_example(table: ErrorTable, row: TimeoutRow) -> None:
    chain = parse_chain(row.example)
    assert row.match(chain)
    assert table.classify(chain) == TimedOut(chain=chain)


def test_a_server_that_refuses_a_client_certificate_is_not_taken_for_the_client() -> None:
    chain = parse_chain("ssl.SSLError [1]: [SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)")
    for build in CLIENTS.values():
        if build.java is not None:
            continue  # OpenSSL's words are none of Java's
        outcome = build.table.classify(chain)
        assert isinstance(outcome, Refused)
        assert (outcome.by, outcome.causes) == (Side.SERVER, frozenset({Cause.UNKNOWN_AUTHORITY}))


@pytest.mark.parametrize(
    "text",
    [
        "K: ",
        "K: something new",
        "socket.gaierror [-8]: [Errno -8] Servname not supported for ai_socktype",
        "ssl.SSLError [1]: [SSL: TOO_NEW] a reason that no table has (_ssl.c:1006)",
        "ssl.SSLError [1]: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: EE certificate key too weak",
        "pymysql.err.OperationalError [1040]: Too many connections",
        "pymysql.err.OperationalError [HY000/1045]: something that is no denial",
        "TypeError: a probe's own mistake",
    ],
)
def test_what_no_row_knows_stays_unclassified(text: str) -> None:
    chain = parse_chain(text)
    for build in CLIENTS.values():
        assert build.table.classify(chain) == Unclassified(chain=chain)


def test_a_row_must_hold_of_one_link() -> None:
    row = _row("late", kind="ssl.*", code=1)
    assert row.match([RawError(kind="ssl.SSLError", message="too late", code=1)])
    split = [RawError(kind="ssl.SSLError", message="early", code=1), RawError(kind="os", message="late", code=1)]
    assert not row.match(split)


def test_the_first_row_decides_whatever_the_depth() -> None:
    inner, outer = _row("inner", cause=Cause.EXPIRED), _row("outer", cause=Cause.CONNECTION_LOST)
    chain = parse_chain("K: outer\nK: inner")
    outcome = ErrorTable(errors=(inner, outer)).classify(chain)
    assert isinstance(outcome, Refused)
    assert outcome.causes == {Cause.EXPIRED}


def test_a_chain_reads_back_from_its_text() -> None:
    chain = (
        RawError(kind="a.B$C", message="one\n  two\n", code=-1, sqlstate="HY000"),
        RawError(kind="K", message="[1]: x", code=3024),
        RawError(kind="K", message=""),
    )
    assert parse_chain(chain_text(chain)) == chain


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('pattern = "["', r"t.toml:2: `error.0.pattern`: value error, is no regular expression"),
        ('pattern = "^$|x*"', r"t.toml:2: `error.0.pattern`: value error, matches any text"),
        ('pattern = ".*"', r"t.toml:2: `error.0.pattern`: value error, matches any text"),
        ('pattern = "x"\ncauses = ["bad-luck"]', r"t.toml:3: `error.0.causes.0`: input should be"),
        ('pattern = "x"\ncauses = []', r"t.toml:3: `error.0.causes`: tuple should have at least 1 item"),
        ('pattern = "x"\nexample = "?"', r"t.toml:3: `error.0.example`: value error, `\?` is not"),
        ('pattern = "x"\nmessage = "x"', r"t.toml:3: unknown key `error.0.message`"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, line: str, what: str) -> None:
    rest = {"by": '"client"', "causes": '["expired"]', "versions": '"v"', "source": '"s"', "example": '"K: x"'}
    given = "\n".join(f"{key} = {value}" for key, value in rest.items() if f"\n{key} =" not in line)
    path = tmp_path / "t.toml"
    path.write_text(f"[[error]]\n{line}\n{given}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=what):
        read_manifest(path, TableFile)
