"""``dbtls run`` around the run itself: what is asked for, what is kept for ``--failed``, what is printed."""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.commands.doing import run as doing
from harness.commands.doing.last import Key
from harness.errors import UsageError
from harness.model.verdict import Status
from harness.runner.events import Event
from harness.runner.results import RunReport
from harness.runner.run import RunRequest
from harness.servers.place import Place
from tests.runner.fakes import NoPlace
from tests.runner.reports import report, result

EXPIRED = replace(result(Status.FAIL), id="one-way::expired", server="mysql-9.7", client="pymysql")
ARGUMENTS = ("mysql-9.7", "mariadb-11.8", "-c", "pymysql,mysql-connector-c", "-k", "one-way")


class Runs:
    """Stands for the run: ``comes_to`` is its report, ``asked`` what it was to do."""

    def __init__(self) -> None:
        self.comes_to = report(result(Status.PASS))
        self.asked: list[RunRequest] = []

    def __call__(self, request: RunRequest, place: Place, listen: Callable[[Event], None]) -> RunReport:
        self.asked.append(request)
        return self.comes_to


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    made = Runs()

    @contextlib.contextmanager
    def opened_place(engine: str) -> Iterator[Place]:
        yield cast(Place, NoPlace())

    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doing, "opened_place", opened_place)
    monkeypatch.setattr(doing, "run", made)
    return made


def _run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["run", *words], catch_exceptions=False)
    return done.exit_code, done.stdout


def test_servers_are_arguments_and_options_alike(runs: Runs) -> None:
    for words in (("mysql-9.7", "mariadb-11.8"), ("-s", "mysql-9.7,mariadb-11.8"), ("mysql-9.7", "-s", "mariadb-11.8")):
        _run(*words, "-c", "pymysql", "-k", "one-way::expired")
        assert [build.name for build in runs.asked[-1].servers] == ["mysql-9.7", "mariadb-11.8"]


def test_what_a_project_says_is_for_whoever_types_no_server(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.dbtls]\nserver = "mariadb-11.8"\n')
    for words, name in (((), "mariadb-11.8"), (("mysql-9.7",), "mysql-9.7"), (("-s", "mysql-9.7"), "mysql-9.7")):
        _run(*words, "-c", "pymysql", "-k", "one-way::expired")
        assert [build.name for build in runs.asked[-1].servers] == [name]


@pytest.mark.parametrize(
    ("words", "patterns"),
    [
        (["one-way"], ("one-way::*",)),
        (["one_way::expired"], ("one-way::expired",)),
        (["One-Way::Expired"], ("one-way::expired",)),
        (["expired"], ("one-way::expired", "two-way::expired")),
        (["one-way::e*,chain"], ("one-way::e*", "chain::*")),
    ],
)
def test_a_bare_word_is_a_theme_or_a_part_of_ids(runs: Runs, words: list[str], patterns: tuple[str, ...]) -> None:
    _run("mysql-9.7", "-c", "pymysql", *(part for word in words for part in ("-k", word)))
    assert runs.asked[-1].patterns == patterns


def test_listing_starts_nothing(runs: Runs) -> None:
    code, out = _run(*ARGUMENTS, "--list")
    assert (code, runs.asked) == (0, [])
    servers, clients, scenarios, *ids = out.splitlines()
    assert servers == "2 servers: mysql-9.7, mariadb-11.8"
    assert clients == "2 clients: pymysql, mysql-connector-c"
    assert scenarios == f"{len(ids)} scenarios, each on every server with every client that it is for:"
    assert all(line.startswith("  one-way::") for line in ids)


def test_what_failed_is_run_again_and_nothing_else(runs: Runs) -> None:
    with pytest.raises(UsageError, match="has not run in this folder yet"):
        _run("--failed")
    runs.comes_to = report(EXPIRED, replace(result(Status.PASS), id="one-way::good_authority"))
    assert _run(*ARGUMENTS)[0] == 1
    assert runs.asked[-1].only is None
    assert _run("--failed")[0] == 1
    again = runs.asked[-1]
    assert again.only == frozenset[Key]({("one-way::expired", "mysql-9.7", "pymysql")})
    assert [build.name for build in again.servers] == ["mysql-9.7"]
    assert [client.name for client in again.clients] == ["pymysql"]
    assert again.patterns == ("one-way::expired",)


