"""Choosing by name."""

from dataclasses import dataclass

import pytest

from harness.errors import UsageError
from harness.names import chosen, unknown


@dataclass(frozen=True)
class One:
    number: int
    opt_in: bool = False
    reach: tuple[str, ...] = ()


FAMILY = {"new": One(1), "jdbc:a": One(2, reach=("jdbc",)), "jdbc:a@8": One(3, reach=("jdbc", "@"))}
KNOWN = {"mysql-9.7": One(97), "mysql-8.4": One(84), "mysql-5.6": One(56, opt_in=True), "mariadb-11.8": One(118)}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], [84]),
        (["mariadb-11.8", "mysql-9.7"], [118, 97]),
        (["mysql-*"], [97, 84]),
        (["all"], [97, 84, 118]),
        (["mysql-8.4", "mysql-*"], [84, 97]),
        (["mysql-5.6", "mysql-*"], [56, 97, 84]),
    ],
)
def test_names_patterns_and_all_choose_each_member_once_in_order(names: list[str], found: list[int]) -> None:
    assert [one.number for one in chosen("server", KNOWN, names, ["mysql-8.4"])] == found


@pytest.mark.parametrize(
    ("name", "found"), [("all", [1]), ("*", [1]), ("jdbc*", [2]), ("jdbc:*@8", [3]), ("*@8", []), ("jdbc:a@8", [3])]
)
def test_a_pattern_reaches_a_family_only_by_its_name(name: str, found: list[int]) -> None:
    if found:
        assert [one.number for one in chosen("client", FAMILY, [name], [])] == found
    else:
        with pytest.raises(UsageError):
            chosen("client", FAMILY, [name], [])


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        chosen("server", KNOWN, ["mysql-9.6"], [])
    assert (caught.value.what, caught.value.remedy) == (
        "no server `mysql-9.6`",
        "did you mean `mysql-9.7` or `mysql-5.6` or `mysql-8.4`?",
    )


def test_a_name_like_no_other_is_answered_with_all() -> None:
    error = unknown("server", "zzz", KNOWN)
    assert error.remedy == "there are: mariadb-11.8, mysql-5.6, mysql-8.4, mysql-9.7"


def test_a_pattern_that_matches_nothing_is_an_error_although_another_matches() -> None:
    with pytest.raises(UsageError, match="no server `oracle-\\*`"):
        chosen("server", KNOWN, ["mysql-*", "oracle-*"], [])
