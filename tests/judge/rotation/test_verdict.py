"""The verdict of a history: what is as it should be passes, and each thing that is not is found, with its step.

Each case is a history and the same with one thing more or less; what it finds is compared whole.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.history.stored import Flaw
from harness.judge.rotation import verdict as judged
from harness.judge.rotation.facts import Facts
from harness.judge.rotation.verdict import CHECKERS, judge_rotation
from harness.model.history import ActKind, Begun, Census, Closed, Ended, Failed, Failure, Health, Kind, Record, Why
from harness.model.rotated import Figures, Finding, GenerationFigures, Mark, Moment, Rotated
from harness.model.rotation import How, Mix, What
from harness.model.verdict import Status, Verdict
from tests.judge.rotation.histories import (
    DENIED,
    END,
    FOLLOWS,
    LOAD,
    POOLS,
    PUBLISHED,
    RETIRED,
    WIDENED,
    Run,
    Then,
    authority,
    leaf,
    nothing,
    terms,
)

HUNG = Failed(Failure.HUNG, None, (), "no answer within 10 s")
UNKNOWN = Failed(Failure.UNCLASSIFIED, None, (), "RuntimeError: what?")


def findings(run: Run) -> dict[str, Finding]:
    return {finding.checker: finding for finding in judge_rotation(run).findings}


def amiss(run: Run) -> dict[str, tuple[Status, str]]:
    """What did not pass, and its step."""
    return {name: (each.status, each.step) for name, each in findings(run).items() if each.status is not Status.PASS}


@pytest.mark.parametrize("skew_s", [0.0, 1000.0])
@pytest.mark.parametrize("history", [leaf, authority])
def test_a_run_that_is_as_it_should_be_passes_whatever_the_clocks_show(
    history: Callable[..., Run], skew_s: float
) -> None:
    told = terms() if history is leaf else terms(what=What.AUTHORITY, server_moves=True)
    rotated = judge_rotation(history(run=Run(terms=told, skew_s=skew_s)))
    assert [finding for finding in rotated.findings if finding.status is not Status.PASS] == []
    assert [finding.checker for finding in rotated.findings] == list(CHECKERS)
    assert rotated.verdict.status is Status.PASS


def test_all_that_a_run_comes_to() -> None:
    run = leaf()
    passed = {
        "encrypted": "no attempt was served in the clear",
        "served": "21 attempts served, none failed",
        "course": "1 rotation, every step taken, none refused",
        "happened": "1 new generation, each used by new connections",
        "server": "no change of its certificate was planned",
        "retired": "nothing that was replaced was used by an attempt begun after it",
        "drained": "3 connections of retired generations closed, none left behind",
        "identity": "2 generations, by 2 accounts at the server",
        "reconciled": "15 connections begun, 15 counted by the server",
        "integrity": "1 worker: every line in its place, every attempt with an end",
        "enough": "4 new connections or more with every generation",
        "generator": "15.1 new connections/s of 5, 0.010 s late at most",
    }
    kinds = {Kind.CONNECT: 8, Kind.OPEN: 6, Kind.TRY: 1, Kind.CHECK_OUT: 6}
    assert rounded(judge_rotation(run)) == Rotated(
        terms=run.terms,
        provenance={},
        verdict=Verdict(
            Status.PASS,
            "21 attempts over 1 rotation and 2 generations, none failed, at 15.1 new connections/s; "
            "with 95 % certainty at most 0.14 of attempts fail",
        ),
        findings=tuple(Finding(checker=name, status=Status.PASS, reason=reason) for name, reason in passed.items()),
        figures=Figures(
            attempts=kinds,
            served=kinds,
            failures={},
            indeterminate=0,
            bound=0.14,
            asked=5.0,
            reached=15.09,
            longest_stall_s=0.01,
            stalled_at=LOAD,
            lag_max_s=0.01,
            cpu_max=0.3,
            probe_cpu_max=0.2,
            peak_connections=3,
            client_connections=15,
            server_connections=15,
            reload_s=0.06,
            server_change_s=None,
            generations=(
                GenerationFigures(
                    number=1,
                    rotation=0,
                    served=10,
                    first_connect_s=0.02,
                    first_pooled_s=0.1,
                    last_use_s=0.0,
                    drained=3,
                ),
                GenerationFigures(
                    number=2,
                    rotation=1,
                    served=11,
                    first_connect_s=0.1,
                    first_pooled_s=0.18,
                    last_use_s=None,
                    drained=0,
                ),
            ),
        ),
        moments=(
            Moment(at_s=-0.01, sessions={}),
            Moment(at_s=0.21, sessions={1: 3}),
            Moment(at_s=0.51, sessions={2: 3}),
            Moment(at_s=0.58, sessions={}),
        ),
        marks=(
            Mark(at_s=0.0, text="the load begins"),
            Mark(at_s=0.3, text=f"{PUBLISHED}: reloaded"),
            Mark(at_s=0.53, text="the load ends"),
        ),
    )


def rounded(rotated: Rotated) -> Rotated:
    """To hundredths: sums of hundredths are not quite that."""
    figures = rotated.figures

    def two(value: float | None) -> float | None:
        return None if value is None else round(value, 2)

    return replace(
        rotated,
        figures=replace(
            figures,
            bound=two(figures.bound),
            reached=round(figures.reached, 2),
            longest_stall_s=round(figures.longest_stall_s, 2),
            reload_s=two(figures.reload_s),
            generations=tuple(
                replace(
                    each,
                    first_connect_s=two(each.first_connect_s),
                    first_pooled_s=two(each.first_pooled_s),
                    last_use_s=two(each.last_use_s),
                )
                for each in figures.generations
            ),
        ),
        moments=tuple(replace(each, at_s=round(each.at_s, 2)) for each in rotated.moments),
        marks=tuple(replace(each, at_s=round(each.at_s, 2)) for each in rotated.marks),
    )


def lends_old(run: Run) -> None:
    """One that the pool should have replaced."""
    run.check_out(run.opens("context-1", 1))


def without_end(run: Run) -> None:
    run.begin(Kind.CONNECT, material="m2")


def ends_twice(run: Run) -> None:
    run.connect(2)
    run.worker.append(run.worker[-1])


def drops(run: Run) -> None:
    """A connection is opened and never closed, as far as the client's record goes."""
    run._sessions.pop(run.opens("context-1", 2))


