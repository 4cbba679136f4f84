"""What a run says before it starts: from what earlier runs here found and took."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.case.scenario import Scenario, ScenarioResult
from harness.case.testbed import Testbed
from harness.commands.doing.expecting import Expected, expected
from harness.commands.doing.last import Key, LastRun, Pace
from harness.knowledge.reader import Knowledge
from harness.runner.run import RunRequest
from tests.runner.fakes import client_build, server_build


def _never(bed: Testbed) -> ScenarioResult:
    raise AssertionError("made before its server is up")


def _scenario(identity: str, *, clientless: bool = False) -> Scenario:
    return Scenario(id=identity, claim="It is so.", needs=frozenset(), make=_never, clientless=clientless)


REQUEST = RunRequest(
    servers=(server_build("s"), server_build("t")),
    clients=(client_build("a"), client_build("b")),
    scenarios=(_scenario("t::one"), _scenario("t::several"), _scenario("u::alone", clientless=True)),
    knowledge=Knowledge(),
)
FOUND: dict[Key, str] = {
    **{
        (identity, server, client): "pass"
        for identity in ("t::one", "t::several/x", "t::several/y")
        for server in ("s", "t", "elsewhere")
        for client in ("a", "b", "c")
    },
    ("u::alone", "s", None): "pass",
    ("u::alone", "t", None): "pass",
    ("v::another", "t", None): "pass",
}
LAST = LastRun(
    folder=Path(),
    known=True,
    found=FOUND,
    pace=Pace(case_s={(server, theme): 2.0 for server in "st" for theme in "tu"}, wall={2: 0.5}),
)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Expected(servers=1, clients=1, scenarios=1), "1 server, 1 client, 1 scenario"),
        (
            Expected(servers=4, clients=6, scenarios=107, cases=2_247, seconds=372),
            "4 servers, 6 clients, 107 scenarios: about 2,247 cases, about 6 min",
        ),
        (
            Expected(servers=4, clients=6, scenarios=107, cases=2_247, to_build=2),
            "4 servers, 6 clients, 107 scenarios: about 2,247 cases; 2 to build first",
        ),
    ],
)
def test_a_plan_is_a_line(plan: Expected, words: str) -> None:
    assert str(plan) == words


def test_of_what_was_run_before_there_is_a_number_and_a_time() -> None:
    plan = expected(REQUEST, LAST, to_build=1)
    assert plan == Expected(servers=2, clients=2, scenarios=3, to_build=1, cases=14, seconds=14.0)


def test_before_the_first_run_and_where_most_is_new_nothing_is_promised() -> None:
    nothing = Expected(servers=2, clients=2, scenarios=3)
    assert expected(REQUEST, LastRun(folder=Path())) == nothing
    some = {key: word for key, word in FOUND.items() if key[2] != "b"}
    assert expected(REQUEST, replace(LAST, found=some)) == nothing


def test_what_was_never_timed_has_a_number_and_no_time() -> None:
    plan = expected(REQUEST, replace(LAST, pace=Pace()))
    assert (plan.cases, plan.seconds) == (14, None)


def test_patterns_and_cases_that_are_meant_alone_are_counted_alone() -> None:
    assert expected(replace(REQUEST, patterns=("t::several/x",), scenarios=REQUEST.scenarios[1:2]), LAST).cases == 4
    only: frozenset[Key] = frozenset({("t::several/x", "s", "a"), ("u::alone", "t", None)})
    assert expected(replace(REQUEST, only=only), LAST).cases == 2
