"""Start-ups are carried out from a good one that is proved once; trials are taken note of."""

from collections.abc import Callable

from harness.case.scenario import NOBODY
from harness.case.startup import GOOD_START as GOOD
from harness.case.startup import StartUp, start_up
from harness.case.trial import Trial
from harness.model.startup import Start, StartOutcome, Told
from harness.model.verdict import Status
from harness.runner.alone import judged_trial, started_alone
from harness.runner.conclusion import Judgement, concluded
from harness.runner.plan import Cell
from harness.runner.results import StartProof

OFF = GOOD.option("skip-ssl")
ALONE = GOOD.option("require_secure_transport=ON")
SERVES = StartOutcome(start=Start.SERVES)


def _cell(identity: str, made: StartUp | Trial) -> Cell:
    return Cell(id=identity, claim="It is so.", client=NOBODY, made=made)


def _carried_out(
    planned: dict[str, StartUp], answer: Callable[[Told], StartOutcome]
) -> tuple[dict[str, Judgement], list[Told]]:
    asked: list[Told] = []

    def try_start(told: Told) -> StartOutcome:
        asked.append(told)
        return answer(told)

    cells = [_cell(identity, case) for identity, case in planned.items()]
    return {cell.id: judged for cell, judged in started_alone(cells, try_start)}, asked


def _off_is_off(told: Told) -> StartOutcome:
    return StartOutcome(start=Start.WITHOUT) if told == OFF else SERVES


def test_what_is_good_is_started_first_and_nothing_twice() -> None:
    planned = {
        "off": start_up(GOOD, OFF, Start.WITHOUT),
        "same": start_up(GOOD, GOOD, Start.SERVES),
        "alone": start_up(GOOD, ALONE, Start.SERVES),
        "from-alone": start_up(ALONE, OFF, Start.WITHOUT),
    }
    results, asked = _carried_out(planned, _off_is_off)
    assert asked == [GOOD, OFF, ALONE]
    assert {name: judged.verdict.status for name, judged in results.items()} == dict.fromkeys(planned, Status.PASS)


def test_a_result_tells_both_starts_and_the_difference() -> None:
    off = start_up(GOOD, OFF, Start.SERVES)
    (results, _) = _carried_out({"off": off}, _off_is_off)
    result = concluded(_cell("off", off), "server", results["off"], None)
    assert (result.server, result.client, result.difference) == ("server", "-", "skip-ssl: none → `skip-ssl`")
    assert (result.verdict.status, result.outcome) == (Status.FAIL, "starts without TLS")
    assert result.proofs == (
        StartProof(label="good before", expected="serves TLS", outcome=SERVES),
        StartProof(label="case", expected="serves TLS", outcome=StartOutcome(start=Start.WITHOUT)),
    )
    assert result.rerun(()) == "dbtls run --server server --scenario off"


def test_where_the_good_one_does_not_serve_nothing_is_proved() -> None:
    refuses = StartOutcome(start=Start.REFUSES, log=("[ERROR] no",))
    (results, _) = _carried_out({"off": start_up(GOOD, OFF, Start.REFUSES)}, lambda told: refuses)
    assert [judged.verdict.status for judged in results.values()] == [Status.INCONCLUSIVE]


def test_a_trial_is_judged_by_what_it_found() -> None:
    trial = Trial(command="openssl x", ran="openssl y", expected="ends well", found="ends with status 1")
    result = judged_trial(trial)
    assert (result.verdict.status, result.outcome, result.expected) == (Status.FAIL, trial.found, trial.expected)
