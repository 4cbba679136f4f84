"""Command-line clients: how an attempt is spelled, what a run of the program is made of, and what it said."""

import json
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.clients import command_line
from harness.clients.command_line import Program, ProgramError, Run, cipher_in_use, error_of, quoted, rows_of, script
from harness.clients.mariadb_cli import probe as mariadb
from harness.clients.mysql_cli import probe as mysql
from harness.clients.python_probe import Attempt, Seen

PASSWORD = 'pa\'ss\\word-"x" # ;=Ünique'  # noqa: S105 - made up, with all that an option file treats specially
MODES = frozenset({"ssl-mode", "tls-version", "ssl-ca"})
MODES_AND_COMMANDS = MODES | {"commands"}
BEFORE_MODES = frozenset({"ssl", "ssl-ca"})

STATUS = """\
--------------
mariadb from 11.8.9-MariaDB, client 15.2 for debian-linux-gnu (x86_64) using  EditLine wrapper

Connection id:\t\t65
Current user:\t\tu@172.17.0.1
SSL:\t\t\t{}
--------------

"""
DOCUMENT = """\
<?xml version="1.0"?>

<resultset statement="SELECT 1
" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{}</resultset>
"""
ROW = """
  <row>
\t<field name="NULL" xsi:nil="true" />
\t<field name="NULL">NULL</field>
\t<field name=""></field>
\t<field name="a">a&lt;&amp;\té
</field>
  </row>
"""

# Stands for the program: writes down what it was given, and behaves as its first line says.
FAKE = """\
#!{python}
import json, os, stat, sys
from pathlib import Path
defaults = Path(sys.argv[1].partition("=")[2])
openssl = os.environ.get("OPENSSL_CONF")
Path({seen!r}).write_text(json.dumps({{
    "arguments": sys.argv[1:],
    "environment": dict(os.environ),
    "defaults": [str(defaults), stat.S_IMODE(defaults.stat().st_mode), defaults.read_text()],
    "openssl": openssl and Path(openssl).read_text(),
    "input": sys.stdin.read(),
}}))
{end}
"""


def asked(
    verify: str = "verify-ca", *, timeout_s: float = 5, queries: Sequence[str] = ("SELECT 1",), **more: Any
) -> Attempt:
    tls = {"ca": None, "certificate": None, "key": None, "versions": None, "ciphers": None, "legacy": False} | more
    return Attempt(
        host="127.0.0.1",
        port=3307,
        user="u",
        password=PASSWORD,
        verify=verify,
        queries=tuple(queries),
        timeout_s=timeout_s,
        **tls,
    )


@pytest.mark.parametrize(
    ("attempt", "spelled"),
    [
        (asked("disabled", ca="/ca", certificate="/c", key="/k"), "--skip-ssl"),
        (asked("preferred", ca="/ca"), "--ssl --disable-ssl-verify-server-cert"),
        (asked("required"), "--ssl --disable-ssl-verify-server-cert"),
        (asked("required", ca="/ca"), "--ssl --disable-ssl-verify-server-cert --ssl-ca=/ca"),
        (asked("verify-ca", ca="/ca"), "--ssl --disable-ssl-verify-server-cert --ssl-ca=/ca"),
        (
            asked("verify-identity", ca="/ca", certificate="/c", key="/k"),
            "--ssl --ssl-verify-server-cert --ssl-ca=/ca --ssl-cert=/c --ssl-key=/k",
        ),
        (
            asked("verify-ca", ca="/ca", revocations="/crl"),
            "--ssl --disable-ssl-verify-server-cert --ssl-ca=/ca --ssl-crl=/crl",
        ),
        (
            asked("verify-identity", versions=("TLSv1", "TLSv1.2"), ciphers="A:B"),
            "--ssl --ssl-verify-server-cert --tls-version=TLSv1.0,TLSv1.2 --ssl-cipher=A:B",
        ),
    ],
)
def test_mariadb_is_told(attempt: Attempt, spelled: str) -> None:
    assert " ".join(mariadb.options(attempt)) == spelled


def test_mariadb_has_no_option_for_legacy_crypto_and_its_openssl_has() -> None:
    plain, legacy = (mariadb.run(asked(legacy=allowed)) for allowed in (False, True))
    assert plain.options == legacy.options
    assert plain.openssl is None
    assert legacy.openssl is not None
    assert {"MinProtocol = TLSv1", "Options = UnsafeLegacyServerConnect"} <= set(legacy.openssl.splitlines())


