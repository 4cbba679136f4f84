"""A lane's rotations under load: by turns, and whatever becomes of the run, no load is left."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from harness.case.rotation import Rotation
from harness.idleness import Idleness
from harness.kinds.rotation import under_load as module
from harness.kinds.rotation.under_load import Rotating
from harness.lifetime import CutShort, Lifetime
from harness.model.rotated import Rotated
from harness.model.rotation import How, What
from harness.model.tls import Can
from harness.waiting import wait_for
from tests.reports.rotation.samples import PASS
from tests.runner.fakes import FakeClient, FakeServer, World, server_build

ROTATION = Rotation(what=What.LEAF, how=How.IN_PLACE)
WAIT_S = 5.0


class FakeLoad:
    """A load's process, of which a test sees what becomes; ``starting`` is what happens while it starts."""

    started: list["FakeLoad"]
    starting: Callable[[], None]

    def __init__(self, folder: Path, *, workers: int) -> None:
        self.running = False

    def __enter__(self) -> "FakeLoad":
        self.started.append(self)
        type(self).starting()
        self.running = True
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.running = False


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FakeLoad]]:
    monkeypatch.setattr(FakeLoad, "started", [], raising=False)
    monkeypatch.setattr(FakeLoad, "starting", staticmethod(lambda: None), raising=False)
    monkeypatch.setattr(module, "LoadProcess", FakeLoad)
    monkeypatch.setattr(module, "revision", lambda: "none")
    monkeypatch.setattr(module, "read_history", lambda path: path)
    monkeypatch.setattr(module, "judge_rotation", lambda history: PASS)
    yield FakeLoad.started
    assert not any(load.running for load in FakeLoad.started)


def _conducts(monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> None:
    def conduct(*_: object, bearing: Callable[[], AbstractContextManager[object]], **__: object) -> None:
        with bearing():
            what()

    monkeypatch.setattr(module, "run_rotation", conduct)


def _rotating(folder: Path, lifetime: Lifetime) -> Rotating:
    server = FakeServer(World(names={}), server_build())
    return Rotating(server, folder, lifetime)  # type: ignore[arg-type]  # of a server only its facts are asked here


def _rotate(rotating: Rotating) -> None:
    rotating.rotated(ROTATION, FakeClient(World(names={}), can=frozenset({Can.HOLD_SESSIONS})))


def test_a_load_is_kept_for_the_next_rotation_and_closed_at_the_end(
    loads: list[FakeLoad], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _conducts(monkeypatch, lambda: None)
    lifetime = Lifetime()
    rotating = _rotating(tmp_path, lifetime)
    with lifetime.closing(rotating.close):
        for _ in range(2):
            _rotate(rotating)
        assert [load.running for load in loads] == [True]
    assert [load.running for load in loads] == [False]


def test_a_lane_that_waits_for_its_turn_starts_no_load_when_the_run_is_over(
    loads: list[FakeLoad], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    _conducts(monkeypatch, lambda: None if over.wait(WAIT_S) else pytest.fail("it was never over"))
    lifetime = Lifetime(loads=1, idleness=Idleness(ticks=lambda: None))
    first, second = (_rotating(tmp_path / name, lifetime) for name in ("first", "second"))
    with ThreadPoolExecutor(2) as pool:
        conducting = pool.submit(_rotate, first)
        assert wait_for(lambda: True if loads and loads[0].running else None, deadline_s=WAIT_S)
        waiting = pool.submit(_rotate, second)
        assert wait_for(lambda: (tmp_path / "second").is_dir() or None, deadline_s=WAIT_S)
        assert len(loads) == 1, "one at a time"
        lifetime.close_all()
        over.set()
        conducting.result(WAIT_S)
        with pytest.raises(CutShort):
            waiting.result(WAIT_S)
    assert len(loads) == 1


def test_a_load_that_starts_while_the_run_ends_is_closed(
    loads: list[FakeLoad], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _conducts(monkeypatch, lambda: pytest.fail("it was used"))
    lifetime = Lifetime()
    monkeypatch.setattr(FakeLoad, "starting", staticmethod(lifetime.close_all))
    with pytest.raises(CutShort):
        _rotate(_rotating(tmp_path, lifetime))
    assert [load.running for load in loads] == [False]


def test_a_load_that_runs_is_closed_with_the_run(
    loads: list[FakeLoad], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifetime = Lifetime()
    _conducts(monkeypatch, lifetime.close_all)
    _rotate(_rotating(tmp_path, lifetime))
    assert [load.running for load in loads] == [False]


def test_a_history_is_judged_while_another_load_is_borne(
    loads: list[FakeLoad], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _conducts(monkeypatch, lambda: None)
    lifetime = Lifetime(loads=1, idleness=Idleness(ticks=lambda: None))

    def judged(history: object) -> Rotated:
        other = threading.Thread(target=_bears, args=(lifetime,), daemon=True)
        other.start()
        other.join(WAIT_S)
        assert not other.is_alive(), "it waits for its turn"
        return PASS

    monkeypatch.setattr(module, "judge_rotation", judged)
    rotating = _rotating(tmp_path, lifetime)
    with lifetime.closing(rotating.close):
        _rotate(rotating)


def _bears(lifetime: Lifetime) -> None:
    with lifetime.loading():
        pass
