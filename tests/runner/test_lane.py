"""A lane proves the good situation around every case, and gives every cell exactly one honest result."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.case.command_check import CommandCheck
from harness.case.data import write_case
from harness.case.rotation import Rotation
from harness.case.scenario import Skip, Theme
from harness.case.situation import UNLISTED_HOST, Case, Journey, Situation, Step
from harness.case.startup import GOOD_START, own_files, start_up
from harness.case.testbed import SERVER_SPEC
from harness.clients.protocol import Hello
from harness.errors import EngineError, HarnessError, ProbeFault, ProbeUnavailable
from harness.kinds.attempt import AttemptEvidence
from harness.kinds.bench import Rotate
from harness.kinds.ends import ClientEnd
from harness.kinds.kind import Cell
from harness.kinds.material import server_tls
from harness.knowledge.reader import Knowledge
from harness.knowledge.rows import Known, Lack, Severity
from harness.model.certificates import AuthoritySpec, Digest, KeyType
from harness.model.evidence import Seen
from harness.model.expectation import ExpectAccepted, ExpectRefused
from harness.model.fault import Fault
from harness.model.observation import Observation
from harness.model.obstacle import NOT_APPLICABLE
from harness.model.outcome import Accepted, Cause, ClientFault, Hung, NotAttempted, RawError, Refused, Side
from harness.model.rotated import Rotated
from harness.model.rotation import How, What
from harness.model.startup import ServerConfiguration, Start, StartOutcome
from harness.model.tls import ServerTls, Verify
from harness.model.verdict import Status, Verdict
from harness.runner.lane import Lane
from harness.runner.results import CellResult
from harness.waiting import wait_for
from tests.case.beds import bed, materials
from tests.reports.rotation.samples import FAIL as ROTATED
from tests.runner.fakes import (
    Answer,
    Attempt,
    FakeClient,
    World,
    fake_bench,
    no_fault,
    no_rotation,
    refused,
)

BED = bed()
GOOD = BED.one_way(Verify.CA)
OTHER = BED.authority("other")
DISABLED = GOOD.but(verify=Verify.DISABLED)
UNTRUSTED = GOOD.but(client_trusts=(OTHER,)).refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
NEW_LEAF = GOOD.but(server_leaf=BED.server_leaf("other"))
FORGED = NEW_LEAF.refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
UNSERVED = GOOD.but(server_versions=("TLSv9.9",)).refused(by=Side.SERVER, cause=Cause.NOT_SERVED)
ELSEWHERE = BED.one_way(Verify.CA).with_(require_secure_transport=True)


def _tls(situation: Situation) -> ServerTls:
    return server_tls(situation.server_side(), materials())


NAMES: Mapping[ServerTls, str] = {
    _tls(GOOD): "good",
    _tls(FORGED.situation): "forged",
    _tls(UNSERVED.situation): "unserved",
    _tls(ELSEWHERE): "elsewhere",
}
TO_FORGED = Journey(
    good=GOOD,
    steps=(
        Step(name="same", situation=GOOD, expectation=ExpectAccepted()),
        Step(
            name="forge",
            situation=FORGED.situation,
            expectation=ExpectRefused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY),
        ),
    ),
)
STRAIGHT_TO_FORGED = Journey(good=GOOD, steps=TO_FORGED.steps[1:])
TO_REFUSED_RELOAD = Journey(
    good=GOOD,
    steps=(
        Step(
            name="forge",
            situation=FORGED.situation,
            expectation=ExpectRefused(by=Side.SERVER, cause=Cause.RELOAD_REFUSED),
        ),
    ),
)
UNKNOWN = refused(Side.CLIENT, Cause.UNKNOWN_AUTHORITY)
HANGS = Answer(outcome=Hung(deadline_s=10), seen=Seen.HANDSHAKE_FAILED)


def cell(identity: str, made: Case | Journey | Rotation | Skip, client: str = "client") -> Cell:
    return Cell(id=identity, claim="It is so.", client=client, made=made)


def verifies(attempt: Attempt) -> Answer | None:
    """What a client that verifies does, by whom it trusts and what is served."""
    if attempt.tls.verify is Verify.DISABLED:
        return None
    assert attempt.tls.ca is not None
    trusts_good = materials().authority(BED.authority()).pem in attempt.tls.ca.read_bytes()
    served_good = attempt.served.serial == materials().leaf(BED.server_leaf()).serial
    return None if trusts_good == served_good else UNKNOWN


def _known(scenario: str, instead: str) -> Known:
    return Known(scenario=scenario, instead=instead, severity=Severity.UNSAFE, reason="no check", source="measured")


def carried_out(
    tmp_path: Path,
    planned: Sequence[Cell],
    world: World,
    *,
    lacks: tuple[Lack, ...] = (),
    known: tuple[Known, ...] = (),
    client_known: tuple[Known, ...] = (),
    rotate: Rotate = no_rotation,
    told: list[Fault] | None = None,
) -> list[CellResult]:
    results: list[CellResult] = []
    names = {cell.client for cell in planned if cell.client is not None}
    bench = fake_bench(
        world,
        tmp_path / "stores",
        *(FakeClient(world, name, known=client_known) for name in names),
        knowledge=Knowledge().after(known, lacks),
        materials=materials(),
        rotate=rotate,
        tell=no_fault if told is None else told.append,
    )
    Lane(bench, results.append).run(planned)
    assert Counter((result.id, result.client) for result in results) == Counter(
        (cell.id, cell.client) for cell in planned
    )
    return results


def world(answer: Callable[[Attempt], Answer | None] = verifies) -> World:
    return World(names=NAMES, answer=answer)


def seen(result: CellResult) -> list[Observation]:
    """What was observed of each attempt."""
    assert all(isinstance(proof, AttemptEvidence) for proof in result.proofs)
    return [proof.observation for proof in result.proofs if isinstance(proof, AttemptEvidence)]


def verdicts(results: Sequence[CellResult]) -> dict[str, tuple[Status, str]]:
    return {
        result.id if result.client == "client" else f"{result.id} {result.client}": (
            result.verdict.status,
            result.verdict.reason,
        )
        for result in results
    }


def test_the_good_situation_is_proved_before_and_after_a_case_that_the_server_does_not_notice(tmp_path: Path) -> None:
    made = world()
    (result,) = carried_out(tmp_path, [cell("refuses", UNTRUSTED)], made)
    assert made.events == [
        "started afresh good",
        "client verify-ca at good",
        "client verify-ca at good",
        "client verify-ca at good",
    ]
    observations = seen(result)
    assert replace(result, duration_s=0.0) == CellResult(
        id="refuses",
        claim="It is so.",
        server="server",
        client="client",
        verdict=Verdict(Status.PASS, "refused by the client: unknown-authority"),
        expected="refused by the client: unknown-authority",
        difference="client trusts: «good» → «other»",
        case=write_case(UNTRUSTED),
        outcome="refused by the client: unknown-authority",
        proofs=(
            AttemptEvidence(label="good before", expected="accepted over TLS", observation=observations[0]),
            AttemptEvidence(
                label="case", expected="refused by the client: unknown-authority", observation=observations[1]
            ),
            AttemptEvidence(label="good after", expected="accepted over TLS", observation=observations[2]),
        ),
    )
    assert [type(observation.outcome).__name__ for observation in observations] == ["Accepted", "Refused", "Accepted"]
    assert {observation.served_serial for observation in observations} == {materials().leaf(BED.server_leaf()).serial}


def test_the_good_situation_is_proved_again_after_the_server_was_touched(tmp_path: Path) -> None:
    made = world()
    (result,) = carried_out(tmp_path, [cell("forged", FORGED)], made)
    assert made.events == [
        "started afresh good",
        "client verify-ca at good",
        "started afresh forged",
        "client verify-ca at forged",
        "started afresh good",
        "client verify-ca at good",
    ]
    assert result.verdict.status is Status.PASS
    assert [observation.server_was for observation in seen(result)] == ["unchanged", "started afresh", "unchanged"]
    assert seen(result)[1].served_serial == materials().leaf(BED.server_leaf("other")).serial


def test_cases_that_share_a_good_situation_share_its_proofs(tmp_path: Path) -> None:
    made = world()
    planned = [
        cell("forged", FORGED),
        cell("a", UNTRUSTED),
        cell("b", DISABLED.accepted(encrypted=False)),
        cell("good", GOOD.accepted()),
    ]
    results = carried_out(tmp_path, planned, made)
    assert [result.id for result in results] == ["a", "b", "good", "forged"]
    assert {result.verdict.status for result in results} == {Status.PASS}
    assert made.events == [
        "started afresh good",
        "client verify-ca at good",
        "client verify-ca at good",
        "client disabled at good",
        "client verify-ca at good",
        "client verify-ca at good",
        "started afresh forged",
        "client verify-ca at forged",
        "started afresh good",
        "client verify-ca at good",
    ]


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("case", [UNTRUSTED, FORGED])
def test_a_good_situation_that_does_not_hold_before_or_after_proves_nothing(
    tmp_path: Path, number: int, case: Case
) -> None:
    made = world(lambda attempt: UNKNOWN if attempt.number == number else verifies(attempt))
    (result,) = carried_out(tmp_path, [cell("case", case)], made)
    assert result.verdict == Verdict(
        Status.INCONCLUSIVE, "the good situation does not hold: refused by the client: unknown-authority: Fake: no"
    )


def test_a_clients_good_situation_decides_for_its_own_cells_alone(tmp_path: Path) -> None:
    made = world(lambda attempt: UNKNOWN if attempt.client == "broken" else verifies(attempt))
    planned = [cell("case", UNTRUSTED), cell("case", UNTRUSTED, "broken")]
    found = verdicts(carried_out(tmp_path, planned, made))
    assert (found["case"][0], found["case broken"][0]) == (Status.PASS, Status.INCONCLUSIVE)


def test_a_client_that_accepts_what_it_was_told_to_refuse_fails(tmp_path: Path) -> None:
    results = carried_out(tmp_path, [cell("case", UNTRUSTED), cell("forged", FORGED)], world(lambda attempt: None))
    said = "connected but unverified: accepted over TLSv1.3, expected to be refused by the client: unknown-authority"
    assert verdicts(results) == {"case": (Status.FAIL, said), "forged": (Status.FAIL, said)}


def test_a_good_situation_that_cannot_be_had_leaves_every_cell_inconclusive_and_the_next_batch_goes_on(
    tmp_path: Path,
) -> None:
    made = replace(world(), will_not_start=lambda name: name == "good")
    planned = [
        cell("here", UNTRUSTED),
        cell("touching", FORGED),
        cell("journey", TO_FORGED),
        cell("elsewhere", ELSEWHERE.accepted()),
    ]
    none = (Status.INCONCLUSIVE, "the good situation unavailable: server `server` ended | one | [ERROR] two")
    assert verdicts(carried_out(tmp_path, planned, made)) == {
        "here": none,
        "touching": none,
        "journey": none,
        "elsewhere": (Status.PASS, "accepted over TLSv1.3"),
    }


def test_a_good_situation_that_cannot_be_had_again_leaves_what_is_not_proved_yet_inconclusive(tmp_path: Path) -> None:
    made = world()
    made.will_not_start = lambda name: name == "good" and "client verify-ca at forged" in made.events
    planned = [cell("here", UNTRUSTED), cell("touching", FORGED), cell("journey", TO_FORGED)]
    found = verdicts(carried_out(tmp_path, planned, made))
    assert {identity: status for identity, (status, _) in found.items()} == {
        "here": Status.PASS,
        "touching": Status.INCONCLUSIVE,
        "journey": Status.INCONCLUSIVE,
    }


def test_a_server_that_does_not_start_with_the_change_has_not_served_it(tmp_path: Path) -> None:
    made = replace(world(), will_not_start=lambda name: name in {"unserved", "forged"})
    results = carried_out(tmp_path, [cell("unserved", UNSERVED), cell("forged", FORGED)], made)
    words = "server `server` ended | one | [ERROR] two"
    assert verdicts(results) == {
        "unserved": (Status.PASS, "refused by the server: not-served"),
        "forged": (
            Status.FAIL,
            "refused by the server: not-served, expected to be refused by the client: unknown-authority; "
            f"raw: server start: {words}",
        ),
    }
    assert seen(results[0])[1] == Observation(
        outcome=Refused(
            by=Side.SERVER,
            causes=frozenset({Cause.NOT_SERVED}),
            chain=(RawError(kind="server start", message=words),),
        ),
        testimony=None,
    )
    assert made.events[-3:] == ["started afresh forged: ended", "started afresh good", "client verify-ca at good"]


def test_a_server_that_serves_what_it_was_expected_not_to_fails(tmp_path: Path) -> None:
    assert verdicts(carried_out(tmp_path, [cell("unserved", UNSERVED)], world())) == {
        "unserved": (Status.FAIL, "accepted over TLSv1.3, expected to be refused by the server: not-served")
    }


def test_a_journey_is_taken_step_by_step_with_the_good_situation_proved_around_it(tmp_path: Path) -> None:
    made = world()
    (result,) = carried_out(tmp_path, [cell("journey", TO_FORGED)], made)
    assert made.events[-6:] == [
        "client verify-ca at good",
        "client verify-ca at good",
        "reloaded forged",
        "client verify-ca at forged",
        "started afresh good",
        "client verify-ca at good",
    ]
    assert result.verdict == Verdict(
        Status.PASS, "breaks at step «forge», as computed: refused by the client: unknown-authority"
    )
    assert [proof.label for proof in result.proofs] == ["good before", "step same", "step forge", "good after"]
    assert (result.expected, result.difference) == (
        "same: accepted over TLS; forge: refused by the client: unknown-authority",
        "same then forge",
    )
    assert [observation.server_was for observation in seen(result)] == [
        "unchanged",
        "unchanged",
        "reloaded",
        "unchanged",
    ]


def test_where_a_journey_ends_the_next_of_its_client_begins(tmp_path: Path) -> None:
    made = world()
    first, second = carried_out(tmp_path, [cell("one", TO_FORGED), cell("two", STRAIGHT_TO_FORGED)], made)
    assert made.events[-8:] == [
        "reloaded forged",
        "client verify-ca at forged",
        "started afresh good",
        "client verify-ca at good",
        "reloaded forged",
        "client verify-ca at forged",
        "started afresh good",
        "client verify-ca at good",
    ]
    assert seen(first)[-1] is seen(second)[0]
    assert second.verdict == first.verdict


def test_clients_whose_journeys_tell_the_server_the_same_travel_together_each_until_it_breaks(tmp_path: Path) -> None:
    made = world(lambda attempt: UNKNOWN if (attempt.client, attempt.number) == ("other", 4) else verifies(attempt))
    client, other = carried_out(tmp_path, [cell("one", TO_FORGED), cell("one", TO_FORGED, "other")], made)
    assert made.events[-9:] == [
        "client verify-ca at good",
        "other verify-ca at good",
        "client verify-ca at good",
        "other verify-ca at good",
        "reloaded forged",
        "client verify-ca at forged",
        "started afresh good",
        "client verify-ca at good",
        "other verify-ca at good",
    ]
    assert client.verdict.status is Status.PASS
    assert other.verdict.status is Status.FAIL
    assert other.verdict.reason.startswith("at step «same»")


def test_a_journey_ends_at_the_step_that_breaks_too_early(tmp_path: Path) -> None:
    made = world(lambda attempt: UNKNOWN if attempt.number == 2 else verifies(attempt))
    (result,) = carried_out(tmp_path, [cell("journey", TO_FORGED)], made)
    assert result.verdict == Verdict(Status.FAIL, "at step «same»: refused by the client: unknown-authority: Fake: no")
    assert "reloaded forged" not in made.events


@pytest.mark.parametrize(
    ("journey", "verdict"),
    [
        (
            TO_REFUSED_RELOAD,
            Verdict(Status.PASS, "breaks at step «forge», as computed: refused by the server: reload-refused"),
        ),
        (
            TO_FORGED,
            Verdict(
                Status.FAIL,
                "at step «forge»: refused by the server: reload-refused, expected to be refused by the client: "
                "unknown-authority; raw: RELOAD [3888]: Invalid certificates",
            ),
        ),
    ],
)
def test_a_refused_reload_is_what_became_of_its_step(tmp_path: Path, journey: Journey, verdict: Verdict) -> None:
    made = replace(world(), will_not_reload=lambda name: name == "forged")
    (result,) = carried_out(tmp_path, [cell("journey", journey)], made)
    assert result.verdict == verdict
    assert made.events[-2:] == ["reload forged: refused", "client verify-ca at good"]


def test_a_server_that_does_not_come_back_in_a_step_is_what_became_of_it(tmp_path: Path) -> None:
    made = replace(world(), will_not_start=lambda name: name == "forged")
    (result,) = carried_out(tmp_path, [cell("journey", TO_FORGED)], made)
    assert result.verdict.status is Status.FAIL
    assert result.verdict.reason.startswith("at step «forge»: refused by the server: not-served")


def test_a_skip_has_its_reason_and_touches_nothing(tmp_path: Path) -> None:
    made = world()
    (result,) = carried_out(tmp_path, [cell("skipped", Skip("it cannot"))], made)
    assert result == CellResult(
        id="skipped",
        claim="It is so.",
        server="server",
        client="client",
        verdict=Verdict(Status.SKIPPED, "it cannot"),
        obstacle=NOT_APPLICABLE,
    )
    assert made.events == []


@pytest.mark.parametrize("place", ["known", "client_known"])
def test_a_declared_deviation_is_known_whether_the_server_or_the_client_declares_it(tmp_path: Path, place: str) -> None:
    entries = (
        Known(
            scenario="forged",
            instead="accepted over TLS*",
            severity=Severity.UNSAFE,
            reason="no check",
            source="measured",
        ),
    )
    both = {"known": entries, "client_known": ()} if place == "known" else {"known": (), "client_known": entries}
    accepting = world(lambda attempt: None)
    results = carried_out(
        tmp_path, [cell("forged", FORGED)], accepting, known=both["known"], client_known=both["client_known"]
    )
    assert results[0].verdict.status is Status.KNOWN
    again = carried_out(
        tmp_path / "again", [cell("forged", FORGED)], world(), known=both["known"], client_known=both["client_known"]
    )
    assert again[0].verdict.status is Status.FAIL
    assert again[0].verdict.reason.startswith("declared as known to deviate, and does not any more")


@pytest.mark.parametrize(
    ("about", "status", "ends"),
    [
        ({"servers": ("mysql >=9",), "measured": ("mysql 9.7.4",)}, Status.KNOWN, "no check (measured)"),
        ({"servers": ("mysql <9",)}, Status.FAIL, "expected to be refused by the client: unknown-authority"),
        ({"clients": ("fake",)}, Status.KNOWN, "no check (measured)"),
        ({"clients": ("pymysql",)}, Status.FAIL, "expected to be refused by the client: unknown-authority"),
        (
            {"servers": ("mysql",), "measured": ("mysql 8.0.31",)},
            Status.KNOWN,
            "no check (measured); measured on mysql 8.0.31, not on this version",
        ),
    ],
)
def test_a_deviation_is_known_of_what_the_server_and_the_client_say_they_are(
    tmp_path: Path, about: dict[str, tuple[str, ...]], status: Status, ends: str
) -> None:
    row = Known.model_validate({**_known("forged", "accepted over TLS*").model_dump(), **about})
    (result,) = carried_out(tmp_path, [cell("forged", FORGED)], world(lambda attempt: None), known=(row,))
    assert result.verdict.status is status
    assert result.verdict.reason.endswith(ends)
    assert result.known == (row if status is Status.KNOWN else None)
    assert bool(result.unmeasured) == ("not on this version" in ends)


def test_a_journey_that_deviates_as_declared_is_known_and_one_that_deviates_otherwise_fails(tmp_path: Path) -> None:
    entry = Known(
        scenario="journey", instead="accepted over TLS*", severity=Severity.UNSAFE, reason="no check", source="measured"
    )
    accepting, hanging = world(lambda attempt: None), world(lambda attempt: HANGS if attempt.number == 3 else None)
    (known,) = carried_out(tmp_path / "1", [cell("journey", TO_FORGED)], accepting, known=(entry,))
    (other,) = carried_out(tmp_path / "2", [cell("journey", TO_FORGED)], hanging, known=(entry,))
    assert (known.verdict.status, other.verdict.status) == (Status.KNOWN, Status.FAIL)
    assert other.verdict.reason == (
        "at step «forge»: the client hung (no answer for 10 s), which is neither accepted nor refused "
        "— declared as known is another deviation: accepted over TLS*"
    )


@pytest.mark.parametrize(
    ("lacks", "status"),
    [
        ((Lack(what="log-of-unknown-authority", reason="quiet", source="measured"),), Status.PASS),
        ((Lack(what="log-of-expired", reason="quiet", source="measured"),), Status.INCONCLUSIVE),
        ((), Status.INCONCLUSIVE),
    ],
)
@pytest.mark.parametrize("made", [UNTRUSTED, TO_FORGED])
def test_a_silent_log_is_excused_where_the_build_declares_it(
    tmp_path: Path, made: Case | Journey, lacks: tuple[Lack, ...], status: Status
) -> None:
    def quietly(attempt: Attempt) -> Answer | None:
        answer = verifies(attempt)
        return answer and replace(answer, log=())

    script = world(quietly)
    (result,) = carried_out(tmp_path, [cell("case", made)], script, lacks=lacks)
    assert result.verdict.status is status
    # Nobody waits for a line that is declared never to come.
    assert script.log_waited_for.count(True) == (0 if status is Status.PASS else 1)


def test_the_client_is_told_its_situation_and_each_store_is_published_once(tmp_path: Path) -> None:
    made = world(lambda attempt: None)
    two_way = GOOD.with_(client_leaf=BED.client_leaf(), host=UNLISTED_HOST)
    changed = two_way.but(client_versions=("TLSv1.2",)).accepted()
    assert two_way.server_side() == GOOD.server_side()
    carried_out(tmp_path, [cell("changed", changed), cell("disabled", DISABLED.accepted(encrypted=False))], made)
    assert {attempt.host for attempt in made.attempts if attempt.tls.certificate} == {UNLISTED_HOST}
    told = {attempt.tls.versions: attempt.tls for attempt in made.attempts if attempt.tls.certificate is not None}
    assert set(told) == {None, ("TLSv1.2",)}
    with_leaf = told[None]
    assert with_leaf.ca is not None
    assert with_leaf.certificate is not None
    assert with_leaf.key is not None
    assert with_leaf.ca.read_bytes() == materials().authority(BED.authority()).pem
    assert with_leaf.certificate.read_bytes() == materials().leaf(BED.client_leaf()).chain_pem
    assert with_leaf.key.stat().st_mode & 0o777 == 0o600
    assert told[("TLSv1.2",)] == replace(with_leaf, versions=("TLSv1.2",))
    assert {attempt.user for attempt in made.attempts} == {"c_none"}
    assert sorted(path.name for path in (tmp_path / "stores").iterdir()) == ["0", "1"]


@pytest.mark.parametrize("ends", ["good", "forged", "unserved", "elsewhere", ""])
def test_every_cell_has_exactly_one_result_wherever_a_server_ends(tmp_path: Path, ends: str) -> None:
    planned = [
        cell("a", UNTRUSTED),
        cell("b", FORGED),
        cell("c", UNSERVED),
        cell("d", TO_FORGED),
        cell("e", Skip("no")),
        cell("f", ELSEWHERE.accepted()),
        cell("a", UNTRUSTED, "second"),
        cell("d", TO_FORGED, "second"),
    ]
    for at in range(0, 30, 3):
        made = world()
        made.will_not_start = lambda name, made=made, at=at: name == ends and len(made.events) >= at  # type: ignore[misc]  # mypy takes the bound defaults for parameters
        # `carried_out` checks it.
        carried_out(tmp_path / str(at), planned, made)


def test_the_proof_after_one_change_at_the_server_is_the_one_before_the_next(tmp_path: Path) -> None:
    results = carried_out(tmp_path, [cell("forged", FORGED), cell("unserved", UNSERVED)], world())
    numbers = [
        [observation.testimony and observation.testimony.connection_ids for observation in seen(result)]
        for result in results
    ]
    assert numbers == [[(1,), (2,), (3,)], [(3,), (4,), (5,)]]


def test_time_is_kept_by_kind_of_work(tmp_path: Path) -> None:
    made = world()
    lane = Lane(fake_bench(made, tmp_path, FakeClient(made)), lambda result: None)
    lane.run([cell("forged", FORGED)])
    assert set(lane.bench.spent_s) == {"servers", "clients", "testimony"}
    assert all(seconds >= 0 for seconds in lane.bench.spent_s.values())


def test_time_is_charged_to_the_themes_of_the_cases_that_it_was_spent_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(1_000))
    monkeypatch.setattr("harness.kinds.bench.time.monotonic", lambda: float(next(seconds)))
    made = world()
    lane = Lane(fake_bench(made, tmp_path, FakeClient(made)), lambda result: None)
    planned = [cell("chain::a", FORGED), cell("chain::b", FORGED), cell("one-way::c", FORGED)]
    lane.run([*planned, cell("two-way::d", UNSERVED)])
    by_theme = lane.bench.spent_by_theme_s
    assert set(by_theme) == {"chain", "one-way", "two-way"}
    assert sum(by_theme.values()) == pytest.approx(sum(lane.bench.spent_s.values()))
    assert by_theme["chain"] == pytest.approx(2 * by_theme["one-way"])


def test_an_observation_hears_what_the_server_saw(tmp_path: Path) -> None:
    left = refused(Side.CLIENT, Cause.UNKNOWN_AUTHORITY, Seen.LEFT_IN_CLEAR)
    made = world(lambda attempt: left if attempt.number == 2 else None)
    (result,) = carried_out(tmp_path, [cell("case", UNTRUSTED)], made)
    assert result.verdict == Verdict(
        Status.INCONCLUSIVE,
        "the client says refused by the client: unknown-authority, the server's end says: "
        "the client left before TLS began",
    )


def test_situations_are_told_apart_by_all_that_they_say() -> None:
    assert len({GOOD, ELSEWHERE, FORGED.situation, DISABLED.situation, Situation(server_leaf=None)}) == 5


OFF = start_up(GOOD_START, GOOD_START.option("skip-ssl"), Start.REFUSES)
DECLARED = Known(
    scenario="alone", instead="starts without TLS", severity=Severity.UNSAFE, reason="it is old", source="measured"
)


@pytest.mark.parametrize(
    ("theme", "status", "heading"),
    [
        (Theme(), Status.FAIL, ""),
        (Theme(known=(DECLARED,)), Status.KNOWN, ""),
        (Theme(known=(DECLARED,), divergences="Where it does not"), Status.KNOWN, "Where it does not"),
        (Theme(known=(DECLARED.model_copy(update={"instead": "breaks*"}),), divergences="Where"), Status.FAIL, ""),
    ],
)
def test_a_start_up_comes_last_and_is_judged_by_what_its_theme_declares(
    tmp_path: Path, theme: Theme, status: Status, heading: str
) -> None:
    made = world()
    made.starts = lambda told: StartOutcome(start=Start.WITHOUT if told.options == OFF.told.options else Start.SERVES)
    alone = Cell(id="alone", claim="It is so.", client=None, made=OFF, theme=theme)
    trial = CommandCheck(command="c", ran="c", expected="a", found="a")
    document = Cell(id="document", claim="It is so.", client=None, made=trial)
    results = carried_out(tmp_path, [alone, document, cell("refuses", UNTRUSTED)], made)
    assert made.events[-2:] == ["tried good and good", "tried skip-ssl"]
    assert [result.id for result in results] == ["document", "refuses", "alone"]
    last = results[-1]
    assert (last.client, last.verdict.status, last.divergences) == (None, status, heading)
    assert last.known == (DECLARED if status is Status.KNOWN else None)


def test_rotations_go_on_beside_all_else_the_longest_first(tmp_path: Path) -> None:
    made = world()
    begun: list[str] = []

    def rotate(rotation: Rotation, client: ClientEnd) -> Rotated:
        begun.append(f"{rotation.duration_s:g} s with {client.name}")
        # What leaves no server behind it does not wait for its end.
        assert wait_for(lambda: True if "tried skip-ssl" in made.events else None, deadline_s=10)
        return replace(ROTATED, verdict=Verdict(Status.FAIL, "something was lost"))

    short, long = (Rotation(what=What.LEAF, how=How.IN_PLACE, duration_s=seconds) for seconds in (12, 15))
    planned = [
        cell("short", short),
        cell("long", long),
        Cell(id="alone", claim="It is so.", client=None, made=OFF),
        cell("refuses", UNTRUSTED),
    ]
    results = carried_out(tmp_path, planned, made, client_known=(_known("long", "something was lost"),), rotate=rotate)
    assert [result.id for result in results] == ["refuses", "alone", "long", "short"]
    assert begun == ["15 s with client", "12 s with client"]
    assert [result.verdict.status for result in results[2:]] == [Status.KNOWN, Status.FAIL]


def test_what_ends_a_lane_ends_the_rotations_beside_it(tmp_path: Path) -> None:
    broken, begun, over = threading.Event(), threading.Event(), threading.Event()
    rotated: list[str] = []

    def rotate(rotation: Rotation, client: ClientEnd) -> Rotated:
        rotated.append(rotation.what.value)
        begun.set()
        assert broken.wait(10)
        assert len(rotated) == 1 or not over.wait(0.02)  # it takes as long as that
        return ROTATED

    def breaks(told: ServerConfiguration) -> StartOutcome:
        assert begun.wait(10)
        broken.set()
        raise EngineError("the engine is gone", remedy="r")

    made = world()
    made.starts = breaks

    planned = [
        *(cell(f"rotates {number}", Rotation(what=What.LEAF, how=How.IN_PLACE)) for number in range(100)),
        Cell(id="alone", claim="It is so.", client=None, made=OFF),
    ]
    with pytest.raises(EngineError, match="the engine is gone"):
        carried_out(tmp_path, planned, made, rotate=rotate)
    assert len(rotated) < 100


DIED = ProbeFault(
    "client `client` died: signal 11 (SIGSEGV)", remedy="r", detail=("one", "two"), how="died: signal 11 (SIGSEGV)"
)
GONE = ProbeUnavailable("client `client` cannot be started: no such file", remedy="install it")
BY_CRASH = Fault(
    what="client `client` died: signal 11 (SIGSEGV)",
    remedy="see its last lines; `dbtls probe check -- CMD` tells what is wrong with a probe",
    server="server",
    client="client",
    detail=("one", "two"),
)


def raises(error: Exception, *, at: Callable[[Attempt], bool]) -> Callable[[Attempt], Answer | None]:
    """As ``verifies``, but for the attempts ``at`` which the client breaks with ``error``."""

    def answer(attempt: Attempt) -> Answer | None:
        if at(attempt):
            raise error
        return verifies(attempt)

    return answer


def test_a_client_that_dies_in_a_case_fails_it_with_its_last_words_and_all_else_goes_on(tmp_path: Path) -> None:
    made = world(raises(DIED, at=lambda attempt: attempt.client == "client" and attempt.number == 3))
    planned = [cell("dies", UNTRUSTED), cell("dies", UNTRUSTED, "other"), cell("next", GOOD.accepted())]
    results = carried_out(tmp_path, planned, made)
    assert verdicts(results) == {
        "dies": (Status.FAIL, "the client's probe died: signal 11 (SIGSEGV)"),
        "dies other": (Status.PASS, "refused by the client: unknown-authority"),
        "next": (Status.PASS, "accepted over TLSv1.3"),
    }
    died = next(result for result in results if result.verdict.status is Status.FAIL)
    assert died.faults == (BY_CRASH,)
    assert [type(one.outcome) for one in seen(died)] == [Accepted, ClientFault, Accepted]
    assert seen(died)[1].outcome == ClientFault(how="died: signal 11 (SIGSEGV)", last_words=("one", "two"))
    assert seen(died)[1].testimony is not None, "the server's end was not heard"
    assert all(result.faults == () for result in results if result is not died)


def test_a_client_that_dies_in_the_proof_of_a_good_situation_leaves_what_rests_on_it_inconclusive(
    tmp_path: Path,
) -> None:
    made = world(raises(DIED, at=lambda attempt: attempt.number == 1))
    planned = [cell("a", UNTRUSTED), cell("b", GOOD.accepted()), cell("elsewhere", ELSEWHERE.accepted())]
    results = carried_out(tmp_path, planned, made)
    reason = "the good situation does not hold: the client's probe died: signal 11 (SIGSEGV)"
    assert verdicts(results) == {
        "a": (Status.INCONCLUSIVE, reason),
        "b": (Status.INCONCLUSIVE, reason),
        "elsewhere": (Status.PASS, "accepted over TLSv1.3"),
    }
    assert [result.faults for result in results] == [(BY_CRASH,), (BY_CRASH,), ()]


def test_a_client_that_dies_in_a_case_fails_it_also_where_the_good_situation_does_not_hold_any_more(
    tmp_path: Path,
) -> None:
    made = world(raises(DIED, at=lambda attempt: attempt.number in {2, 3}))
    (result,) = carried_out(tmp_path, [cell("dies", UNTRUSTED)], made)
    assert result.verdict == Verdict(Status.FAIL, "the client's probe died: signal 11 (SIGSEGV)")


def test_a_client_that_dies_in_a_step_fails_the_journey_there(tmp_path: Path) -> None:
    made = world(raises(DIED, at=lambda attempt: attempt.number == 2))
    (result,) = carried_out(tmp_path, [cell("journey", TO_FORGED)], made)
    assert result.verdict == Verdict(Status.FAIL, "at step «same»: the client's probe died: signal 11 (SIGSEGV)")
    assert result.faults == (BY_CRASH,)
    assert "reloaded forged" not in made.events


def test_a_crash_that_is_declared_is_known_and_no_fault_of_the_run(tmp_path: Path) -> None:
    entry = Known(
        scenario="dies",
        instead="*died: signal 11*",
        severity=Severity.BREAKS,
        reason="its bug 1",
        source="measured",
    )
    made = world(raises(DIED, at=lambda attempt: attempt.number == 2))
    (result,) = carried_out(tmp_path, [cell("dies", UNTRUSTED)], made, client_known=(entry,))
    assert result.verdict.status is Status.KNOWN
    assert result.faults == ()


def test_a_client_that_does_not_start_again_costs_its_cells_that_are_left_and_no_others(tmp_path: Path) -> None:
    made = world(raises(GONE, at=lambda attempt: attempt.client == "client" and attempt.number >= 3))
    planned = [cell("a", UNTRUSTED), cell("b", FORGED), cell("a", UNTRUSTED, "other"), cell("b", FORGED, "other")]
    results = carried_out(tmp_path, planned, made)
    lost = f"not attempted: {GONE}"
    assert verdicts(results) == {
        "a": (Status.INCONCLUSIVE, f"the good situation does not hold: {lost}"),
        "b": (Status.INCONCLUSIVE, f"the good situation does not hold: {lost}"),
        "a other": (Status.PASS, "refused by the client: unknown-authority"),
        "b other": (Status.PASS, "refused by the client: unknown-authority"),
    }
    assert [one.outcome for one in seen(results[0])][1:] == [NotAttempted(reason=str(GONE))] * 2
    assert {fault.what for result in results for fault in result.faults} == {str(GONE)}
    # It was tried once more, and not at every attempt.
    assert len([attempt for attempt in made.attempts if attempt.client == "client"]) == 2


def test_what_breaks_a_probe_between_two_attempts_is_told_and_costs_no_cell(tmp_path: Path) -> None:
    made = world()
    made.unheard["client"] = DIED
    told: list[Fault] = []
    (result,) = carried_out(tmp_path, [cell("case", UNTRUSTED)], made, told=told)
    assert result.verdict.status is Status.PASS
    assert told == [replace(BY_CRASH, remedy="r")]


def _rotation_that(error: Exception) -> Rotate:
    def rotate(rotation: Rotation, client: ClientEnd) -> Rotated:
        raise error

    return rotate


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (DIED, Verdict(Status.FAIL, "the client's probe died: signal 11 (SIGSEGV)")),
        (GONE, Verdict(Status.INCONCLUSIVE, str(GONE))),
        (
            HarnessError("the load's process ended", remedy="r"),
            Verdict(Status.INCONCLUSIVE, "the load's process ended"),
        ),
    ],
)
def test_what_breaks_a_rotation_costs_that_rotation_alone(tmp_path: Path, error: Exception, verdict: Verdict) -> None:
    planned = [
        cell("rotates", Rotation(what=What.LEAF, how=How.IN_PLACE)),
        Cell(id="alone", claim="It is so.", client=None, made=start_up(GOOD_START, GOOD_START, Start.SERVES)),
    ]
    alone, rotates = sorted(
        carried_out(tmp_path, planned, world(), rotate=_rotation_that(error)), key=lambda result: result.id
    )
    assert rotates.verdict == verdict
    assert [fault.what for fault in rotates.faults] == [str(error)]
    assert alone.verdict.status is Status.PASS


def test_a_server_whose_place_is_gone_ends_the_lane(tmp_path: Path) -> None:
    gone = EngineError("a server's process is gone", remedy="r")
    planned = [cell("rotates", Rotation(what=What.LEAF, how=How.IN_PLACE))]
    with pytest.raises(EngineError):
        carried_out(tmp_path, planned, world(), rotate=_rotation_that(gone))
    with pytest.raises(EngineError):
        carried_out(tmp_path / "2", [cell("case", UNTRUSTED)], world(raises(gone, at=lambda attempt: True)))


IMPOSSIBLE = BED.server_leaf(
    AuthoritySpec("elliptic", key_type=KeyType.EC_P256), replace(SERVER_SPEC, digest=Digest.MD5)
)
UNMADE = "it names what cannot be made: ECDSA has no md5 signature"


def test_what_names_a_certificate_that_cannot_be_made_costs_itself_alone(tmp_path: Path) -> None:
    impossible = GOOD.but(server_leaf=IMPOSSIBLE)
    journey = Journey(good=GOOD, steps=(Step(name="s", situation=impossible.situation, expectation=ExpectAccepted()),))
    start = GOOD_START.file(*own_files(IMPOSSIBLE))
    planned = [
        cell("case", impossible.accepted()),
        cell("journey", journey),
        Cell(id="start", claim="It is so.", client=None, made=start_up(GOOD_START, start, Start.REFUSES)),
        cell("other", UNTRUSTED),
        cell("all-of-a-batch", impossible.situation.accepted()),
    ]
    results = carried_out(tmp_path, planned, world())
    assert {result.id: result.verdict for result in results} == {
        "other": Verdict(Status.PASS, "refused by the client: unknown-authority"),
        **dict.fromkeys(("case", "journey", "start", "all-of-a-batch"), Verdict(Status.INCONCLUSIVE, UNMADE)),
    }
    assert {fault.what for result in results for fault in result.faults} == {"ECDSA has no md5 signature"}


def test_a_client_that_says_no_hello_any_more_is_not_asked_for_one_to_make_its_stores(tmp_path: Path) -> None:
    class Mute(FakeClient):
        """Says hello once."""

        hellos = 0

        @property
        def facts(self) -> Hello:
            self.hellos += 1
            if self.hellos > 1:
                raise GONE
            return super().facts

    made = world(raises(GONE, at=lambda attempt: True))
    results: list[CellResult] = []
    lane = Lane(fake_bench(made, tmp_path, Mute(made), materials=materials()), results.append)
    lane.run([cell("case", UNTRUSTED)])
    assert [result.verdict.status for result in results] == [Status.INCONCLUSIVE]
