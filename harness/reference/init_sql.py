"""A file of SQL statements that a server is prepared with: split as the field's command lines split it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pymysql
from pymysql.constants import CLIENT

from harness import limits
from harness.errors import UsageError
from harness.model.account import Credentials, Endpoint
from harness.servers.admin import observing_context

_DELIMITER = re.compile(r"[ \t]*delimiter[ \t]+(\S+)[^\n]*", re.IGNORECASE)
# What may hold a delimiter that ends nothing: texts, names, comments. One that is left open goes to the end.
_WHOLE = re.compile(
    r"""'(?:[^'\\]|\\.|'')*(?:'|\Z)|"(?:[^"\\]|\\.|"")*(?:"|\Z)|`(?:[^`]|``)*(?:`|\Z)"""
    r"""|/\*.*?(?:\*/|\Z)|#[^\n]*|--(?=[\s]|\Z)[^\n]*""",
    re.DOTALL,
)
_REMARK = re.compile(r"(?:\s+|/\*(?![!M]).*?(?:\*/|\Z)|#[^\n]*|--(?=\s|\Z)[^\n]*)+", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, and the line of its first word."""

    line: int
    text: str


def statements(text: str) -> Iterator[Statement]:
    """The statements of ``text``, which end with a delimiter: ``;``, or what a line ``DELIMITER …`` says.

    https://dev.mysql.com/doc/refman/9.7/en/stored-programs-defining.html
    """
    delimiter, begin, at = ";", 0, 0
    while at < len(text):
        if (at == 0 or text[at - 1] == "\n") and (found := _DELIMITER.match(text, at)) and not _said(text[begin:at]):
            delimiter, begin, at = found[1], found.end(), found.end()
        elif text.startswith(delimiter, at):
            yield from _statement(text, begin, at)
            begin = at = at + len(delimiter)
        elif whole := _WHOLE.match(text, at):
            at = whole.end()
        else:
            at += 1
    yield from _statement(text, begin, at)


def _said(text: str) -> str:
    """``text`` from its first word on."""
    remark = _REMARK.match(text)
    return text[remark.end() :] if remark else text


def _statement(text: str, begin: int, end: int) -> Iterator[Statement]:
    said = _said(text[begin:end])
    if said.strip():
        yield Statement(line=text.count("\n", 0, end - len(said)) + 1, text=said.rstrip())


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFile:
    """The statements of a file."""

    path: Path
    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, path: Path) -> "SqlFile":
        """Raises UsageError for a file that is not there, or is no text."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            raise UsageError(what, place=str(path), remedy="name a file of SQL statements") from error
        except UnicodeDecodeError as error:
            raise UsageError("is no text in UTF-8", place=str(path), remedy="convert it to UTF-8") from error
        found = tuple(statements(text))
        if not found:
            raise UsageError("no statement is in it", place=str(path), remedy="name a file of SQL statements")
        return cls(path=path, statements=found)

    def carry_out(self, server: str, endpoint: Endpoint, account: Credentials, *, clear: bool = True) -> None:
        """Have ``server`` carry out every statement, over one connection on this machine: in the clear, or over TLS.

        Raises UsageError, with the line and the server's words, for one that it refuses; what came before it stays.
        """
        connection = pymysql.connect(
            host=endpoint.host,
            port=endpoint.port,
            user=account.user,
            password=account.password,
            connect_timeout=limits.ATTEMPT,
            charset="utf8mb4",
            autocommit=True,
            ssl=None if clear else observing_context(),
            ssl_disabled=clear,
            client_flag=CLIENT.MULTI_RESULTS,
        )
        with connection, connection.cursor() as cursor:
            for statement in self.statements:
                try:
                    cursor.execute(statement.text)
                    while cursor.nextset():
                        pass
                except pymysql.MySQLError as error:
                    code, said = error.args[0], error.args[-1]
                    raise UsageError(
                        f"server `{server}` refuses this statement: {code} {said}",
                        place=f"{self.path}:{statement.line}",
                        remedy="correct the file; the server was ended",
                        detail=statement.text.splitlines()[:3],
                    ) from error
