"""Rotations under load on real servers: the promise, and every way in which it can be broken."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.case.rotation import Rotation
from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.image import prepare
from harness.history.reading import read_history
from harness.judge.rotation.verdict import judge_rotation
from harness.kinds.rotation.words import failing_step, verdict_line
from harness.knowledge.reader import BUILTIN_KNOWLEDGE, Knowledge
from harness.lifetime import Lifetime
from harness.model.rotation import Control, How, What
from harness.model.verdict import Status
from harness.owner import Owner
from harness.pki import Materials, StoreKind
from harness.runner.opened import RunningLane, opened_lane
from harness.servers.build import ServerBuild
from harness.servers.place import Place
from harness.servers.starting import quiet
from tests.real.command import Dbtls
from tests.real.fleet import DEFAULT_BUILDS

CLIENT = "pymysql"
LEAF_STEP = "rotation 1: new leaf published"
RETIRED_STEP = "rotation 1: old authority retired"

FAILING = {
    Control.KILLS_WORK_IN_HAND: LEAF_STEP,
    Control.DROPS_IDLE: LEAF_STEP,
    Control.CREATE_ESCAPES: LEAF_STEP,
    Control.FLAG_OUTSIDE_LOCK: LEAF_STEP,
    Control.OLD_CONTEXT_POOL: LEAF_STEP,
    Control.PLAINTEXT_DOWNGRADE: "rotation 1: dbconnector.yaml broken",
    Control.RELOAD_DOES_NOTHING: LEAF_STEP,
    Control.SILENT_RETRY: LEAF_STEP,
    Control.KEY_BEFORE_CERTIFICATE: "rotation 1: new key published before its certificate",
    Control.KEY_MISMATCH: "rotation 1: new certificate with another's key",
    Control.AUTHORITY_TOO_EARLY: RETIRED_STEP,
}
INCONCLUSIVE = {Control.LOAD_STALLS}
IN_JAVA = "jdbc:connector-j-9"
OVER_JDBC = (
    Control.KILLS_WORK_IN_HAND,
    Control.PLAINTEXT_DOWNGRADE,
    Control.SILENT_RETRY,
    Control.KEY_BEFORE_CERTIFICATE,
    Control.KEY_MISMATCH,
    Control.AUTHORITY_TOO_EARLY,
)
"""Those of which the driver notices something; the others are the reference pool's alone."""


@contextmanager
def lane_of(
    build: ServerBuild, place: Place, owner: Owner, folder: Path, client: str = CLIENT
) -> Iterator[RunningLane]:
    found = discover_clients([BUILTIN_CLIENTS])[client]
    opened = opened_lane(
        build,
        [prepare(found, place.images, shared=folder, owner=owner, on_progress=quiet)],
        place=place,
        owner=owner,
        folder=folder,
        materials=Materials(),
        knowledge=Knowledge.read([BUILTIN_KNOWLEDGE]),
        lifetime=Lifetime(),
        on_progress=quiet,
        emit=lambda result: None,
        tell=lambda fault: None,
    )
    with opened as lane:
        yield lane


@pytest.fixture(scope="module")
def lane(
    one_server: str, place: Place, owner: Owner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningLane]:
    with lane_of(DEFAULT_BUILDS[one_server], place, owner, tmp_path_factory.mktemp("lane")) as opened:
        yield opened


@pytest.fixture(scope="module")
def java_lane(
    one_server: str, place: Place, owner: Owner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningLane]:
    folder = tmp_path_factory.mktemp("java-lane")
    with lane_of(DEFAULT_BUILDS[one_server], place, owner, folder, IN_JAVA) as opened:
        yield opened


def test_every_control_has_its_expectation() -> None:
    assert FAILING.keys() | INCONCLUSIVE == set(Control)
    assert not FAILING.keys() & INCONCLUSIVE


