"""Choosing by name."""

import pytest

from harness.errors import UsageError
from harness.names import chosen, unknown

KNOWN = {"mysql-9.7": 97, "mysql-8.4": 84, "mariadb-11.8": 118}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], [84]),
        (["mariadb-11.8", "mysql-9.7"], [118, 97]),
        (["mysql-*"], [97, 84]),
        (["all"], [97, 84, 118]),
        (["mysql-8.4", "mysql-*"], [84, 97]),
    ],
)
def test_names_patterns_and_all_choose_each_member_once_in_order(names: list[str], found: list[int]) -> None:
    assert chosen("server", KNOWN, names, ["mysql-8.4"]) == found


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        chosen("server", KNOWN, ["mysql-9.6"], [])
    assert (caught.value.what, caught.value.remedy) == (
        "no server `mysql-9.6`",
        "did you mean `mysql-9.7` or `mysql-8.4`?",
    )


def test_a_name_like_no_other_is_answered_with_all() -> None:
    error = unknown("server", "zzz", KNOWN)
    assert error.remedy == "there are: mariadb-11.8, mysql-8.4, mysql-9.7"


def test_a_pattern_that_matches_nothing_is_an_error_although_another_matches() -> None:
    with pytest.raises(UsageError, match="no server `oracle-\\*`"):
        chosen("server", KNOWN, ["mysql-*", "oracle-*"], [])