FAIL, INCONCLUSIVE = Status.FAIL, Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("reloaded", "found"),
    [
        (lambda run: run.fails(), {"served": (FAIL, PUBLISHED)}),
        (lambda run: run.fails(failed=HUNG), {"served": (FAIL, PUBLISHED)}),
        (lambda run: run.fails(failed=UNKNOWN), {"served": (FAIL, PUBLISHED)}),
        (lambda run: run.fails(Kind.HELD, "context-1"), {"served": (FAIL, PUBLISHED)}),
        (lambda run: run.tries(2, DENIED), {"served": (FAIL, PUBLISHED)}),
        (lambda run: run.connect(1), {"retired": (FAIL, PUBLISHED)}),
        (lends_old, {"retired": (FAIL, PUBLISHED), "drained": (FAIL, PUBLISHED)}),
        (lambda run: run.connect(2, account="a1"), {"identity": (FAIL, PUBLISHED)}),
        (lambda run: run.connect(3), {"identity": (FAIL, PUBLISHED)}),
        (lambda run: run.connect(2, material="m1"), {"identity": (FAIL, PUBLISHED), "retired": (FAIL, PUBLISHED)}),
        (lambda run: run.connect(2, server_serial=1), {"identity": (FAIL, PUBLISHED)}),
        (lambda run: run.connect(2, version=""), {"encrypted": (FAIL, PUBLISHED)}),
        (lambda run: run.connect(2, version=None, cipher=None, server_serial=None), {}),
        (without_end, {"integrity": (INCONCLUSIVE, PUBLISHED)}),
        (ends_twice, {"integrity": (INCONCLUSIVE, "")}),
        (drops, {"drained": (FAIL, END)}),
        (lambda run: run.census(surplus=1), {"reconciled": (FAIL, PUBLISHED)}),
        (lambda run: run.census(surplus=-1), {"reconciled": (INCONCLUSIVE, "")}),
        (lambda run: run.health(lag_s=1.5), {"generator": (INCONCLUSIVE, "")}),
        (lambda run: run.passes(20), {"generator": (INCONCLUSIVE, "")}),
        (
            lambda run: run.end(run.begin(Kind.CONNECT, material="m2", late_s=0.3), run.served(2)),
            GENERATOR := {"generator": (INCONCLUSIVE, "")},
        ),
        (lambda run: [run.health(cpu=1.0), run.passes(5.1), run.health(cpu=1.0), run.connect(2, times=40)], GENERATOR),
        (lambda run: [run.health(cpu=1.0), run.passes(5.1), run.health(cpu=0.8), run.connect(2, times=40)], {}),
    ],
)
def test_one_thing_more_after_a_reload(reloaded: Then, found: dict[str, tuple[Status, str]]) -> None:
    assert amiss(leaf(reloaded=reloaded)) == found


