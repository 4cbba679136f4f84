"""Which cells patterns mean, what a client that lacks a need gets, and in what order a server is told things."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from harness.case.scenario import Scenario, ScenarioResult, Skip, Theme
from harness.case.situation import Case, Journey, Step
from harness.case.startup import GOOD_START as TOLD
from harness.case.startup import start_up
from harness.case.testbed import ClientView, Testbed
from harness.errors import UsageError
from harness.kinds.attempt import KIND as ATTEMPTS
from harness.kinds.journey import KIND as JOURNEYS
from harness.kinds.kind import Cell
from harness.knowledge.rows import Lack
from harness.model.expectation import ExpectAccepted
from harness.model.obstacle import Because, Obstacle
from harness.model.outcome import Cause, Side
from harness.model.startup import Start
from harness.model.tls import Can, Verify
from harness.runner.plan import Batch, Group, batches, by_kind, cells, good_situation, may_make, wanted
from tests.case.beds import bed

GOOD = bed().one_way(Verify.CA)
CASE = GOOD.accepted()
IDS = ("one-way::good", "two-way::good", "two-way::good_again", "versions::pair/1.2+1.3", "versions::pair/1.3+1.3")


def scenario(identity: str, make: Callable[[Testbed], ScenarioResult], needs: frozenset[Can] = frozenset()) -> Scenario:
    return Scenario(id=identity, claim="It is so.", needs=needs, make=make)


SIMPLE = [scenario(identity, lambda bed: CASE) for identity in IDS[:3]]
PAIR = scenario("versions::pair", lambda bed: {"1.2+1.3": CASE, "1.3+1.3": Skip("no")})


def _raises(error: Exception) -> Callable[[Testbed], ScenarioResult]:
    def make(bed: Testbed) -> ScenarioResult:
        raise error

    return make


@pytest.mark.parametrize(
    ("patterns", "meant"),
    [
        ([], IDS),
        (["two-way::good"], ["two-way::good"]),
        (["two-way*"], ["two-way::good", "two-way::good_again"]),
        (["*"], IDS),
        (["versions::pair"], ["versions::pair/1.2+1.3", "versions::pair/1.3+1.3"]),
        (["versions::pair/1.2+1.3"], ["versions::pair/1.2+1.3"]),
        (["versions::pair/*1.3"], ["versions::pair/1.2+1.3", "versions::pair/1.3+1.3"]),
        (["versions::*/1.2*"], ["versions::pair/1.2+1.3"]),
        (["versions::pai"], []),
        (["VERSIONS::PAIR"], ["versions::pair/1.2+1.3", "versions::pair/1.3+1.3"]),
        (["two-way::good", "one-way*"], ["one-way::good", "two-way::good"]),
        (["no-such"], []),
    ],
)
def test_patterns_mean_exact_ids_globs_and_all_labels_of_a_scenario(patterns: list[str], meant: list[str]) -> None:
    assert [identity for identity in IDS if wanted(identity, patterns)] == list(meant)
    made = [scenario for scenario in (*SIMPLE, PAIR) if may_make(scenario, patterns)]
    assert [cell.id for cell in cells(made, bed(), "client", [], patterns)] == list(meant)
    assert {scenario.id for scenario in made} == {identity.partition("/")[0] for identity in meant}


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        pytest.param(
            "*+1.3",
            ["versions::pair/1.2+1.3", "versions::pair/1.3+1.3"],
        ),
        pytest.param(
            "*::pair",
            ["versions::pair/1.2+1.3", "versions::pair/1.3+1.3"],
        ),
    ],
)
def test_a_glob_means_the_same_to_the_plan_and_to_its_cells(pattern: str, meant: list[str]) -> None:
    made = [scenario for scenario in (*SIMPLE, PAIR) if may_make(scenario, [pattern])]
    assert [cell.id for cell in cells(made, bed(), "client", [], [pattern])] == meant


def test_a_scenario_makes_a_cell_or_one_for_each_label() -> None:
    assert cells([SIMPLE[0], PAIR], bed(), "client", [], []) == [
        Cell(id="one-way::good", claim="It is so.", client="client", made=CASE),
        Cell(id="versions::pair/1.2+1.3", claim="It is so.", client="client", made=CASE),
        Cell(id="versions::pair/1.3+1.3", claim="It is so.", client="client", made=Skip("no")),
    ]


@pytest.mark.parametrize(
    ("lacks", "reason"),
    [
        ([], "client cannot choose ciphers: its probe does not offer it"),
        (
            [
                Lack(what="disable", reason="not this", source="s"),
                Lack(what="choose-ciphers", reason="the driver has no option", source="https://example.test/1"),
            ],
            "client cannot choose ciphers: the driver has no option (https://example.test/1)",
        ),
    ],
)
def test_a_client_that_lacks_a_need_skips_with_the_declared_reason(lacks: list[Lack], reason: str) -> None:
    needs = frozenset({Can.VERIFY_CA, Can.CHOOSE_CIPHERS})
    never = scenario("a::b", _raises(AssertionError("made although it is lacked")), needs)
    (cell,) = cells([never], bed(can=frozenset({Can.VERIFY_CA})), "client", lacks, [])
    cannot = Skip(reason, Obstacle(Because.CLIENT, "choose ciphers"))
    assert cell == Cell(id="a::b", claim="It is so.", client="client", made=cannot)


def test_a_scenario_that_raises_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        cells([scenario("a::b", _raises(KeyError("x")))], bed(), "client", [], [])
    line = _raises.__code__.co_firstlineno + 2
    assert str(caught.value) == f"{__file__}:{line}: scenario `a::b` raised KeyError: 'x'"


def test_a_scenario_that_changes_two_things_is_named() -> None:
    twice = scenario("a::b", lambda bed: GOOD.but(verify=Verify.DISABLED, client_trusts=()).accepted())
    with pytest.raises(UsageError, match="a::b") as caught:
        cells([twice], bed(), "client", [], [])
    assert caught.value.place == f"{__file__}:{twice.make.__code__.co_firstlineno}"


def test_a_disk_that_is_full_is_no_scenarios_fault() -> None:
    with pytest.raises(OSError, match="No space left"):
        cells([scenario("a::b", _raises(OSError(28, "No space left on device")))], bed(), "client", [], [])


ELSEWHERE = GOOD.with_(require_secure_transport=True)
TOUCHED = GOOD.but(server_leaf=None).refused(by=Side.CLIENT, cause=Cause.NO_TLS)
TOUCHED_ALIKE = GOOD.with_(verify=Verify.REQUIRED).but(server_leaf=None).refused(by=Side.CLIENT, cause=Cause.NO_TLS)
ANOTHER = GOOD.but(server_versions=("TLSv1.2",)).accepted()
JOURNEY = Journey(good=GOOD, steps=(Step(name="s", situation=GOOD, expectation=ExpectAccepted()),))
FARTHER = Journey(
    good=GOOD, steps=(*JOURNEY.steps, Step(name="t", situation=TOUCHED.situation, expectation=ExpectAccepted()))
)


def _cell(identity: str, made: Case | Journey | Skip, client: str = "client") -> Cell:
    return Cell(id=identity, claim="It is so.", client=client, made=made)


def test_cells_are_grouped_by_what_the_server_is_told() -> None:
    planned = [
        _cell("here", CASE),
        _cell("elsewhere", ELSEWHERE.accepted()),
        _cell("first", TOUCHED),
        _cell("second", ANOTHER),
        _cell("third", TOUCHED_ALIKE),
        _cell("journey", JOURNEY),
        _cell("farther", FARTHER),
        _cell("journey", JOURNEY, "other"),
    ]
    here, elsewhere, first, second, third, journey, farther, other = planned
    assert batches(planned) == [
        Batch(
            good=GOOD.server_side(),
            groups=(
                Group(kind=ATTEMPTS, stations=(), cells=(here,)),
                Group(kind=ATTEMPTS, stations=(TOUCHED.situation.server_side(),), cells=(first, third)),
                Group(kind=ATTEMPTS, stations=(ANOTHER.situation.server_side(),), cells=(second,)),
                Group(kind=JOURNEYS, stations=(GOOD.server_side(),), cells=(journey, other)),
                Group(kind=JOURNEYS, stations=(GOOD.server_side(), TOUCHED.situation.server_side()), cells=(farther,)),
            ),
        ),
        Batch(good=ELSEWHERE.server_side(), groups=(Group(kind=ATTEMPTS, stations=(), cells=(elsewhere,)),)),
    ]


def test_a_cell_has_its_client_and_the_good_situation_that_it_begins_from() -> None:
    found = [good_situation(cell) for cell in (_cell("a", TOUCHED), _cell("b", CASE, "second"), _cell("c", JOURNEY))]
    assert found == [("client", GOOD), ("second", GOOD), ("client", GOOD)]
    for without in (_cell("d", Skip("no")), replace(_cell("e", CASE), client=None)):
        with pytest.raises(ValueError, match="has no good situation with a client"):
            good_situation(without)


def test_cells_of_a_kind_are_together_in_their_order() -> None:
    planned = [_cell("a", CASE), _cell("b", JOURNEY), _cell("c", TOUCHED)]
    assert [(kind, [cell.id for cell in alike]) for kind, alike in by_kind(planned)] == [
        (ATTEMPTS, ["a", "c"]),
        (JOURNEYS, ["b"]),
    ]


def test_labels_of_a_mapping_are_kept_in_their_order() -> None:
    labels: Mapping[str, Case | Journey | Skip] = {"z": CASE, "a": JOURNEY, "m": Skip("no")}
    made = cells([scenario("t::f", lambda bed: labels)], bed(), "client", [], [])
    assert [cell.id for cell in made] == ["t::f/z", "t::f/a", "t::f/m"]


CLIENTLESS = replace(bed(), client=ClientView(name="no client", versions=(), can=frozenset()))
ALONE = Scenario(
    id="start-up::x",
    claim="It is so.",
    needs=frozenset(),
    make=lambda bed: start_up(TOLD, TOLD, Start.SERVES),
    clientless=True,
    theme=Theme(divergences="Where it does not"),
)


def test_scenarios_without_a_client_are_planned_where_there_is_none() -> None:
    assert [cell.id for cell in cells([*SIMPLE, ALONE], bed(), "client", [], [])] == [one.id for one in SIMPLE]
    (cell,) = cells([*SIMPLE, ALONE], CLIENTLESS, None, [], [])
    assert (cell.id, cell.client, cell.theme) == ("start-up::x", None, ALONE.theme)


def test_a_start_up_from_an_option_that_the_server_lacks_is_skipped_and_one_that_tells_it_is_not() -> None:
    lack = Lack(what="option-require-secure-transport", reason="it came later", source="s")
    required = TOLD.option("require_secure_transport=ON")
    made = {"from": start_up(required, TOLD, Start.SERVES), "to": start_up(TOLD, required, Start.SERVES)}
    (begins, tells) = cells([replace(ALONE, make=lambda bed: made)], CLIENTLESS, None, [lack], [])
    cannot = Obstacle(Because.SERVER, "take require-secure-transport")
    assert begins.made == Skip("the server has no option require-secure-transport: it came later (s)", cannot)
    assert tells.made == made["to"]
