"""A vendor's rows: they come before the built-in ones, and whoever runs a case again is told where they are."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.selection.discovery import all_knowledge
from harness.selection.selection import Wanted, select
from tests.knowledge import reach

ROW = """\
[[known]]
scenario = "one-way::another_authority_unverified"
servers = ["mysql >=9"]
clients = ["pymysql"]
instead = "accepted in the clear"
severity = "unsafe"
reason = "ours"
source = "measured"
"""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    (tmp_path / "ours.toml").write_text(ROW)
    return tmp_path


def test_a_vendors_row_counts_before_a_built_in_one_and_where_it_holds_alone(rows: Path) -> None:
    knowledge = all_knowledge((rows,))
    found = {
        server: knowledge.deviation(
            "one-way::another_authority_unverified", reach.SERVERS[server], reach.CLIENTS["pymysql"]
        )
        for server in ("mysql-9.7", "mysql-8.0.31")
    }
    assert [row.reason == "ours" for row in found.values() if row is not None] == [True, False]


def test_what_is_asked_for_has_its_rows_and_names_them_for_another_run(rows: Path) -> None:
    wanted = Wanted(server_names=("mysql-9.7",), client_names=("pymysql",), knowledge_folders=(rows,))
    assert select(wanted).knowledge.known[0].place == f"{rows}/ours.toml:1"
    assert wanted.options() == ("--knowledge-dir", str(rows))


def test_a_wrong_row_is_a_usage_error_with_its_line(rows: Path) -> None:
    (rows / "ours.toml").write_text(ROW.replace("mysql >=9", "mysql 9"))
    with pytest.raises(UsageError) as caught:
        all_knowledge((rows,))
    assert str(caught.value).startswith(f"{rows}/ours.toml:3: `known.0.servers.0`: `mysql 9` names no product")