def test_a_refused_login_that_no_client_tells_of_names_the_step_before_the_count_does() -> None:
    """On a busy machine what is under way hides a small surplus until the end."""

    def reloading(run: Run) -> None:
        run.census(surplus=2)
        run.connections -= 2
        run.connect(1, times=3)

    def last(run: Run) -> None:
        run.connections += 2

    run = leaf(reloading=reloading, last=last)
    for at, record in enumerate(run.conducted):
        if isinstance(record, Census) and record is not run.conducted[1]:
            refused = 2 if at > run.conducted.index(run.conducted[1]) + 3 else 0
            run.conducted[at] = record._replace(counters={**record.counters, "Aborted_connects": refused})
    assert findings(run)["reconciled"].step == PUBLISHED


@pytest.mark.parametrize(
    ("history", "found"),
    [
        (leaf(loaded=lambda run: run.fails()), {"served": (FAIL, LOAD)}),
        (leaf(published=lambda run: run.fails()), {"served": (FAIL, PUBLISHED)}),
        # What was begun before a reload returned may finish with what it had.
        (leaf(published=lambda run: run.connect(1)), {}),
        (leaf(reloading=lambda run: run.connect(1)), {}),
        (leaf(reloading=lambda run: run.connect(2)), {}),
        (leaf(told=("configdb-read", "configdb-write")), {"happened": (FAIL, PUBLISHED)}),
        (leaf(told=()), {"happened": (FAIL, PUBLISHED)}),
        (leaf(connects=(2, 4)), {"enough": (INCONCLUSIVE, "")}),
        (leaf(connects=(4, 2)), {"enough": (INCONCLUSIVE, PUBLISHED)}),
        (leaf(reloading=lambda run: run.passes(3.5)), {"course": (FAIL, PUBLISHED), "generator": (INCONCLUSIVE, "")}),
        (leaf(run=Run(terms=terms(rotations=2))), {"course": (INCONCLUSIVE, END)}),
        (leaf(run=Run(flaws=(Flaw("h.w1:3", "torn"),))), {"integrity": (INCONCLUSIVE, "")}),
    ],
)
def test_one_thing_else(history: Run, found: dict[str, tuple[Status, str]]) -> None:
    assert amiss(history) == found


def presented(loaded: Then = nothing, published: Then = nothing, reloaded: Then = nothing) -> Run:
    """A new leaf in place, of a driver that reads the stores itself."""
    return leaf(run=Run(presented=True), loaded=loaded, published=published, reloaded=reloaded)


@pytest.mark.parametrize(
    ("history", "found"),
    [
        (presented(), {}),
        # Exchanged between the client's reading of the stores and the driver's own.
        (presented(published=lambda run: run.connect(2, found=1)), {}),
        # The driver keeps what it read once.
        (presented(published=lambda run: run.connect(1, found=2)), {"identity": (FAIL, PUBLISHED)}),
        (
            presented(reloaded=lambda run: run.connect(1, found=2)),
            {"identity": (FAIL, PUBLISHED), "retired": (FAIL, PUBLISHED)},
        ),
        (presented(loaded=lambda run: run.connect(1, client_serial=7)), {"identity": (FAIL, LOAD)}),
        (presented(loaded=lambda run: run.connect(1, client_serial=None)), {"identity": (INCONCLUSIVE, "")}),
        # A client that hands over files which nobody changes has no such excuse.
        (leaf(published=lambda run: run.connect(2, found=1)), {"identity": (FAIL, PUBLISHED)}),
    ],
)
def test_what_a_driver_presented_tells_what_it_found_in_the_stores(
    history: Run, found: dict[str, tuple[Status, str]]
) -> None:
    assert amiss(history) == found