def test_nothing_is_lost_on_any_default_build(build: ServerBuild, place: Place, owner: Owner, tmp_path: Path) -> None:
    with lane_of(build, place, owner, tmp_path) as opened:
        bed = opened.bed(CLIENT)
        # wolfSSL's own handshakes hold up its reload, the more so beside other tests.
        rate, lasting_s = (5.0, 16.0) if bed.server.does("starves-reloads") else (25.0, 8.0)
        rotation = Rotation(what=What.BOTH, how=How.IN_PLACE, stores=StoreKind.JKS, rate=rate, duration_s=lasting_s)
        rotated = opened.rotating.rotated(bed.rotating(rotation), opened.clients[CLIENT])
    assert rotated.verdict.status is Status.PASS, verdict_line(rotated)
    assert len(rotated.figures.generations) == 3
    assert rotated.figures.server_connections == rotated.figures.client_connections


@pytest.mark.parametrize("control", FAILING)
def test_what_is_broken_on_purpose_fails_and_its_step_is_named(control: Control, lane: RunningLane) -> None:
    rotation = Rotation(what=what_of(control), how=How.IN_PLACE, duration_s=8, control=control)
    fails(rotation, lane, CLIENT)


@pytest.mark.parametrize("control", OVER_JDBC)
def test_what_is_broken_on_purpose_fails_over_jdbc_too(control: Control, java_lane: RunningLane) -> None:
    # The driver reads the stores itself: where the new one is in the old one's place, its first retry already has it.
    how = How.NEW_URL if control is Control.SILENT_RETRY else How.IN_PLACE
    rotation = Rotation(what=what_of(control), how=how, stores=StoreKind.JKS, rate=10.0, duration_s=8, control=control)
    fails(java_lane.bed(IN_JAVA).rotating(rotation), java_lane, IN_JAVA)


def what_of(control: Control) -> What:
    return What.AUTHORITY if control is Control.AUTHORITY_TOO_EARLY else What.LEAF


def fails(rotation: Rotation, lane: RunningLane, client: str) -> None:
    rotated = lane.rotating.rotated(rotation, lane.clients[client])
    assert rotation.control is not None
    assert rotated.verdict.status is Status.FAIL, verdict_line(rotated)
    assert failing_step(rotated) == FAILING[rotation.control]


def test_a_generator_that_stalls_proves_nothing(lane: RunningLane) -> None:
    rotation = Rotation(what=What.LEAF, how=How.IN_PLACE, duration_s=8, control=Control.LOAD_STALLS)
    rotated = lane.rotating.rotated(rotation, lane.clients[CLIENT])
    assert rotated.verdict.status is Status.INCONCLUSIVE, verdict_line(rotated)


def test_the_command_keeps_a_history_that_is_judged_again_alike(dbtls: Dbtls, one_server: str, tmp_path: Path) -> None:
    history = tmp_path / "kept" / "rotation.history"
    history.parent.mkdir()
    done = dbtls(
        *("rotate", "--server", one_server, "--client", CLIENT, "--what", "leaf", "--duration", "6"),
        *("--history", history, "--processes", "2"),
    )
    assert done.code == 0, done.both
    files = sorted(path.name for path in history.parent.iterdir())
    assert files == ["rotation.history", "rotation.history.svg", "rotation.history.w1", "rotation.history.w2"]
    again = dbtls.offline("judge", history)
    assert again.code == 0, again.both
    assert again.out.splitlines()[-1] == done.out.splitlines()[-1]

    worker = history.with_name("rotation.history.w1")
    lines = worker.read_bytes().splitlines(keepends=True)
    worker.write_bytes(b"".join(lines[:50] + lines[60:]))
    assert dbtls.offline("judge", history).code == 3
    worker.unlink()
    missing = dbtls.offline("judge", history)
    assert missing.code == 3
    assert "rotation.history.w1" in missing.out
    assert judge_rotation(read_history(history)).verdict.status is Status.INCONCLUSIVE
