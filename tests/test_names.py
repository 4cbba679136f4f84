"""Choosing by name."""

from dataclasses import dataclass

import pytest

from harness.errors import UsageError
from harness.names import Name, chosen, listed, place_of, separated, unknown


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


SERVERS = {
    **{name: One(0) for name in ("mariadb-10.1", "mariadb-10.11", "mariadb-11.8", "mysql-5.7", "mysql-8.0.15")},
    **{name: One(0) for name in ("mysql-8.0.31", "mysql-9.7")},
    "mysql-5.6": One(0, opt_in=True),
}
CLIENTS = {
    **{name: One(0) for name in ("mysql-cli-8.0", "mysql-cli-9.7", "pymysql")},
    **{f"jdbc:{name}": One(0, reach=("jdbc",)) for name in ("mariadb-3.5", "connector-j-8.0", "connector-j-9", "x")},
    "jdbc:connector-j-9@8": One(0, reach=("jdbc", "@")),
}


@pytest.mark.parametrize(
    ("kind", "known", "name", "what", "remedy"),
    [
        # A letter or two: of several the one that agrees longest, which is another version of the same.
        ("server", SERVERS, "mysql-9.6", "no server `mysql-9.6`", "did you mean `mysql-9.7`?"),
        ("server", SERVERS, "msql-9.7", "no server `msql-9.7`", "did you mean `mysql-9.7`?"),
        ("client", CLIENTS, "connector-j-9", "no client `connector-j-9`", "did you mean `jdbc:connector-j-9`?"),
        # The beginning of a few, or of many: a pattern.
        ("server", SERVERS, "mysql-9", "no server `mysql-9`", "did you mean `mysql-9.7`?"),
        (
            "server",
            SERVERS,
            "mysql-8.0",
            "no server `mysql-8.0`",
            "did you mean `mysql-8.0.15` or `mysql-8.0.31`, or all with `'mysql-8.0*'`?",
        ),
        ("server", SERVERS, "MySQL", "no server `MySQL`", "did you mean `'MySQL*'`, all 5 of them?"),
        ("client", CLIENTS, "jdbc", "no client `jdbc`", "did you mean `'jdbc*'`, all 4 of them?"),
        # A pattern does not choose what is chosen by its name alone.
        (
            "server",
            SERVERS,
            "mysql-5.6*",
            "the pattern `mysql-5.6*` means `mysql-5.6`, and a pattern does not choose that",
            "name it in full: `mysql-5.6`",
        ),
        # Like no other: what there is, eight at most, a family as its pattern.
        (
            "server",
            SERVERS,
            "postgres-16",
            "no server `postgres-16`",
            "name one of mariadb-10.1, mariadb-10.11, mariadb-11.8, mysql-5.6, mysql-5.7, mysql-8.0.15, mysql-8.0.31, "
            "mysql-9.7",
        ),
        (
            "client",
            CLIENTS,
            "mysqlclient",
            "no client `mysqlclient`",
            "name one of 'jdbc*', mysql-cli-8.0, mysql-cli-9.7, pymysql",
        ),
        (
            "server",
            SERVERS,
            "",
            "the name of a server is empty",
            "a shell variable may be unset; name one of mariadb-10.1, mariadb-10.11, mariadb-11.8, mysql-5.6, "
            "mysql-5.7, mysql-8.0.15, mysql-8.0.31, mysql-9.7",
        ),
    ],
)
def test_a_name_that_means_nothing_is_answered_with_what_was_meant(
    kind: str, known: dict[str, One], name: str, what: str, remedy: str
) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(kind, known, [name], [])
    assert (caught.value.what, caught.value.remedy, caught.value.place) == (what, remedy, None)


def test_what_a_name_is_elsewhere_comes_first() -> None:
    error = unknown("server", "pymysql", SERVERS, elsewhere="`pymysql` is a client: give it as `--client pymysql`")
    assert error.remedy == "`pymysql` is a client: give it as `--client pymysql`"


def test_where_a_name_stands_is_the_errors_place() -> None:
    with pytest.raises(UsageError) as caught:
        chosen("server", SERVERS, [Name("nosuch", "/p/pyproject.toml:3")], [])
    assert str(caught.value) == "/p/pyproject.toml:3: no server `nosuch`"


def test_upper_and_lower_case_are_alike() -> None:
    assert chosen("server", KNOWN, ["MySQL-9.7", "MYSQL-5.6", "MariaDB*", "All"], []) == [
        *(KNOWN[name] for name in ("mysql-9.7", "mysql-5.6", "mariadb-11.8", "mysql-8.4"))
    ]


def test_several_names_may_stand_in_one_text() -> None:
    names = separated(["mysql-9.7, mariadb-11.8", Name("a,b", "place"), ""])
    assert names == ("mysql-9.7", "mariadb-11.8", "a", "b", "")
    assert [place_of(name) for name in names] == [None, None, "place", "place", None]


@pytest.mark.parametrize(
    ("count", "said"), [(0, ""), (8, "0, 1, 2, 3, 4, 5, 6, 7"), (9, "0, 1, 2, 3, 4, 5, 6, 7 and 1 more: ask")]
)
def test_a_list_has_eight_names_at_most(count: int, said: str) -> None:
    assert listed([str(number) for number in range(count)], more="ask") == said


def test_a_pattern_that_matches_nothing_is_an_error_although_another_matches() -> None:
    with pytest.raises(UsageError, match="no server `oracle-\\*`"):
        chosen("server", KNOWN, ["mysql-*", "oracle-*"], [])
