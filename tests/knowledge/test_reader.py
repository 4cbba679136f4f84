"""Rows of knowledge: which one is about a server and a client, and what is wrong in a file is named with its line."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.knowledge.product import Product
from harness.knowledge.reader import Knowledge
from harness.knowledge.rows import Known, Row, Severity

MYSQL = Product.of("mysql", "9.7.4-2", parts=[Product.of("openssl", "3.6.5")])
PYMYSQL = Product.of("pymysql", "1.2.4", parts=[Product.of("python", "3.11.7")])
ROW = """\
[[known]]
scenario = "one-way::expired"
instead = "accepted over TLS*"
severity = "unsafe"
reason = "its library has no clock"
source = "https://example.test/1"
"""


def _read(folder: Path, text: str, name: str = "rows.toml") -> Knowledge:
    (folder / name).write_text(text)
    return Knowledge.read([folder])


@pytest.mark.parametrize(
    ("change", "covers"),
    [
        ("", True),
        ('scenario = "one-way::*"', True),
        ('scenario = "one-way::expire"', False),
        ('scenario = "two-way::*"', False),
        ('servers = ["mysql"]', True),
        ('servers = ["mysql >=9.7"]', True),
        ('servers = ["mysql <9.7"]', False),
        ('servers = ["mariadb"]', False),
        ('servers = ["mariadb", "mysql with openssl >=3"]', True),
        ('servers = ["yassl"]', False),
        ('clients = ["pymysql"]', True),
        ('clients = ["pymysql >=2"]', False),
        ('clients = ["python <3.12"]', True),
        ('servers = ["mysql"]\nclients = ["mysql-cli"]', False),
    ],
)
def test_a_row_covers_what_its_pattern_and_a_range_of_each_end_mean(tmp_path: Path, change: str, covers: bool) -> None:
    text = ROW
    if change.startswith("scenario"):
        text = text.replace('scenario = "one-way::expired"', change)
    elif change:
        text += change + "\n"
    found = _read(tmp_path, text).deviation("one-way::expired", MYSQL, PYMYSQL)
    assert (found is not None) == covers


@pytest.mark.parametrize(("clients", "covers"), [("", True), ('clients = ["pymysql"]\n', False)])
def test_a_row_about_clients_is_about_no_case_without_one(tmp_path: Path, clients: str, covers: bool) -> None:
    found = _read(tmp_path, ROW + clients).deviation("one-way::expired", MYSQL, None)
    assert (found is not None) == covers


def test_the_first_row_that_covers_is_taken_and_what_stands_beside_a_build_comes_first(tmp_path: Path) -> None:
    second = ROW.replace("its library has no clock", "second")
    read = _read(tmp_path, ROW.replace("one-way", "two-way") + ROW + second)
    found = read.deviation("one-way::expired", MYSQL, PYMYSQL)
    assert found is not None
    assert (found.reason, found.place) == ("its library has no clock", f"{tmp_path}/rows.toml:7")
    own = Known(scenario="*", instead="x", severity=Severity.TEXT, reason="own", source="s")
    assert read.after([own]).deviation("one-way::expired", MYSQL, PYMYSQL) is own
    assert read.deviation("one-way::other", MYSQL, PYMYSQL) is None


def test_folders_are_read_in_their_order_and_files_by_name(tmp_path: Path) -> None:
    for folder, name in (("b", "one"), ("b", "two"), ("a", "three")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.toml").write_text(ROW.replace("its library has no clock", name))
    read = Knowledge.read([tmp_path / "b", tmp_path / "a"])
    assert [row.reason for row in read.known] == ["one", "two", "three"]


def test_what_two_cannot_do_is_what_is_said_of_either_and_of_both(tmp_path: Path) -> None:
    ends = ('servers = ["mysql"]', 'clients = ["pymysql"]', 'servers = ["mysql"]\nclients = ["pymysql"]')
    rows = "".join(
        f'[[lacks]]\nwhat = "{number}"\nreason = "r"\nsource = "s"\n{end}\n' for number, end in enumerate(ends)
    )
    read = _read(tmp_path, rows)
    assert [row.what for row in read.lacks(MYSQL, PYMYSQL)] == ["0", "1", "2"]
    assert [row.what for row in read.lacks(MYSQL, None)] == ["0"]
    assert [row.what for row in read.lacks(None, PYMYSQL)] == ["1"]


def test_a_server_behaves_as_is_said_of_its_version(tmp_path: Path) -> None:
    rows = "".join(
        f'[[behaviour]]\ndoes = "{text}"\nservers = ["{text}"]\nreason = "r"\nsource = "s"\n'
        for text in ("mysql <9", "mysql >=9", "openssl", "mariadb")
    )
    assert [row.does for row in _read(tmp_path, rows).behaviour(MYSQL)] == ["mysql >=9", "openssl"]


@pytest.mark.parametrize(
    ("ends", "measured", "said"),
    [
        ('servers = ["mysql"]', "", ""),
        ('servers = ["mysql"]', '"mysql 9.7.4"', ""),
        ('servers = ["mysql"]', '"mysql 9.7"', ""),
        ('servers = ["mysql"]', '"mysql 9.7.4 with openssl 3.6"', ""),
        (
            'servers = ["mysql"]',
            '"mysql 9.7.4 with openssl 3.5"',
            "measured on mysql 9.7.4 with openssl 3.5, not on this version",
        ),
        (
            'servers = ["mysql"]',
            '"mysql 5.7.22", "mysql 8.0.31"',
            "measured on mysql 5.7.22, mysql 8.0.31, not on this version",
        ),
        ('clients = ["pymysql"]', '"pymysql 1.2.4"', ""),
        ('clients = ["pymysql"]', '"pymysql 1.0.2"', "measured on pymysql 1.0.2, not on this version"),
        ('servers = ["mysql"]\nclients = ["pymysql"]', '"mysql 9.7.4", "pymysql 1.2.4"', ""),
        (
            'servers = ["mysql"]\nclients = ["pymysql"]',
            '"mysql 9.7.4"',
            "measured on mysql 9.7.4, not on this version",
        ),
    ],
)
def test_a_row_says_where_it_was_measured_if_not_on_these_versions(
    tmp_path: Path, ends: str, measured: str, said: str
) -> None:
    (row,) = _read(tmp_path, f"{ROW}{ends}\nmeasured = [{measured}]\n").known
    assert row.unmeasured(MYSQL, PYMYSQL) == said


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ('servers = ["mysql 9.7"]', "rows.toml:7: `known.0.servers.0`: `mysql 9.7` names no product; write"),
        ('servers = ["mysql", "MySQL"]', "rows.toml:7: `known.0.servers.1`: `MySQL` names no product; write"),
        ("clients = [8]", "rows.toml:7: `known.0.clients.0`: should be a text, as `mysql >=8.0.28`"),
        ('measured = ["mysql >=8"]', "rows.toml:7: `known.0.measured.0`: `mysql >=8` names no product; write"),
        ('place = "here"', "rows.toml:7: unknown key `known.0.place`"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, wrong: str, error: str) -> None:
    with pytest.raises(UsageError) as caught:
        _read(tmp_path, ROW + wrong + "\n" + ROW)
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(error)


def test_a_behaviour_is_a_servers_whoever_the_client(tmp_path: Path) -> None:
    row = '[[behaviour]]\ndoes = "x"\nclients = ["pymysql"]\nreason = "r"\nsource = "s"\n'
    with pytest.raises(UsageError, match=r"rows.toml:3: `behaviour.0.clients`: "):
        _read(tmp_path, row)


def test_in_the_second_of_two_alike_the_line_is_the_seconds(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"rows.toml:10: `known.1.severity`: input should be 'unsafe', 'breaks'"):
        _read(tmp_path, ROW + ROW.replace("unsafe", "terrible"))


def test_a_row_of_no_severity_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"rows.toml:1: `known.0.severity`: field required"):
        _read(tmp_path, ROW.replace('severity = "unsafe"\n', ""))


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        Knowledge.read([tmp_path / "missing"])


def test_a_row_that_was_not_read_stands_nowhere() -> None:
    assert Row(reason="r", source="s").place == ""
