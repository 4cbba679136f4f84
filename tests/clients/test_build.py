"""Discovery of clients and the shape of client.toml."""

import sys
import sysconfig
from pathlib import Path

import pytest

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.table import read_tables
from harness.errors import UsageError
from harness.knowledge.errors import table_file, table_names

MINIMAL = 'summary = "s"\ncommand = ["{python}", "probe.py", "--flag"]\n'
VARIANTS = """
environment = { A = "1", B = "2" }
lacks = [{ what = "disable", reason = "r", source = "s" }]
[[variant]]
name = "one"
arguments = ["1"]
environment = { B = "{site-packages}/x" }
known = [{ scenario = "x::*", instead = "accepted*", severity = "unsafe", reason = "r", source = "s" }]
[[variant]]
name = "two"
"""


def _client(folder: Path, text: str, name: str = "client") -> Path:
    made = folder / name
    made.mkdir(parents=True)
    (made / "client.toml").write_text(text, encoding="utf-8")
    (made / "probe.py").touch()
    return made


def test_the_builtin_clients() -> None:
    clients = discover_clients([BUILTIN_CLIENTS])
    assert [name for name, build in clients.items() if build.java is None] == [
        "mariadb-cli-10.11",
        "mariadb-cli-11.8",
        "mysql-cli-9.7",
        "mysql-cli-5.6",
        "mysql-cli-8.0",
        "mysql-connector-pure",
        "mysql-connector-c",
        "pymysql",
    ]
    for build in clients.values():
        if build.image is None and build.java is None:
            assert build.command[0] == sys.executable
            assert Path(build.command[1]).is_file()
        assert build.lacks + build.known == ()


def test_a_command_finds_its_interpreter_and_its_files(tmp_path: Path) -> None:
    folder = _client(tmp_path, MINIMAL)
    build = discover_clients([tmp_path])["client"]
    assert build.command == (sys.executable, str(folder / "probe.py"), "--flag")
    assert build.environment == {}


def test_variants_share_a_probe(tmp_path: Path) -> None:
    folder = _client(tmp_path, MINIMAL + VARIANTS)
    clients = discover_clients([tmp_path])
    one, two = clients["one"], clients["two"]
    assert one.command == (sys.executable, str(folder / "probe.py"), "--flag", "1")
    assert one.environment == {"A": "1", "B": sysconfig.get_path("platlib") + "/x"}
    assert two.environment == {"A": "1", "B": "2"}
    assert [known.scenario for known in one.known] == ["x::*"]
    assert two.known == ()
    assert one.lacks == two.lacks
    assert len(two.lacks) == 1


def test_a_name_that_occurs_twice_names_both_places(tmp_path: Path) -> None:
    first = _client(tmp_path / "a", MINIMAL)
    second = _client(tmp_path / "b", MINIMAL + '[[variant]]\nname = "client"\n', "other")
    with pytest.raises(UsageError, match="client `client` is there twice") as caught:
        discover_clients([tmp_path / "a", tmp_path / "b"])
    assert caught.value.place == f"{first} and {second}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('summary = "s"\ncommand = []\n', "client.toml:2: `command`: tuple should have at least 1 item"),
        (MINIMAL + 'colour = "red"\n', "client.toml:3: unknown key `colour`"),
        ('summary = "s"\n', "client.toml:1: `command`: field required"),
        (MINIMAL + 'error-tables = ["gone.toml"]\n', "gone.toml: cannot be read: No such file or directory"),
        (MINIMAL + 'error-tables = ["opensll"]\n', "client.toml: `error-tables`: there is no table `opensll`"),
        ("summary = s\n", "client.toml: is not TOML"),
    ],
)
def test_a_wrong_manifest_is_named_with_its_line(tmp_path: Path, text: str, what: str) -> None:
    _client(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        discover_clients([tmp_path])
    assert what in str(caught.value)


def test_error_tables_are_named_and_one_of_ones_own_is_a_file_beside_the_manifest(tmp_path: Path) -> None:
    own = """[[error]]
pattern = "no way"
by = "client"
causes = ["bad-option"]
versions = "v"
source = "s"
example = "K: no way"
"""
    path = _client(tmp_path, MINIMAL + 'error-tables = ["openssl", "own.toml", "server"]\n')
    (path / "own.toml").write_text(own, encoding="utf-8")
    table = discover_clients([tmp_path])["client"].table
    ours = [read_tables([table_file(name, place=path)], errors=(), timeouts=()) for name in ("openssl", "server")]
    assert table.errors[: len(ours[0].errors)] == ours[0].errors
    assert table.errors[len(ours[0].errors)].pattern == "no way"
    assert table.errors[len(ours[0].errors) + 1 :] == ours[1].errors
    assert set(table_names()) == {"jdbc", "jsse", "libmysqlclient", "openssl", "server"}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        discover_clients([tmp_path / "gone"])
