"""Collects a run's events into its report."""

import platform
import subprocess
import time
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import assert_never

from harness.runner.events import BuildMissing, Event, Judged, LaneDoes, LaneEnded, LaneFailed, LanePlanned
from harness.runner.results import CellResult, ClientProvenance, Missing, Provenance, RunReport, ServerProvenance


class Collector:
    """Takes events and makes the report; ``start`` is the run's monotonic beginning."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._results: list[CellResult] = []
        self._missing: list[Missing] = []
        self._servers: dict[str, ServerProvenance] = {}
        self._clients: dict[str, ClientProvenance] = {}
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._first_verdict_s: float | None = None
        self.lanes_ended = 0

    def __call__(self, event: Event) -> None:
        match event:
            case Judged(result=result):
                if self._first_verdict_s is None:
                    self._first_verdict_s = time.monotonic() - self._start
                self._results.append(result)
            case LanePlanned(server=server, clients=clients):
                self._servers[server.name] = server
                self._clients |= {client.name: client for client in clients}
            case BuildMissing(missing=missing):
                self._missing.append(missing)
            case LaneEnded(spent_s=spent):
                self.lanes_ended += 1
                for kind, seconds in spent.items():
                    self._spent[kind] += seconds
            case LaneDoes() | LaneFailed():
                pass
            case _:
                assert_never(event)

    def report(self, *, command: str, engine: str, machine: str) -> RunReport:
        """The report of everything taken so far."""
        return RunReport(
            results=tuple(sorted(self._results, key=lambda result: (result.id, result.server, result.client))),
            missing=tuple(self._missing),
            provenance=Provenance(
                harness=f"dbtls-harness {version('dbtls-harness')}",
                revision=revision(),
                command=command,
                engine=engine,
                python=platform.python_version(),
                machine=machine,
                servers=tuple(self._servers[name] for name in sorted(self._servers)),
                clients=tuple(self._clients[name] for name in sorted(self._clients)),
            ),
            duration_s=time.monotonic() - self._start,
            first_verdict_s=self._first_verdict_s,
            spent_s=dict(self._spent),
        )


def revision() -> str:
    """The git head that the harness runs from, `-dirty` when the tree differs; `unknown` outside a checkout."""
    here = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(  # noqa: S603  words of ours
            ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607  the user's own git
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
