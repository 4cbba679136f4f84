"""Collects a run's events into its report."""

import platform
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import assert_never

from harness.model.fault import Fault
from harness.provenance import revision
from harness.runner.events import (
    BuildMissing,
    Event,
    Faulted,
    Judged,
    LaneDoes,
    LaneEnded,
    LaneFailed,
    LanePlanned,
    RunBegan,
)
from harness.runner.results import (
    CellResult,
    ClientProvenance,
    Ended,
    Missing,
    Pending,
    Provenance,
    RunReport,
    ServerProvenance,
)
from harness.version import VERSION

_Key = tuple[str, str, str]
"""Id, server, client; an empty client is none."""


def origin_of(*, command: str, engine: str, shard: str | None = None) -> Provenance:
    """What a run says of itself at its beginning, which is now: no server and no client has said anything yet."""
    return Provenance(
        harness=f"dbtls {VERSION}",
        revision=revision(),
        command=command,
        engine=engine,
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.release()} {platform.machine()}",
        servers=(),
        clients=(),
        begun=datetime.now(UTC).replace(microsecond=0),
        shard=shard,
    )


class Collector:
    """Takes events and makes the report; ``start`` is the run's monotonic beginning, ``began`` its first event."""

    def __init__(self, start: float, began: RunBegan) -> None:
        self._start = start
        self._began = began
        self._open: dict[_Key, Pending] = {_key(one): one for one in began.expected}
        self._results: list[CellResult] = []
        self._missing: list[Missing] = []
        self._faults: dict[tuple[str | None, str | None, str], Fault] = {}
        self._servers: dict[str, ServerProvenance] = {}
        self._clients: dict[str, ClientProvenance] = {}
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._spent_by_theme: defaultdict[str, float] = defaultdict(float)
        self._first_verdict_s: float | None = None
        self.lanes_ended = 0

    def __call__(self, event: Event) -> None:
        match event:
            case Judged(result=result):
                if self._first_verdict_s is None:
                    self._first_verdict_s = time.monotonic() - self._start
                self._results.append(result)
                self._open.pop(_key(result), None)
                for fault in result.faults:
                    self._add(replace(fault, cases=(result.id,)))
            case LanePlanned(server=server, clients=clients, of=of, pending=pending):
                self._servers[server.name] = server
                self._clients |= {client.name: client for client in clients}
                for one in self.open_on(server.name):
                    if one.client in of:
                        del self._open[_key(one)]
                self._open |= {_key(one): one for one in pending}
            case BuildMissing(missing=missing):
                self._missing.append(missing)
            case LaneEnded(spent_s=spent, spent_by_theme_s=by_theme):
                self.lanes_ended += 1
                for kind, seconds in spent.items():
                    self._spent[kind] += seconds
                for theme, seconds in by_theme.items():
                    self._spent_by_theme[theme] += seconds
            case Faulted(fault=fault) | LaneFailed(fault=fault):
                self._add(fault)
            case RunBegan() | LaneDoes():
                pass
            case _:
                assert_never(event)

    def open_on(self, server: str) -> tuple[Pending, ...]:
        """The cases on ``server`` that have no verdict yet, in the order in which they became known."""
        return tuple(one for one in self._open.values() if one.server == server)

    def knows(self, fault: Fault) -> bool:
        """Whether such a fault was met before, with the same server and client."""
        return _kind(fault) in self._faults

    def _add(self, fault: Fault) -> None:
        """Take note of a fault, together with its like."""
        before = self._faults.setdefault(_kind(fault), fault)
        self._faults[_kind(fault)] = replace(before, cases=tuple(dict.fromkeys((*before.cases, *fault.cases))))

    def report(self, ended: Ended = Ended.FINISHED) -> RunReport:
        """The report of everything taken so far; what has no verdict yet was not reached."""
        return RunReport(
            results=tuple(sorted(self._results, key=_key)),
            missing=tuple(self._missing),
            faults=tuple(self._faults.values()),
            not_reached=tuple(sorted(self._open.values(), key=_key)),
            ended=ended,
            options=self._began.options,
            provenance=replace(
                self._began.origin,
                servers=tuple(self._servers[name] for name in sorted(self._servers)),
                clients=tuple(self._clients[name] for name in sorted(self._clients)),
            ),
            duration_s=time.monotonic() - self._start,
            first_verdict_s=self._first_verdict_s,
            spent_s=dict(self._spent),
            spent_by_theme_s=dict(self._spent_by_theme),
        )


def _key(case: CellResult | Pending) -> _Key:
    return (case.id, case.server, case.client or "")


def _kind(fault: Fault) -> tuple[str | None, str | None, str]:
    return (fault.server, fault.client, fault.what)
