"""A run as a whole, over lanes that are opened on fakes: what it costs when something breaks, and how it ends."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.case.scenario import Scenario, ScenarioResult
from harness.case.startup import GOOD_START, start_up
from harness.case.testbed import Testbed
from harness.clients.build import ClientBuild, Image
from harness.containers.source import Base
from harness.errors import BuildUnavailable, EngineError, HarnessError, ProbeFault, ProbeUnavailable
from harness.exits import Exit, Terminated
from harness.knowledge.reader import Knowledge
from harness.model.fault import Fault
from harness.model.outcome import Cause, Side
from harness.model.startup import Start
from harness.model.tls import Verify
from harness.model.verdict import Status
from harness.runner import session as session_module
from harness.runner.events import Event, Faulted, Judged, LaneDoes, LaneEnded, LanePlanned
from harness.runner.results import Ended, RunReport
from harness.runner.run import RunRequest, longest_first, run
from harness.servers.build import BUILTIN_SERVERS, ServerBuild, discover_servers
from harness.waiting import wait_for
from tests.runner.fakes import Answer, Attempt, FakeLanes, NoPlace, World, client_build, refused, server_build

PASS, KNOWN, SKIPPED, INCONCLUSIVE, FAIL = Status
DIED = ProbeFault("client `a` died: signal 11 (SIGSEGV)", remedy="r", detail=("last",), how="died: signal 11 (SIGSEGV)")
UNKNOWN = refused(Side.CLIENT, Cause.UNKNOWN_AUTHORITY)


def accepted(bed: Testbed) -> ScenarioResult:
    return bed.one_way(Verify.CA).accepted()


def untrusted(bed: Testbed) -> ScenarioResult:
    other = (bed.authority("other"),)
    return bed.one_way(Verify.CA).but(client_trusts=other).refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


def several(bed: Testbed) -> ScenarioResult:
    return {label: bed.one_way(Verify.CA).accepted() for label in ("x", "y")}


def starts(bed: Testbed) -> ScenarioResult:
    return start_up(GOOD_START, GOOD_START, Start.SERVES)


def scenario(identity: str, make: Callable[[Testbed], ScenarioResult], *, clientless: bool = False) -> Scenario:
    return Scenario(id=identity, claim="It is so.", needs=frozenset(), make=make, clientless=clientless)


SCENARIOS = (
    scenario("t::accepted", accepted),
    scenario("t::untrusted", untrusted),
    scenario("t::several", several),
    scenario("t::starts", starts, clientless=True),
)
CASES = ("t::accepted", "t::several/x", "t::several/y", "t::untrusted")


def honest(attempt: Attempt) -> Answer | None:
    """Does not accept a server by another authority than it trusts; here that differs in the store's number alone."""
    return UNKNOWN if attempt.tls.ca is not None and attempt.tls.ca.parents[1].name != "0" else None


def request(
    *servers: ServerBuild | str,
    clients: tuple[ClientBuild | str, ...] = ("a", "b"),
    scenarios: tuple[Scenario, ...] = SCENARIOS,
) -> RunRequest:
    return RunRequest(
        servers=tuple(server_build(one) if isinstance(one, str) else one for one in servers),
        clients=tuple(client_build(one) if isinstance(one, str) else one for one in clients),
        scenarios=scenarios,
        knowledge=Knowledge(),
        options=("--servers", "mine"),
        command=("dbtls", "run", "it all"),
    )


class Listener:
    """Keeps what it hears; ``at`` is called with each event."""

    def __init__(self, at: Callable[[Event], None] = lambda event: None) -> None:
        self.heard: list[Event] = []
        self._at = at

    def __call__(self, event: Event) -> None:
        self.heard.append(event)
        self._at(event)

    @property
    def faults(self) -> list[str]:
        return [event.fault.what for event in self.heard if isinstance(event, Faulted)]