def test_a_driver_that_never_uses_what_is_in_place_is_published_not_used() -> None:
    run = Run(presented=True)
    run.begins()
    run.connect(1, times=4)
    old = run.use_pools(1)
    run.declares(2, 1)
    run.publishes(2, PUBLISHED)
    run.act(ActKind.RELOADING, PUBLISHED)
    run.closes(*old)
    run.act(ActKind.RELOADED, PUBLISHED, told=POOLS)
    run.connect(1, found=2, times=4)
    run.ends()
    assert judge_rotation(run).verdict == Verdict(
        Status.FAIL, "published, not used: 4 new connections after it, none with generation 2"
    )
    assert findings(run)["happened"].step == PUBLISHED
    assert "generation 1, where the stores held generation 2" in findings(run)["identity"].reason


def test_a_refused_reload_is_one_finding_and_its_try_is_no_lost_attempt() -> None:
    run = Run()
    run.begins()
    run.connect(1, times=4)
    old = run.use_pools(1)
    run.declares(2, 1)
    run.publishes(2, PUBLISHED)
    run.act(ActKind.RELOADING, PUBLISHED)
    run.tries(2, DENIED)
    run.act(ActKind.RELOADED, PUBLISHED, refused="does not connect: Access denied")
    run.connect(1)
    run.check_out(old[0])
    run.ends()
    rotated = judge_rotation(run)
    assert rotated.verdict == Verdict(Status.FAIL, "the client refused: does not connect: Access denied")
    assert amiss(run) == {
        "course": (FAIL, PUBLISHED),
        "happened": (INCONCLUSIVE, PUBLISHED),
        "enough": (INCONCLUSIVE, PUBLISHED),
    }
    assert rotated.figures.failures == {"try: refused by the server: access-denied": 1}
    assert rotated.figures.bound is None


def test_a_reload_that_does_nothing_is_nothing_rotated() -> None:
    run = Run()
    run.begins()
    run.connect(1, times=4)
    old = run.use_pools(1)
    run.declares(2, 1)
    run.publishes(2, PUBLISHED)
    run.act(ActKind.RELOADING, PUBLISHED)
    run.act(ActKind.RELOADED, PUBLISHED, told=POOLS)
    run.connect(1, times=4)
    run.check_out(old[0])
    run.ends()
    assert judge_rotation(run).verdict == Verdict(
        Status.FAIL, "published, not used: 4 new connections after it, none with generation 2"
    )
    assert findings(run)["happened"].step == findings(run)["retired"].step == PUBLISHED


def test_attempts_that_were_not_served_are_told_by_cause_and_the_first_step_is_named() -> None:
    def late(run: Run) -> None:
        run.fails(failed=HUNG)
        run.fails(Kind.CHECK_OUT, "context-1")

    found = findings(leaf(published=lambda run: run.fails(), last=late))["served"]
    assert found.step == PUBLISHED
    assert found.reason == (
        "3 attempts of 24 not served: 1 × connect: refused by the server: access-denied, 1 × connect: hung, "
        f"1 × check-out of context-1: refused by the server: access-denied; the first said: {DENIED.said}"
    )


def test_an_attempt_fails_at_the_act_that_came_between_its_begin_and_its_end() -> None:
    def published(run: Run) -> None:
        run.act(ActKind.SERVER_CHANGING, FOLLOWS)
        run.end(number, DENIED)
        run.act(ActKind.SERVER_CHANGED, FOLLOWS, serial=1000)

    number = 0

    def loaded(run: Run) -> None:
        nonlocal number
        number = run.begin(Kind.CONNECT, material="m1")

    assert findings(leaf(loaded=loaded, published=published))["served"].step == FOLLOWS


