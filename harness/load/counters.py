"""A recorder between a client and its history: it counts what passes and shows each attempt to a listener."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from harness.model.history import Failed, Kind, Served, Why
from harness.pool.recorder import Recorder


class AttemptListener(Protocol):
    """Sees each attempt that has ended: what it was, milliseconds from its start, and in a word how it failed."""

    def __call__(self, kind: Kind, pool: str, took_ms: float, failure: str | None) -> None: ...


class _Attempt(NamedTuple):
    kind: Kind
    pool: str
    material: str | None
    begun_s: float


class CountingRecorder:
    """A ``Recorder`` that hands everything on to ``recorder``. Its counts are for greenlets, not for threads."""

    def __init__(self, recorder: Recorder, show: AttemptListener) -> None:
        self._recorder = recorder
        self._show = show
        self._under_way: dict[int, _Attempt] = {}
        self.begun = 0
        self.ended = 0
        self.failed = 0
        self.served = Counter[str]()
        self.connects = Counter[str]()

    def begin(self, kind: Kind, *, pool: str = "", material: str | None = None, intended_s: float | None = None) -> int:
        number = self._recorder.begin(kind, pool=pool, material=material, intended_s=intended_s)
        self.begun += 1
        self._under_way[number] = _Attempt(kind, pool, material, time.monotonic())
        return number

    def end(self, number: int, result: Served | Failed, *, asked: int = 1) -> None:
        self._recorder.end(number, result, asked=asked)
        self.ended += 1
        attempt = self._under_way.pop(number)
        failure = None
        if isinstance(result, Served):
            self.served[result.material] += 1
            if attempt.kind is Kind.CONNECT:
                self.connects[result.material] += 1
        else:
            self.failed += 1
            # Not what the driver said: addresses and numbers in it would make each its own kind of failure.
            failure = " ".join((result.how.value, *result.causes))
        self._show(attempt.kind, attempt.pool, (time.monotonic() - attempt.begun_s) * 1000, failure)

    @property
    def under_way(self) -> Mapping[str, int]:
        """Connects begun and not ended, by the material that they were given."""
        return Counter(attempt.material for attempt in self._under_way.values() if attempt.material is not None)

    def closed(self, pool: str, connection_id: int, material: str, why: Why) -> None:
        self._recorder.closed(pool, connection_id, material, why)
