"""HikariCP under load on a real server: its reload loses nothing, and one that does nothing FAILs."""

from pathlib import Path

import pytest

from tests.real.command import Dbtls, Ended

LEAF_STEP = "rotation 1: new leaf published"


def _rotate(dbtls: Dbtls, server: str, client: str, history: Path, *more: str) -> Ended:
    return dbtls(
        *("rotate", "--server", server, "--client", client, "--pool", "hikaricp", "--what", "leaf"),
        *("--rate", "6", "--duration", "10", *more, "--history"),
        history,
    )


@pytest.mark.parametrize(
    ("client", "how", "pool"),
    [
        ("jdbc:connector-j-9", "in-place", "7.1.0"),
        ("jdbc:mariadb-3.5", "new-url", "7.1.0"),
        ("jdbc:mariadb-3.5@8", "in-place", "4.0.3"),
    ],
    ids=["evict", "replace", "on-java-8"],
)
def test_a_reload_loses_nothing(
    dbtls: Dbtls, one_server: str, tmp_path: Path, client: str, how: str, pool: str
) -> None:
    done = _rotate(dbtls, one_server, client, tmp_path / "history", "--how", how)
    assert done.code == 0, done.both
    assert f"com.zaxxer:HikariCP:{pool}" in done.out
    assert done.out.splitlines()[-1].startswith("PASS: ")


def test_a_reload_that_evicts_nothing_fails(dbtls: Dbtls, one_server: str, tmp_path: Path) -> None:
    control = ("--control", "reload-does-nothing")
    done = _rotate(dbtls, one_server, "jdbc:connector-j-9", tmp_path / "history", *control)
    assert done.code == 1, done.both
    assert done.out.splitlines()[-1].startswith(f"FAIL at «{LEAF_STEP}»: ")


def test_a_client_without_a_jvm_has_no_hikaricp(dbtls: Dbtls, one_server: str, tmp_path: Path) -> None:
    done = _rotate(dbtls, one_server, "pymysql", tmp_path / "history")
    assert done.code == 2
    assert done.error() == "client `pymysql` has no HikariCP, which runs in a JVM"
