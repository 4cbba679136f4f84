"""Rotations at once: how many servers they are worth, and that none shares one with another."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from harness.case.rotation import Rotation
from harness.kinds.ends import ClientEnd
from harness.kinds.rotation.stages import Stages, servers_for
from harness.kinds.rotation.under_load import Rotating
from harness.model.rotated import Rotated
from harness.model.rotation import How, What
from tests.reports.rotation.samples import PASS as ROTATED
from tests.runner.fakes import FakeClient, World


def _rotations(count: int, seconds: float) -> list[Rotation]:
    return [Rotation(what=What.LEAF, how=How.IN_PLACE, duration_s=seconds)] * count


@pytest.mark.parametrize(
    ("count", "seconds", "servers"), [(1, 5, 1), (1, 600, 1), (17, 5, 1), (19, 5, 2), (17, 12, 3), (100, 12, 3)]
)
def test_a_server_is_started_for_each_so_many_seconds_of_load(count: int, seconds: float, servers: int) -> None:
    assert servers_for(_rotations(count, seconds)) == servers


@dataclass
class FakeStage:
    """A stage that two rotations may meet on; ``both`` is passed when they do so on two."""

    both: threading.Barrier
    busy: threading.Lock = field(default_factory=threading.Lock)

    def rotated(self, rotation: Rotation, client: ClientEnd) -> Rotated:
        assert self.busy.acquire(blocking=False)
        self.both.wait(10)
        self.busy.release()
        return ROTATED


def test_each_rotation_has_a_server_for_itself_and_idle_ones_are_used_again() -> None:
    both = threading.Barrier(2)
    started: list[int] = []

    def start(number: int) -> Rotating:
        started.append(number)
        return FakeStage(both)  # type: ignore[return-value]  # all that is done with one here is to rotate on it

    stages, client = Stages(start), FakeClient(World(names={}))
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(stages.rotated, rotation, client) for rotation in _rotations(6, 5)]
    assert [future.result() for future in futures] == [ROTATED] * 6
    assert sorted(started) == [1, 2]
