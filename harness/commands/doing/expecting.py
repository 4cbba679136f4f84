"""What a run is going to be, in a line before it starts: from what earlier runs in this folder found and took."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.commands.doing.last import Key, LastRun
from harness.names import scenario_of
from harness.reports.words import about, amount
from harness.runner.plan import wanted
from harness.runner.run import RunRequest

_ENOUGH = 0.8
"""Of what is asked for, the share that must have been carried out here before, or nothing is said of the whole. Some
scenarios make no case for some clients, so all of it never was. A guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a run is going to be; ``cases`` and ``seconds`` None: nobody knows."""

    servers: int
    clients: int
    scenarios: int
    to_build: int = 0
    cases: int | None = None
    seconds: float | None = None

    def __str__(self) -> str:
        what = (
            f"{amount(self.servers, 'server')}, {amount(self.clients, 'client')}, {amount(self.scenarios, 'scenario')}"
        )
        first = f"; {self.to_build} to build first" if self.to_build else ""
        return what + (f": {self.size}" if self.size else "") + first

    @property
    def size(self) -> str:
        """How many cases, and how long; empty where nobody knows."""
        known = [] if self.cases is None else [f"about {amount(self.cases, 'case')}"]
        known += [] if self.seconds is None else [about(self.seconds)]
        return ", ".join(known)


def expected(request: RunRequest, last: LastRun, *, to_build: int = 0) -> Expected:
    """What ``request`` is going to be, as far as ``last`` tells; ``to_build`` builds are not there yet."""
    cases = list(_cases(request, last.found))
    known = {_scenario(key) for key in cases}
    asked = list(_asked(request))
    enough = bool(asked) and sum(key in known for key in asked) >= _ENOUGH * len(asked)
    return Expected(
        servers=len(request.servers),
        clients=len(request.clients),
        scenarios=len(request.scenarios),
        to_build=to_build,
        cases=len(cases) if enough else None,
        seconds=last.pace.seconds(cases) if enough else None,
    )


def _cases(request: RunRequest, found: Iterable[Key]) -> Iterator[Key]:
    """Those of ``found`` that ``request`` means."""
    servers = {build.name for build in request.servers}
    clients = {None, *(client.name for client in request.clients)}
    scenarios = {scenario.id for scenario in request.scenarios}
    for key in found:
        identity, server, client = key
        taken = server in servers and client in clients and scenario_of(identity) in scenarios
        if taken and (request.only is None or key in request.only) and wanted(identity, request.patterns):
            yield key


def _asked(request: RunRequest) -> Iterator[Key]:
    """Each scenario on each server with each client that it is for."""
    only = None if request.only is None else {_scenario(key) for key in request.only}
    for build in request.servers:
        for client in (*(client.name for client in request.clients), None):
            for scenario in request.scenarios:
                key = (scenario.id, build.name, client)
                if scenario.is_for(client) and (only is None or key in only):
                    yield key


def _scenario(key: Key) -> Key:
    identity, server, client = key
    return scenario_of(identity), server, client