@pytest.mark.parametrize(
    ("has", "attempt", "spelled"),
    [
        (MODES, asked("disabled", ca="/ca", ciphers="A"), "--ssl-mode=DISABLED"),
        (MODES_AND_COMMANDS, asked("disabled"), "--commands --ssl-mode=DISABLED"),
        (MODES, asked("preferred", ca="/ca"), "--ssl-mode=PREFERRED"),
        (MODES, asked("required", ca="/ca"), "--ssl-mode=REQUIRED --ssl-ca=/ca"),
        (MODES, asked("verify-ca", ca="/ca"), "--ssl-mode=VERIFY_CA --ssl-ca=/ca"),
        (
            MODES,
            asked(
                "verify-identity", ca="/ca", certificate="/c", key="/k", versions=("TLSv1.2", "TLSv1.3"), ciphers="A"
            ),
            "--ssl-mode=VERIFY_IDENTITY --ssl-ca=/ca --ssl-cert=/c --ssl-key=/k --tls-version=TLSv1.2,TLSv1.3 "
            "--ssl-cipher=A",
        ),
        (MODES, asked("verify-ca", ca="/ca", revocations="/crl"), "--ssl-mode=VERIFY_CA --ssl-ca=/ca --ssl-crl=/crl"),
        (BEFORE_MODES, asked("disabled"), "--skip-ssl"),
        (BEFORE_MODES, asked("required", ca="/ca"), "--ssl --ssl-ca=/ca"),
        (BEFORE_MODES, asked("verify-ca", ca="/ca", ciphers="A"), "--ssl --ssl-ca=/ca --ssl-cipher=A"),
        (BEFORE_MODES, asked("verify-identity", ca="/ca"), "--ssl --ssl-verify-server-cert --ssl-ca=/ca"),
    ],
)
def test_mysql_is_told(has: frozenset[str], attempt: Attempt, spelled: str) -> None:
    assert " ".join(mysql.options(has, attempt)) == spelled


def test_each_query_has_its_rows_and_null_is_no_text() -> None:
    out = STATUS.format("Not in use") + DOCUMENT.format(ROW) + DOCUMENT.format("") + DOCUMENT.format(ROW + ROW)
    row = [None, "NULL", "", "a<&\té\n"]
    assert rows_of(out, 3) == [[row], [], [row, row]]


@pytest.mark.parametrize("queries", [0, 2])
def test_results_that_are_not_one_a_query_are_no_rows(queries: int) -> None:
    with pytest.raises(ValueError, match=f"the program printed 1 results for {queries} queries"):
        rows_of(DOCUMENT.format(""), queries)


