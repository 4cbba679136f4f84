"""The shipped scenarios keep the rules: a claim each, one difference, a reason that both ends can tell."""

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from harness.case.scenario import BUILTIN_SCENARIOS, Scenario, discover_scenarios
from harness.case.situation import Case, Journey, Situation
from harness.case.startup import StartUp, start_difference
from harness.judge.agreement import AGREES
from harness.knowledge.reader import BUILTIN_KNOWLEDGE, Knowledge
from harness.model.expectation import ExpectAccepted, Expectation, ExpectRefused
from harness.model.outcome import Cause, Side
from harness.model.startup import MISSING
from harness.model.tls import TlsVersion
from tests.case.beds import bed

SHIPPED = discover_scenarios([BUILTIN_SCENARIOS])
BEHAVIOUR = frozenset(row.does for row in Knowledge.read([BUILTIN_KNOWLEDGE]).behaving)
BEDS = {
    "plain": bed(),
    "declares everything": bed(does=BEHAVIOUR),
    "all versions": bed(server_versions=tuple(TlsVersion), client_versions=tuple(TlsVersion)),
    "one version each": bed(server_versions=(TlsVersion.TLS_1_3,), client_versions=(TlsVersion.TLS_1_2,)),
}
NEVER_HEARD = {Cause.NOT_SERVED, Cause.RELOAD_REFUSED}


def _all() -> dict[str, Case | Journey | StartUp]:
    """Every case for every testbed, those that are the same for several once, by the first one's name."""
    found: dict[tuple[str, str, Case | Journey | StartUp], str] = {}
    for name, testbed in BEDS.items():
        for scenario in SHIPPED.values():
            for identity, case in scenario.cases(testbed).items():
                if isinstance(case, Case | Journey | StartUp):
                    found.setdefault((scenario.id, identity, case), f"{identity}@{name}")
    return {identity: case for (_, _, case), identity in found.items()}


EVERYTHING = _all()
MADE = {identity: case for identity, case in EVERYTHING.items() if not isinstance(case, StartUp)}
CASES = {identity: case for identity, case in MADE.items() if isinstance(case, Case)}
START_UPS = {identity: case for identity, case in EVERYTHING.items() if isinstance(case, StartUp)}


def _expectations(case: Case | Journey) -> Iterator[Expectation]:
    match case:
        case Case(expectation=expectation):
            yield expectation
        case Journey(steps=steps):
            yield from (step.expectation for step in steps)


def test_every_shipped_file_and_scenario_is_found() -> None:
    themes = {identity.partition("::")[0] for identity in SHIPPED}
    assert themes == {path.stem.replace("_", "-") for path in BUILTIN_SCENARIOS.glob("*.py")}
    marked = sum(path.read_text().count("\n@scenario(") for path in BUILTIN_SCENARIOS.glob("*.py"))
    assert len(SHIPPED) == marked


@pytest.mark.parametrize("shipped", SHIPPED.values(), ids=lambda shipped: shipped.id)
def test_a_claim_is_one_sentence_in_the_present_tense(shipped: Scenario) -> None:
    assert (shipped.make.__doc__ or "").strip() == shipped.claim
    # A full stop inside is a version number's; a semicolon joins, a colon explains.
    assert re.fullmatch(r"(A|An|Two|The) [^.!?]*(\.\d[^.!?]*)*\.", shipped.claim)
    assert not re.search(r"\b(will|would|should|must)\b", shipped.claim)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_differs_from_its_good_situation_in_one_thing_at_most(case: Case) -> None:
    changed = [
        item.name for item in fields(Situation) if getattr(case.good, item.name) != getattr(case.situation, item.name)
    ]
    # Without a change there is nothing to refuse: that would be two expectations of one situation.
    assert len(changed) == (1 if isinstance(case.expectation, ExpectRefused) else len(changed[:1]))


@pytest.mark.parametrize("case", START_UPS.values(), ids=START_UPS)
def test_a_start_up_differs_from_its_good_one_in_one_thing_at_most(case: StartUp) -> None:
    told_nothing = not case.told.options or not case.told.files
    assert told_nothing or len(start_difference(case.good, case.told)) <= 1


@pytest.mark.parametrize("case", START_UPS.values(), ids=START_UPS)
def test_every_place_in_an_option_of_a_start_up_has_its_file(case: StartUp) -> None:
    there = {file.role.value for file in case.told.files} | {MISSING}
    assert {name for line in case.told.options for name in re.findall(r"{(\w+)}", line)} <= there


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_with_the_change_taken_out_a_case_turns_green(made: Case | Journey) -> None:
    good = made.good.expectation()
    assert isinstance(good, ExpectAccepted)
    if isinstance(made, Case) and made.situation == made.good:
        assert isinstance(made.expectation, ExpectAccepted)
        assert made.expectation.encrypted == good.encrypted


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_every_expected_refusal_has_a_testimony_that_agrees(made: Case | Journey) -> None:
    for expectation in _expectations(made):
        if isinstance(expectation, ExpectRefused) and expectation.cause not in NEVER_HEARD:
            for side in Side if expectation.by is None else (expectation.by,):
                assert AGREES[side, expectation.cause]


@pytest.mark.parametrize("behaviour", sorted(BEHAVIOUR))
def test_every_behaviour_that_a_server_is_known_for_changes_a_case(behaviour: str) -> None:
    different = bed(does=frozenset({behaviour}))
    assert [one.id for one in SHIPPED.values() if one.cases(BEDS["plain"]) != one.cases(different)]