def worlds(**answers: Callable[[Attempt], Answer | None]) -> FakeLanes:
    return FakeLanes({name: World(answer=answer) for name, answer in answers.items()})


def statuses(report: RunReport, server: str) -> "Statuses":
    return {(one.id, one.client): one.verdict.status for one in report.results if one.server == server}


Statuses = dict[tuple[str, str | None], Status]


def all_pass(*clients: str) -> Statuses:
    made: Statuses = {(case, client): PASS for case in CASES for client in clients}
    return {**made, ("t::starts", None): PASS}


def each(status: Status, *clients: str, clientless: bool = False) -> Statuses:
    """That status for each scenario with each client, and for what has none."""
    made: Statuses = {(one.id, client): status for one in SCENARIOS if not one.clientless for client in clients}
    return made | ({("t::starts", None): status} if clientless else {})


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What runs have left behind: folders, and lanes that still run."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def found() -> list[str]:
        lanes = [thread.name for thread in threading.enumerate() if thread.name.startswith("lane-")]
        return [*lanes, *(path.name for path in tmp_path.glob("dbtls-*"))]

    return found


def test_lanes_of_servers_that_start_slowly_begin_first() -> None:
    builds = discover_servers([BUILTIN_SERVERS])
    chosen = [builds[name] for name in ("mariadb-10.11", "mariadb-11.8", "mysql-8.0.15", "mysql-9.7")]
    assert [build.name for build in longest_first(chosen)] == [
        "mysql-8.0.15",
        "mysql-9.7",
        "mariadb-10.11",
        "mariadb-11.8",
    ]


def test_every_case_on_every_server_with_every_client_has_its_verdict(left: Callable[[], list[str]]) -> None:
    lanes, listener = worlds(s=honest, t=honest), Listener()
    report = run(request("s", "t"), NoPlace(), listener, open_lane=lanes)
    assert statuses(report, "s") == statuses(report, "t") == all_pass("a", "b")
    assert [(one.id, one.server, one.client) for one in report.results] == sorted(
        (one.id, one.server, one.client) for one in report.results
    )
    assert (report.missing, report.faults, report.not_reached, report.ended) == ((), (), (), Ended.FINISHED)
    assert report.exit_code(allow_missing=False) is Exit.PASSED
    assert report.options == ("--servers", "mine")
    assert (report.provenance.command, report.provenance.engine) == ("dbtls run 'it all'", "nowhere")
    assert [server.image for server in report.provenance.servers] == ["image of s", "image of t"]
    assert {client.name for client in report.provenance.clients} == {"a", "b"}
    assert {"servers", "clients", "testimony", "images", "start", "harness"} <= set(report.spent_s)
    assert set(report.spent_by_theme_s) == {"t"}
    assert sorted(lanes.closed) == ["s", "t"]
    assert left() == []


def test_what_needs_no_client_is_planned_after_the_verdicts_of_all_that_does(left: Callable[[], list[str]]) -> None:
    listener = Listener()
    run(request("s"), NoPlace(), listener, open_lane=worlds(s=honest))
    told = [
        set(event.of) if isinstance(event, LanePlanned) else "verdict"
        for event in listener.heard
        if isinstance(event, LanePlanned | Judged)
    ]
    assert told == [{"a", "b"}, *["verdict"] * 8, {None}, "verdict"]
    counts = [event.count for event in listener.heard if isinstance(event, LanePlanned)]
    assert counts == [8, 9]
    assert isinstance(listener.heard[-1], LaneEnded)


def test_a_server_that_is_not_available_is_missing_and_skipped_and_the_others_go_on(
    left: Callable[[], list[str]],
) -> None:
    lanes = worlds(t=honest)
    lanes.broken["s"] = BuildUnavailable("no registry gives it", remedy="wait", detail=["E: no"])
    report = run(request("s", "t"), NoPlace(), Listener(), open_lane=lanes)
    assert statuses(report, "t") == all_pass("a", "b")
    assert statuses(report, "s") == each(SKIPPED, "a", "b", clientless=True)
    ((missing),) = report.missing
    assert (missing.kind, missing.name, missing.reason, missing.detail) == (
        "server",
        "s",
        "no registry gives it",
        ("E: no",),
    )
    assert (report.faults, report.not_reached) == ((), ())
    assert report.exit_code(allow_missing=False) is Exit.INCONCLUSIVE
    assert report.exit_code(allow_missing=True) is Exit.PASSED