@pytest.mark.parametrize(
    ("said", "cipher"),
    [
        ("Cipher in use is TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
        ("Cipher in use is TLS_AES_256_GCM_SHA384, cert is UNKNOWN", "TLS_AES_256_GCM_SHA384"),
        ("Not in use", ""),
        ("who knows", None),
    ],
)
def test_the_programs_own_view_of_its_cipher(said: str, cipher: str | None) -> None:
    assert cipher_in_use(STATUS.format(said)) == cipher


def test_what_a_row_says_is_not_taken_for_the_programs_view() -> None:
    row = '<row><field name="x">\nSSL:\t\t\tNot in use\n</field></row>'
    assert cipher_in_use(DOCUMENT.format(row)) is None


@pytest.mark.parametrize(
    ("err", "status", "code", "sqlstate", "message"),
    [
        ("ERROR 2026 (HY000): TLS/SSL error: x (2)\n", 1, 2026, "HY000", "TLS/SSL error: x (2)"),
        ("WARNING: no verification.\nERROR 1045 (28000): Access denied\n", 1, 1045, "28000", "Access denied"),
        ("--------------\nSELECT b\n--------------\n\nERROR 1054 (42S22) at line 2: no b\n", 1, 1054, "42S22", "no b"),
        ("ERROR 1064 (42000) at line 1: near 'a\nb' at line 2\n", 1, 1064, "42000", "near 'a\nb' at line 2"),
        ("Unknown option to ssl-mode: X\n", 1, None, None, "exit status 1: Unknown option to ssl-mode: X"),
        ("mysql: ERROR 1 is no error line\n", 7, None, None, "exit status 7: mysql: ERROR 1 is no error line"),
        ("", -11, None, None, "signal 11: "),
    ],
)
def test_what_went_wrong(err: str, status: int, code: int | None, sqlstate: str | None, message: str) -> None:
    error = error_of("mysql", err, status)
    assert (error.kind, error.errno, error.sqlstate, str(error)) == ("mysql", code, sqlstate, message)


def test_a_password_survives_the_option_file() -> None:
    assert quoted('a"b\\n\n#') == '"a\\"b\\\\n\\n#"'


def test_the_queries_follow_the_programs_own_question() -> None:
    assert script(["SELECT 1", "SELECT 2"]) == "\\s\nSELECT 1;\nSELECT 2;\n"


def _fake(folder: Path, end: str) -> tuple[Program, Path]:
    seen = folder / "seen.json"
    path = folder / "mysql"
    path.write_text(FAKE.format(python=sys.executable, seen=str(seen), end=end), encoding="utf-8")
    path.chmod(stat.S_IRWXU)
    return Program(path=str(path), banner="", tls_library="", options=frozenset()), seen


def test_a_run_of_the_program(tmp_path: Path) -> None:
    out = STATUS.format("Not in use") + DOCUMENT.format("<row><field>7</field></row>")
    client, path = _fake(tmp_path, f"sys.stdout.write({out!r}); sys.stderr.write('WARNING: x')")
    run = Run(options=("--ssl", "--x=1"), openssl="MinProtocol = TLSv1\n")
    assert command_line.attempt(client, run, asked()) == Seen(
        tls_version=None, cipher="", server_serial=None, rows=[[["7"]]]
    )
    seen = _read(path)
    defaults, mode, content = seen["defaults"]
    assert seen["arguments"][0] == f"--defaults-file={defaults}"
    assert seen["arguments"][-2:] == ["--ssl", "--x=1"]
    assert {"--protocol=TCP", "--host=127.0.0.1", "--port=3307", "--user=u", "--skip-reconnect"} <= set(
        seen["arguments"]
    )
    assert mode == 0o600
    assert content == f"[client]\npassword={quoted(PASSWORD)}\n"
    assert seen["openssl"] == "MinProtocol = TLSv1\n"
    assert seen["input"] == "\\s\nSELECT 1;\n"
    assert not Path(defaults).exists()


def test_the_password_is_where_no_other_process_sees_it(tmp_path: Path) -> None:
    client, path = _fake(tmp_path, "sys.exit(1)")
    with pytest.raises(ProgramError):
        command_line.attempt(client, Run(options=()), asked())
    seen = _read(path)
    assert PASSWORD not in str(seen["arguments"]) + str(seen["environment"])


def test_a_program_that_hangs_is_killed(tmp_path: Path) -> None:
    client, _ = _fake(tmp_path, "import signal; signal.pause()")
    with pytest.raises(TimeoutError, match="the program timed out") as caught:
        command_line.attempt(client, Run(options=()), asked(timeout_s=0.2))
    assert caught.value.__context__ is None, "an answer would carry the whole command along"


def test_a_program_that_says_nothing_is_no_success(tmp_path: Path) -> None:
    client, _ = _fake(tmp_path, "sys.exit(0)")
    with pytest.raises(ValueError, match="printed 0 results for 1 queries"):
        command_line.attempt(client, Run(options=()), asked())


def test_a_program_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mysql"
    version, options = "echo $0 ' Ver 14.14  Distrib 5.6.14'", "echo '  --ssl-ca=name  CA file --tls-version'"
    path.write_text(
        f"#!/bin/sh\ncase $2 in --version) {version};; --help) {options};; esac\n# yaSSL\n", encoding="utf-8"
    )
    path.chmod(stat.S_IRWXU)
    found = command_line.program(str(path))
    assert (found.name, found.banner) == ("mysql", "mysql Ver 14.14 Distrib 5.6.14")
    assert found.tls_library == "yaSSL"
    assert found.options == {"ssl-ca", "tls-version"}


def test_a_program_is_asked_for_the_library_that_it_is_linked_with() -> None:
    assert command_line.tls_library(sys.executable).startswith(("OpenSSL ", "unknown"))


def _read(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values