@pytest.mark.parametrize(
    ("history", "found"),
    [
        (authority(changing=lambda run: run.connect(2)), {}),
        (authority(changing=lambda run: run.connect(2, server_serial=2000)), {}),
        (authority(widened=lambda run: run.connect(2, server_serial=2000)), {"identity": (FAIL, WIDENED)}),
        (authority(changed=lambda run: run.connect(2, server_serial=1000)), {"identity": (FAIL, FOLLOWS)}),
        (authority(new_serial=1000), {"server": (FAIL, FOLLOWS)}),
        (authority(new_serial=None), {"server": (INCONCLUSIVE, FOLLOWS)}),
        (authority(after_change=0), {"enough": (INCONCLUSIVE, RETIRED)}),
        (authority(changing=lambda run: run.passes(3.5)), {"course": (FAIL, FOLLOWS), "generator": (INCONCLUSIVE, "")}),
        (authority(retired=lambda run: run.connect(1)), {"retired": (FAIL, WIDENED)}),
        (authority(retired=lambda run: run.connect(2)), {"retired": (FAIL, RETIRED)}),
    ],
)
def test_the_servers_certificate_and_the_old_authority(history: Run, found: dict[str, tuple[Status, str]]) -> None:
    assert {name: at for name, at in amiss(history).items() if name != "happened"} == found


def _unseen(run: Run, *, since: int = 0) -> Run:
    """``run`` by a driver that shows no certificate, from one of its records on."""
    run.worker = [
        record._replace(result=record.result._replace(server_serial=None))
        if number >= since and isinstance(record, Ended) and not isinstance(record.result, Failed)
        else record
        for number, record in enumerate(run.worker)
    ]
    return run


def test_a_driver_that_shows_no_certificate_has_verified_the_new_one_by_the_new_authority_alone() -> None:
    rotated = judge_rotation(_unseen(authority()))
    assert rotated.verdict.status is Status.PASS
    (found,) = [finding for finding in rotated.findings if finding.checker == "server"]
    assert found.reason.endswith("verified by the new authority alone, not shown by the driver")


def test_a_driver_that_shows_no_certificate_proves_no_change_without_enough_connections_after_it() -> None:
    assert amiss(_unseen(authority(after_change=2)))["server"] == (INCONCLUSIVE, FOLLOWS)