def test_a_client_that_is_not_available_is_missing_and_skipped_and_the_others_go_on(
    left: Callable[[], list[str]],
) -> None:
    in_an_image = replace(client_build("a"), image=Image(context=".", base=Base(image="i", suite="s")))
    report = run(
        request("s", "t", clients=(in_an_image, "b")), NoPlace(), Listener(), open_lane=worlds(s=honest, t=honest)
    )
    assert statuses(report, "s") == statuses(report, "t") == all_pass("b") | each(SKIPPED, "a")
    assert [(missing.kind, missing.name) for missing in report.missing] == [("client", "a")]


def test_a_client_whose_probe_does_not_start_costs_its_cases_alone(left: Callable[[], list[str]]) -> None:
    lanes, listener = worlds(s=honest), Listener()
    lanes.lost["a"] = ProbeUnavailable("client `a` said no hello within 60 s", remedy="see it", detail=["its words"])
    report = run(request("s"), NoPlace(), listener, open_lane=lanes)
    assert statuses(report, "s") == all_pass("b") | each(INCONCLUSIVE, "a")
    assert report.faults == (
        Fault(
            what="client `a` said no hello within 60 s",
            remedy="see it",
            server="s",
            client="a",
            detail=("its words",),
            cases=("t::accepted", "t::untrusted", "t::several"),
        ),
    )
    assert listener.faults == ["client `a` said no hello within 60 s"]
    assert report.exit_code(allow_missing=False) is Exit.FAULT


def test_a_client_that_dies_in_a_case_costs_that_case_and_ends_the_run_with_2(left: Callable[[], list[str]]) -> None:
    def dies(attempt: Attempt) -> Answer | None:
        answer = honest(attempt)
        if attempt.client == "a" and answer is not None:
            raise DIED
        return answer

    listener = Listener()
    report = run(request("s", "t"), NoPlace(), listener, open_lane=worlds(s=dies, t=honest))
    assert statuses(report, "t") == all_pass("a", "b")
    assert statuses(report, "s") == {**all_pass("a", "b"), ("t::untrusted", "a"): FAIL}
    ((fault),) = report.faults
    assert (fault.what, fault.server, fault.client, fault.cases) == (str(DIED), "s", "a", ("t::untrusted",))
    assert listener.faults == [str(DIED)]
    assert report.exit_code(allow_missing=False) is Exit.FAULT


@pytest.mark.parametrize("dies_at", [1, 4, 7])
def test_a_lane_that_breaks_leaves_its_open_cases_inconclusive_and_the_others_go_on(
    left: Callable[[], list[str]], dies_at: int
) -> None:
    def breaks(attempt: Attempt) -> Answer | None:
        if attempt.number == dies_at:
            raise EngineError("a server's process is gone", remedy="see the engine's log", detail=["killed"])
        return honest(attempt)

    lanes, listener = worlds(s=breaks, t=honest), Listener()
    report = run(request("s", "t"), NoPlace(), listener, open_lane=lanes)
    assert statuses(report, "t") == all_pass("a", "b")
    found = statuses(report, "s")
    open_ = {key for key, status in found.items() if status is INCONCLUSIVE}
    assert set(found) == set(all_pass("a", "b"))
    assert {found[key] for key in found.keys() - open_} <= {PASS}
    assert ("t::starts", None) in open_
    for result in report.results:
        if (result.id, result.client) in open_ and result.server == "s":
            assert result.verdict.reason == "its server was lost: a server's process is gone"
    ((fault),) = report.faults
    assert (fault.what, fault.server, fault.client, fault.detail) == (
        "a server's process is gone",
        "s",
        None,
        ("killed",),
    )
    assert set(fault.cases) == {case for case, _ in open_}
    assert listener.faults == ["a server's process is gone"]
    assert (report.not_reached, report.ended) == ((), Ended.FINISHED)
    assert report.exit_code(allow_missing=True) is Exit.FAULT
    assert sorted(lanes.closed) == ["s", "t"]
    assert left() == []


