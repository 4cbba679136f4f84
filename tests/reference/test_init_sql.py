"""Which statements a file of SQL holds, and where each begins."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.reference.init_sql import SqlFile, statements


def _found(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.text) for one in statements(text)]


def test_a_statement_ends_at_a_semicolon_and_begins_at_its_first_word() -> None:
    text = "-- accounts\nCREATE USER a;\n\n# more\n  CREATE USER b\n  REQUIRE SSL; DROP USER c"
    assert _found(text) == [(2, "CREATE USER a"), (5, "CREATE USER b\n  REQUIRE SSL"), (6, "DROP USER c")]


@pytest.mark.parametrize(
    "whole",
    [
        "SELECT ';'",
        "SELECT 'it''s; so'",
        r"SELECT 'a\'; b'",
        'SELECT ";"',
        "SELECT `;`",
        "SELECT 1 /* ; */",
        "SELECT 1 -- ;\n+ 1",
        "SELECT 1 # ;\n+ 1",
        "SELECT 2--1",
    ],
)
def test_what_stands_in_a_text_a_name_or_a_comment_ends_nothing(whole: str) -> None:
    assert _found(f"{whole};\nSELECT 3;") == [(1, whole), (whole.count("\n") + 2, "SELECT 3")]


def test_minus_minus_without_a_blank_is_no_comment() -> None:
    assert _found("SELECT 5--1; SELECT 2") == [(1, "SELECT 5--1"), (1, "SELECT 2")]


def test_a_comment_for_some_versions_is_a_statement() -> None:
    assert _found("/*!80001 CREATE USER a */;\n/*M!100122 INSTALL SONAME 'x' */;\n/* nothing */;") == [
        (1, "/*!80001 CREATE USER a */"),
        (2, "/*M!100122 INSTALL SONAME 'x' */"),
    ]


def test_delimiter_is_what_a_line_says_until_another_does() -> None:
    text = "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END//\ndelimiter ;\nCALL p();\n"
    assert _found(text) == [(2, "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END"), (4, "CALL p()")]


def test_what_is_left_open_is_the_last_statement() -> None:
    assert _found("SELECT 1;\nSELECT 'a;\nb;") == [(1, "SELECT 1"), (2, "SELECT 'a;\nb;")]


@pytest.mark.parametrize("text", ["", "\n-- nothing\n", "/* nothing */ ;;"])
def test_a_file_without_a_statement_is_a_mistake(tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.sql"
    path.write_text(text)
    with pytest.raises(UsageError, match=f"{path}: no statement"):
        SqlFile.read(path)


def test_a_file_that_is_no_text_or_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.sql").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"binary\.sql: is no text"):
        SqlFile.read(tmp_path / "binary.sql")
    with pytest.raises(UsageError, match=r"gone\.sql: cannot be read"):
        SqlFile.read(tmp_path / "gone.sql")