def test_where_nothing_is_left_that_failed_nothing_runs(runs: Runs) -> None:
    _run(*ARGUMENTS)
    assert _run("--failed") == (0, "nothing is left that failed when `dbtls run` last ran here\n")
    assert len(runs.asked) == 1


def test_of_what_failed_names_choose(runs: Runs) -> None:
    runs.comes_to = report(EXPIRED, replace(EXPIRED, server="mariadb-11.8"))
    _run(*ARGUMENTS)
    _run("mariadb-11.8", "--failed")
    assert [build.name for build in runs.asked[-1].servers] == ["mariadb-11.8"]


def test_the_first_failure_is_asked_for(runs: Runs) -> None:
    _run(*ARGUMENTS, "-x")
    assert runs.asked[-1].exit_first
    _run(*ARGUMENTS)
    assert not runs.asked[-1].exit_first


def test_quietly_a_run_that_passed_is_its_verdict(runs: Runs) -> None:
    assert _run(*ARGUMENTS, "-q") == (0, "PASSED  1 case: 1 as expected, 0 failed   12 s   exit 0\n")


def test_two_reports_in_one_file_are_refused_before_anything_runs(runs: Runs) -> None:
    with pytest.raises(UsageError, match="would be written over"):
        _run(*ARGUMENTS, "--json", "x", "--junit", "x")
    assert runs.asked == []


def test_the_end_of_a_run_says_where_its_reports_lie_and_how_to_run_again_what_failed(
    runs: Runs, tmp_path: Path
) -> None:
    runs.comes_to = report(EXPIRED, result(Status.SKIPPED, "two-way::x"))
    code, out = _run(*ARGUMENTS, "--json", "my report.json", "--scenario-dir", str(tmp_path))
    assert code == 1
    assert "- 1 skipped   each: dbtls report 'my report.json' --skipped\n" in out
    assert out.endswith(
        "reports: my report.json\n"
        f"again: dbtls run --failed --scenario-dir {tmp_path}\n"
        "FAILED  2 cases: 0 as expected, 1 skipped, 1 failed   12 s   exit 1\n"
    )


def test_matrices_and_lists_are_there_for_whoever_asks(runs: Runs) -> None:
    runs.comes_to = report(result(Status.PASS), result(Status.SKIPPED, "two-way::x"))
    assert "clients  1 pymysql\n" not in _run(*ARGUMENTS)[1]
    assert "clients  1 pymysql\n" in _run(*ARGUMENTS, "--matrix")[1]
    lists = _run(*ARGUMENTS, "-v")[1]
    assert "\nSkipped\n" in lists
    assert "\nfirst verdict after 3.2 s\n" in lists


def test_a_run_says_first_what_it_is_going_to_be(runs: Runs) -> None:
    def told(*words: str) -> str:
        return CliRunner().invoke(cli, ["run", *words], catch_exceptions=False).stderr

    plan = r"\d\d:\d\d:\d\d 2 servers, 2 clients, \d+ scenarios; 2 to build first\n"
    assert re.fullmatch(plan, told(*ARGUMENTS, "--yes"))
    assert told(*ARGUMENTS, "--quiet") == ""


def test_listing_says_how_much_it_is_where_earlier_runs_tell(runs: Runs) -> None:
    words = ("mysql-9.7", "-c", "pymysql", "-k", "one-way::expired")
    assert not _run(*words, "--list")[1].splitlines()[-1].startswith("in all")
    runs.comes_to = report(EXPIRED)
    _run(*words)
    assert _run(*words, "--list")[1].splitlines()[-1] == "in all about 1 case"


def test_what_has_no_place_in_the_end_of_a_run_stands_in_the_report_that_is_kept(runs: Runs) -> None:
    runs.comes_to = report(result(Status.PASS), result(Status.SKIPPED, "two-way::x", "it is another's"))
    assert "- 1 skipped   each: dbtls report --skipped\n" in _run(*ARGUMENTS)[1]
    told = CliRunner().invoke(cli, ["report", "--skipped"], catch_exceptions=False)
    assert "\nSkipped\n  two-way::x × mysql-9.7 × pymysql: it is another's\n" in told.stdout
    assert told.stdout.endswith("PASSED  2 cases: 1 as expected, 1 skipped, 0 failed   12 s   exit 0\n")