def test_a_lane_that_cannot_be_opened_has_a_verdict_for_each_scenario_and_client(left: Callable[[], list[str]]) -> None:
    lanes = worlds(t=honest)
    lanes.broken["s"] = EngineError("the engine does not answer", remedy="start it")
    report = run(request("s", "t"), NoPlace(), Listener(), open_lane=lanes)
    assert statuses(report, "t") == all_pass("a", "b")
    assert statuses(report, "s") == each(INCONCLUSIVE, "a", "b", clientless=True)
    assert [fault.what for fault in report.faults] == ["the engine does not answer"]


def test_a_defect_of_our_own_costs_its_lane_and_keeps_its_traceback(left: Callable[[], list[str]]) -> None:
    def has_a_defect(attempt: Attempt) -> Answer | None:
        raise TypeError("no number")

    report = run(request("s", "t"), NoPlace(), Listener(), open_lane=worlds(s=has_a_defect, t=honest))
    assert statuses(report, "t") == all_pass("a", "b")
    assert {one.verdict.reason for one in report.results if one.server == "s"} == {
        "its server was lost: a defect of dbtls: TypeError: no number"
    }
    ((fault),) = report.faults
    assert fault.traceback[-1] == f"{__file__}:{has_a_defect.__code__.co_firstlineno + 1} has_a_defect"
    assert fault.detail == ()


