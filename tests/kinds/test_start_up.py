"""Start-ups are carried out from a good one that is proved once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.case.startup import GOOD_START as GOOD
from harness.case.startup import StartUp, start_up
from harness.kinds.kind import Cell, Judgement
from harness.kinds.start_up import KIND, StartEvidence
from harness.model.startup import ServerConfiguration, Start, StartOutcome
from harness.model.verdict import Status
from harness.runner.conclusion import concluded
from tests.runner.fakes import World, fake_bench

OFF = GOOD.option("skip-ssl")
ALONE = GOOD.option("require_secure_transport=ON")
SERVES = StartOutcome(start=Start.SERVES)


def _cell(identity: str, made: StartUp) -> Cell:
    return Cell(id=identity, claim="It is so.", client=None, made=made)


CarriesOut = Callable[[dict[str, StartUp], Callable[[ServerConfiguration], StartOutcome]], dict[str, Judgement]]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def carried_out(tmp_path: Path, world: World) -> CarriesOut:
    def carry_out(
        planned: dict[str, StartUp], answer: Callable[[ServerConfiguration], StartOutcome]
    ) -> dict[str, Judgement]:
        world.starts = answer
        cells = [(_cell(identity, case), case) for identity, case in planned.items()]
        return {one.cell.id: one.judge(()) for one in KIND.carry_out(cells, fake_bench(world, tmp_path))}

    return carry_out


def _off_is_off(told: ServerConfiguration) -> StartOutcome:
    return StartOutcome(start=Start.WITHOUT) if "skip-ssl" in told.options else SERVES


def test_what_is_good_is_started_first_and_nothing_twice(world: World, carried_out: CarriesOut) -> None:
    planned = {
        "off": start_up(GOOD, OFF, Start.WITHOUT),
        "same": start_up(GOOD, GOOD, Start.SERVES),
        "alone": start_up(GOOD, ALONE, Start.SERVES),
        "from-alone": start_up(ALONE, OFF, Start.WITHOUT),
    }
    results = carried_out(planned, _off_is_off)
    assert world.events == ["tried good and good", "tried skip-ssl", "tried require_secure_transport=ON"]
    assert {name: judged.verdict.status for name, judged in results.items()} == dict.fromkeys(planned, Status.PASS)


def test_a_result_tells_both_starts_and_the_difference(carried_out: CarriesOut) -> None:
    off = start_up(GOOD, OFF, Start.SERVES)
    results = carried_out({"off": off}, _off_is_off)
    result = concluded(_cell("off", off), "server", results["off"], None)
    assert (result.server, result.client, result.difference) == ("server", None, "skip-ssl: none → `skip-ssl`")
    assert (result.verdict.status, result.outcome) == (Status.FAIL, "starts without TLS")
    assert result.proofs == (
        StartEvidence(label="good before", expected="serves TLS", outcome=SERVES),
        StartEvidence(label="case", expected="serves TLS", outcome=StartOutcome(start=Start.WITHOUT)),
    )
    assert result.rerun(()) == "dbtls run --server server --scenario off"


def test_where_the_good_one_does_not_serve_nothing_is_proved(carried_out: CarriesOut) -> None:
    refuses = StartOutcome(start=Start.REFUSES, log=("[ERROR] no",))
    results = carried_out({"off": start_up(GOOD, OFF, Start.REFUSES)}, lambda told: refuses)
    assert [judged.verdict.status for judged in results.values()] == [Status.INCONCLUSIVE]