def test_a_driver_that_shows_certificates_and_then_none_proves_no_change() -> None:
    run = authority()
    assert amiss(_unseen(run, since=len(run.worker) // 2)) == {"server": (INCONCLUSIVE, FOLLOWS)}


def test_an_authority_retired_before_the_server_moved_is_named() -> None:
    early = Failed(Failure.REFUSED, "client", ("unknown-authority",), "certificate verify failed")

    def changed(run: Run) -> None:
        run.publishes(3, RETIRED)
        run.act(ActKind.RELOADING, RETIRED)
        run.fails(Kind.TRY, failed=early)
        run.act(ActKind.RELOADED, RETIRED, refused="does not connect: certificate verify failed")

    run = Run(terms=terms(what=What.AUTHORITY, server_moves=True))
    run.begins(account=None)
    run.connect(1, times=4)
    run.use_pools(1)
    run.declares(2, 1, account=None)
    run.declares(3, 2, account=None)
    changed(run)
    run.ends()
    assert findings(run)["course"] == Finding(
        checker="course",
        status=FAIL,
        reason="the client refused: does not connect: certificate verify failed",
        step=RETIRED,
    )


@pytest.mark.parametrize(
    ("late", "seen", "found"),
    [
        (False, {"a1": 2, "a2": 3}, {}),
        (True, {"a2": 3}, {}),
        (True, {"a1": 2, "a2": 3}, {"drained": (FAIL, PUBLISHED)}),
    ],
)
def test_what_the_server_still_has_of_a_retired_generation(
    late: bool, seen: dict[str, int], found: dict[str, tuple[Status, str]]
) -> None:
    def reloaded(run: Run) -> None:
        if late:
            run.passes(4)
            run.connect(2, times=60)
        run.census(seen)

    assert amiss(leaf(reloaded=reloaded)) == found


@pytest.mark.parametrize(("ends", "status"), [(True, INCONCLUSIVE), (False, INCONCLUSIVE), (None, FAIL)])
def test_work_in_hand_may_finish_however_slow_the_machine_is(ends: bool | None, status: Status) -> None:
    """``ends`` False: it has no end in the history; None: there is no such work."""
    begun: list[tuple[int, int]] = []

    def loaded(run: Run) -> None:
        if ends is not None:
            connection = run.opens("context-1", 1)
            begun.append((connection, run.begin(Kind.HELD, "context-1")))

    def reloaded(run: Run) -> None:
        run.passes(5)
        run.connect(2, times=60)
        run.census({"a1": 1, "a2": 3})
        if ends:
            connection, number = begun[0]
            run.end(number, run.served(1, connection_id=connection))
            run.closes(connection)
        elif begun:
            run._sessions.pop(begun[0][0])

    assert findings(leaf(loaded=loaded, reloaded=reloaded))["drained"].status is status


def test_a_leak_is_told_from_both_ends() -> None:
    run = Run()
    run.begins()
    run.connect(1, times=4)
    run.use_pools(1)
    run.declares(2, 1)
    run.publishes(2, PUBLISHED)
    run.act(ActKind.RELOADING, PUBLISHED)
    run._sessions.clear()
    run.act(ActKind.RELOADED, PUBLISHED, told=POOLS)
    run.connect(2, times=4)
    run.use_pools(2)
    run.census({"a1": 3, "a2": 3})
    run.ends()
    assert findings(run)["drained"] == Finding(
        checker="drained",
        status=FAIL,
        reason="leak: 1 connection that configdb-read opened and never closed; "
        "the server still had 3 of that generation",
        step=PUBLISHED,
    )


def test_sessions_that_outlive_the_client_are_found() -> None:
    def ended(run: Run) -> None:
        run.conducted[-2] = run.conducted[-2]._replace(sessions={"a2": 1})  # type: ignore[call-arg]  # the last census

    run = leaf()
    ended(run)
    assert amiss(run) == {"drained": (FAIL, END)}


def retires_by_life_time(*, ends_early: bool, old_again_s: float | None) -> Run:
    """New leaf added, no reload."""
    run = Run(terms=terms(how=How.ADD_THEN_DELETE, max_life_time_s=0.5, drain_s=1.0))
    run.begins()
    run.connect(1, times=4)
    old = run.use_pools(1)
    run.declares(2, 1)
    run.publishes(2, PUBLISHED)
    run.connect(2, times=4)
    run.check_out(old[0])
    if old_again_s is not None:
        run.passes(old_again_s)
        run.connect(2, times=8)
        run.check_out(old[0])
    if not ends_early:
        run.closes(*old, why=Why.LIFE_TIME)
    run.use_pools(2)
    run.ends()
    return run


@pytest.mark.parametrize(
    ("ends_early", "old_again_s", "found"),
    [
        (False, None, {}),
        (False, 0.7, {}),
        (False, 1.2, {"retired": (FAIL, PUBLISHED)}),
        (True, None, {"drained": (INCONCLUSIVE, PUBLISHED)}),
    ],
)
def test_without_a_reload_the_old_may_live_for_their_time(
    ends_early: bool, old_again_s: float | None, found: dict[str, tuple[Status, str]]
) -> None:
    assert amiss(retires_by_life_time(ends_early=ends_early, old_again_s=old_again_s)) == found


def configuration(what: What, *, told: tuple[str, ...], replaced: tuple[str, ...], old: str | None = None) -> Run:
    """A change of configuration alone; ``old`` names the pool that lends an old connection again."""
    run = Run(terms=terms(what=what))
    run.begins()
    run.connect(1, times=4)
    held = dict(zip(POOLS, run.use_pools(1), strict=True))
    run.publishes(None, PUBLISHED)
    run.act(ActKind.RELOADING, PUBLISHED)
    for pool in replaced:
        run.closes(held[pool])
    run.act(ActKind.RELOADED, PUBLISHED, told=told)
    run.connect(1, times=4)
    if old is not None:
        run.check_out(held[old])
    run.ends()
    return run


CONFIGDB = POOLS[:2]


@pytest.mark.parametrize(
    ("history", "found"),
    [
        (configuration(What.CONFIGDB, told=CONFIGDB, replaced=CONFIGDB, old="context-1"), None),
        (configuration(What.CONFIGDB, told=(), replaced=()), FAIL),
        (configuration(What.CONFIGDB, told=CONFIGDB, replaced=CONFIGDB[:1]), FAIL),
        (configuration(What.CONFIGDB, told=POOLS, replaced=POOLS), FAIL),
        (configuration(What.CONFIGDB, told=CONFIGDB, replaced=POOLS), FAIL),
        (configuration(What.SETTINGS, told=(), replaced=(), old="configdb-read"), None),
        (configuration(What.SETTINGS, told=CONFIGDB, replaced=()), FAIL),
        (configuration(What.SETTINGS, told=(), replaced=CONFIGDB), FAIL),
    ],
)
def test_configuration_alone_moves_whom_it_concerns(history: Run, found: Status | None) -> None:
    assert amiss(history) == ({} if found is None else {"happened": (found, PUBLISHED)})


def test_a_connection_from_before_a_reload_that_its_pool_was_told_of_is_found() -> None:
    run = configuration(What.CONFIGDB, told=CONFIGDB, replaced=("configdb-read",), old="configdb-write")
    assert amiss(run)["retired"] == (FAIL, PUBLISHED)


def test_configdb_pools_without_a_connection_prove_nothing() -> None:
    run = configuration(What.CONFIGDB, told=CONFIGDB, replaced=CONFIGDB)
    run.worker = [record for record in run.worker if getattr(record, "pool", "") not in CONFIGDB]
    assert findings(run)["happened"].status is INCONCLUSIVE


def test_a_generator_that_stalls_is_never_a_pass_nor_the_clients_fault() -> None:
    """Also where a reload and held sessions had to wait for it."""

    def loaded(run: Run) -> None:
        run.check_out(run.opens("context-1", 1), kind=Kind.HELD)

    def reloading(run: Run) -> None:
        run.passes(3.2)
        run.health(lag_s=3.2)
        run.connect(1, times=40)

    def reloaded(run: Run) -> None:
        run.census({"a2": 3})

    assert amiss(leaf(loaded=loaded, reloading=reloading, reloaded=reloaded))["generator"] == (INCONCLUSIVE, "")
    assert judge_rotation(leaf(reloading=reloading)).verdict.status is INCONCLUSIVE


def test_a_worker_that_never_says_how_it_is_or_leaves_arrivals_out_is_not_healthy() -> None:
    run = leaf(last=lambda run: run.health(missed=40))
    assert amiss(run) == {}
    run = leaf()
    at = next(at for at, record in enumerate(run.worker) if type(record).__name__ == "Health")
    silent = replace(run, worker=[*run.worker[:at], *run.worker[at + 1 :]])
    assert amiss(silent) == {"generator": (INCONCLUSIVE, "")}
    missing = replace(run, worker=[*run.worker[:at], run.worker[at]._replace(due=40), *run.worker[at + 1 :]])  # type: ignore[call-arg]  # it is a Health
    assert amiss(missing) == {"generator": (INCONCLUSIVE, "")}


@pytest.mark.parametrize("kind", [ActKind.END, ActKind.PUBLISHED, ActKind.RELOADING])
def test_an_act_that_a_worker_did_not_meet_is_found(kind: ActKind) -> None:
    run = leaf()
    run.worker = [record for record in run.worker if getattr(record, "kind", None) is not kind]
    assert amiss(run)["integrity"][0] is INCONCLUSIVE


@pytest.mark.parametrize("which", [0, -1])
def test_without_a_count_at_each_end_nothing_is_reconciled(which: int) -> None:
    run = leaf()
    at = [at for at, record in enumerate(run.conducted) if type(record).__name__ == "Census"][which]
    del run.conducted[at]
    assert amiss(run) == {"reconciled": (INCONCLUSIVE, "")}


def test_nothing_at_all_proves_nothing() -> None:
    rotated = judge_rotation(Run())
    assert rotated.verdict.status is INCONCLUSIVE
    assert all(finding.status <= INCONCLUSIVE for finding in rotated.findings)


def test_a_checker_that_breaks_has_proved_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: Facts) -> Finding:
        raise KeyError("m1")

    monkeypatch.setitem(judged.CHECKERS, "identity", breaks)
    assert judge_rotation(leaf()).verdict == Verdict(INCONCLUSIVE, "could not be checked: KeyError: 'm1'")


def test_workers_are_judged_together() -> None:
    one = leaf()
    quiet: list[Record] = [
        record._replace(due=0) if isinstance(record, Health) else record
        for record in one.worker
        if not isinstance(record, Begun | Ended | Closed)
    ]

    class Two(Run):
        @property
        def workers(self) -> dict[str, list[Record]]:
            return {"w1": one.worker, "w2": quiet}

    two = Two(terms=one.terms)
    two.conducted = one.conducted
    assert amiss(two) == {}


def test_pools_that_the_load_was_not_to_use_are_not_missed() -> None:
    run = Run(terms=terms(mix=Mix(check_outs=0, held=0)))
    assert amiss(leaf(run=run)) == {}