def test_clients_that_cannot_be_made_ready_because_the_engine_is_gone_cost_every_lane(
    left: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise EngineError("the engine is gone", remedy="start it")

    monkeypatch.setattr(session_module, "make_ready", gone)
    report = run(request("s", "t"), NoPlace(), Listener(), open_lane=worlds())
    assert {one.verdict.status for one in report.results} == {INCONCLUSIVE}
    assert [(fault.server, fault.what) for fault in report.faults] == [
        ("s", "the engine is gone"),
        ("t", "the engine is gone"),
    ]


@pytest.mark.parametrize("clientless", [False, True])
def test_a_scenario_that_raises_costs_itself_and_is_told_with_file_and_line(
    left: Callable[[], list[str]], clientless: bool
) -> None:
    def broken(bed: Testbed) -> ScenarioResult:
        raise ZeroDivisionError("by what")

    listener = Listener()
    scenarios = (*SCENARIOS, scenario("t::broken", broken, clientless=clientless))
    report = run(request("s", scenarios=scenarios), NoPlace(), listener, open_lane=worlds(s=honest))
    named = f"{__file__}:{broken.__code__.co_firstlineno + 1}: scenario `t::broken` raised ZeroDivisionError: by what"
    clients = (None,) if clientless else ("a", "b")
    found = statuses(report, "s")
    assert {key: found.pop(key) for key in [("t::broken", client) for client in clients]} == {
        ("t::broken", client): INCONCLUSIVE for client in clients
    }
    assert found == all_pass("a", "b")
    assert report.faults == (Fault(what=named, remedy="correct the scenario", server="s", cases=("t::broken",)),)
    assert listener.faults == [named]
    assert report.exit_code(allow_missing=False) is Exit.FAULT


def test_a_probe_that_died_between_two_cases_is_a_fault_that_cost_none(left: Callable[[], list[str]]) -> None:
    lanes, listener = worlds(s=honest), Listener()
    lanes.worlds["s"].unheard["a"] = DIED
    report = run(request("s"), NoPlace(), listener, open_lane=lanes)
    assert statuses(report, "s") == all_pass("a", "b")
    assert [(fault.what, fault.cases) for fault in report.faults] == [(str(DIED), ())]
    assert listener.faults == [str(DIED)]
    assert report.exit_code(allow_missing=False) is Exit.FAULT


def _ends_at(
    number: int, error: BaseException, kind: type[Event] = Judged, *, when: Callable[[], object] = lambda: None
) -> Callable[[Event], None]:
    """Raise ``error``, as a signal's handler does, while the event of that number of a kind is listened to."""
    heard: list[Event] = []

    def at(event: Event) -> None:
        if isinstance(event, kind):
            heard.append(event)
            if len(heard) == number:
                when()
                raise error

    return at


@pytest.mark.parametrize(
    ("error", "ended", "code"),
    [
        (KeyboardInterrupt(), Ended.INTERRUPTED, Exit.INTERRUPTED),
        (Terminated(), Ended.TERMINATED, Exit.TERMINATED),
    ],
)
def test_a_run_that_is_ended_reports_what_there_is_and_what_was_not_reached(
    left: Callable[[], list[str]], error: BaseException, ended: Ended, code: Exit
) -> None:
    held = threading.Event()

    def holds(attempt: Attempt) -> Answer | None:
        """Has verdicts after the first batch; then waits until its server is closed under it."""
        if attempt.served.require_secure_transport:
            assert held.wait(30)
            raise EngineError("its server was closed", remedy="")
        return honest(attempt)

    def elsewhere(bed: Testbed) -> ScenarioResult:
        return bed.one_way(Verify.CA).with_(require_secure_transport=True).accepted()

    lanes = worlds(s=holds)
    lanes.close = lambda server: held.set()
    scenarios = (*SCENARIOS, scenario("t::elsewhere", elsewhere))
    listener = Listener(_ends_at(8, error))
    report = run(request("s", scenarios=scenarios), NoPlace(), listener, open_lane=lanes)
    assert report.ended is ended
    assert report.exit_code(allow_missing=False) is code
    assert statuses(report, "s") == {(case, client): PASS for case in CASES for client in ("a", "b")}
    assert [(one.id, one.server, one.client) for one in report.not_reached] == [
        ("t::elsewhere", "s", "a"),
        ("t::elsewhere", "s", "b"),
        ("t::starts", "s", None),
    ]
    # What broke because it was closed is no fault, and no verdict.
    assert report.faults == ()
    assert lanes.closed == ["s"]
    assert left() == []


def test_a_run_that_is_ended_before_a_lane_is_open_has_reached_none_of_its_scenarios(
    left: Callable[[], list[str]],
) -> None:
    one_at_a_time = [f"s{number}" for number in range(6)]
    gate = threading.Event()

    def waits(attempt: Attempt) -> Answer | None:
        gate.wait(30)
        return honest(attempt)

    lanes = worlds(**dict.fromkeys(one_at_a_time, waits))
    lanes.close = lambda server: gate.set()
    listener = Listener(_ends_at(1, KeyboardInterrupt(), LaneDoes))
    report = run(request(*one_at_a_time), NoPlace(), listener, open_lane=lanes)
    assert report.results == ()
    assert {one.server for one in report.not_reached} == set(one_at_a_time)
    assert len(lanes.opened) < 6
    assert sorted(lanes.closed) == sorted(lanes.opened)
    assert left() == []


def test_a_closer_that_raises_keeps_nothing_else_open_and_is_a_fault(
    left: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tools: list[str] = []
    monkeypatch.setattr(session_module, "end_running_tools", lambda: tools.append("ended"))
    gate = threading.Event()

    def waits(attempt: Attempt) -> Answer | None:
        gate.wait(30)
        return honest(attempt)

    def closes(server: str) -> None:
        if len(lanes.closed) == 2:
            gate.set()
        raise HarnessError(f"{server} does not close", remedy="look at it")

    lanes = worlds(s=waits, t=waits)
    lanes.close = closes

    def both_open() -> None:
        assert wait_for(lambda: True if len(lanes.opened) == 2 else None, deadline_s=30)

    listener = Listener(_ends_at(1, KeyboardInterrupt(), LaneDoes, when=both_open))
    report = run(request("s", "t"), NoPlace(), listener, open_lane=lanes)
    assert sorted(lanes.closed) == ["s", "t"]
    assert tools == ["ended"]
    assert len(report.faults) == 1
    assert report.faults[0].what.endswith("does not close")
    assert report.exit_code(allow_missing=False) is Exit.INTERRUPTED
    assert left() == []


def test_a_listener_that_raises_ends_the_run_with_its_error_and_nothing_open(left: Callable[[], list[str]]) -> None:
    lanes = worlds(s=honest)

    def at(event: Event) -> None:
        if isinstance(event, Judged):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run(request("s"), NoPlace(), Listener(at), open_lane=lanes)
    assert lanes.closed == ["s"]
    assert left() == []


def test_a_lane_that_cannot_be_closed_at_its_own_end_costs_what_is_open_there_and_no_verdict(
    left: Callable[[], list[str]],
) -> None:
    def closes(server: str) -> None:
        raise HarnessError("it does not close", remedy="look at it")

    lanes = worlds(s=honest)
    lanes.close = closes
    report = run(request("s"), NoPlace(), Listener(), open_lane=lanes)
    assert statuses(report, "s") == all_pass("a", "b")
    assert [(fault.what, fault.cases) for fault in report.faults] == [("it does not close", ())]
    assert report.exit_code(allow_missing=False) is Exit.FAULT


def test_of_cases_that_are_named_one_by_one_those_alone_are_carried_out(left: Callable[[], list[str]]) -> None:
    only = frozenset({("t::several/y", "one", "a"), ("t::accepted", "two", "b"), ("t::starts", "two", None)})
    lanes = worlds(one=honest, two=honest)
    report = run(replace(request("one", "two"), only=only), NoPlace(), Listener(), open_lane=lanes)
    assert {(one.id, one.server, one.client) for one in report.results} == only
    assert report.not_reached == ()
    assert report.exit_code(allow_missing=False) is Exit.PASSED
    assert left() == []


def test_of_those_a_server_that_is_missing_costs_its_own() -> None:
    only = frozenset({("t::several/y", "one", "a"), ("t::accepted", "two", "b")})
    lanes = worlds(one=honest)
    lanes.broken["two"] = BuildUnavailable("no registry", remedy="wait")
    report = run(replace(request("one", "two"), only=only), NoPlace(), Listener(), open_lane=lanes)
    assert statuses(report, "two") == {("t::accepted", "b"): SKIPPED}


def test_the_first_case_that_does_not_pass_ends_a_run_that_is_asked_to(left: Callable[[], list[str]]) -> None:
    def refuses(attempt: Attempt) -> Answer | None:
        return UNKNOWN

    whole = run(request("one"), NoPlace(), Listener(), open_lane=worlds(one=refuses))
    asked = replace(request("one"), exit_first=True)
    report = run(asked, NoPlace(), Listener(), open_lane=worlds(one=refuses))
    assert report.ended is Ended.FIRST_FAILURE
    assert {one.verdict.status for one in report.results} & {FAIL, INCONCLUSIVE}
    assert report.not_reached
    assert len(report.results) + len(report.not_reached) == len(whole.results)
    assert report.exit_code(allow_missing=False) is whole.exit_code(allow_missing=False)
    assert left() == []


def test_a_run_in_which_all_passes_is_finished_also_if_it_is_asked_to_end_early() -> None:
    report = run(replace(request("one"), exit_first=True), NoPlace(), Listener(), open_lane=worlds(one=honest))
    assert report.ended is Ended.FINISHED
    assert statuses(report, "one") == all_pass("a", "b")
