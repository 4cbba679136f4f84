"""Rotations over JDBC drivers, which read the operator's own key stores for themselves, or keep what they read once."""

from pathlib import Path

import pytest

from tests.real.command import Dbtls

LIKE_THE_OLD = ("--what", "leaf", "--how", "in-place", "--stores", "p12", "--same-stat")
LOAD = ("--rate", "5", "--check-outs", "1", "--duration", "8")


@pytest.mark.parametrize(
    ("driver", "code", "verdict"),
    [
        ("jdbc:connector-j-9", 0, "PASS: "),
        ("jdbc:mariadb-3.5", 1, "FAIL at «rotation 1: new leaf published»: published, not used: "),
    ],
)
def test_a_store_that_size_and_time_do_not_tell_from_the_old_one(
    driver: str, code: int, verdict: str, dbtls: Dbtls, one_server: str, tmp_path: Path
) -> None:
    history = tmp_path / "rotation.history"
    done = dbtls(
        *("rotate", "--server", one_server, "--client", driver, "--history", history),
        *LIKE_THE_OLD,
        *LOAD,
    )
    assert done.code == code, done.both
    assert done.out.splitlines()[-1].startswith(verdict)
    again = dbtls.offline("judge", history)
    assert (again.code, again.out.splitlines()[-1]) == (code, done.out.splitlines()[-1])
