"""Where a command's servers run: ``--engine``; and which do, where that place cannot run the default ones."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import click

from harness.containers.engine import Engine
from harness.containers.reaper import reaping
from harness.engines import AUTO, DOCKER, LOCAL
from harness.errors import BuildUnavailable, EngineError, UnfitMachine
from harness.owner import Owner
from harness.reports.live import Telling, telling
from harness.reports.streams import stderr
from harness.runner.events import LaneDoes
from harness.servers.build import ServerBuild
from harness.servers.container import ContainerPlace
from harness.servers.local import LocalPlace, sweep
from harness.servers.place import Place
from harness.tools import end_running_tools


@contextlib.contextmanager
def opened_place(engine_name: str) -> Iterator[Place]:
    """The place that ``engine_name`` means, what earlier runs left in it swept away. Raises EngineError.

    ``auto`` says on stderr why there are no containers. An engine that DOCKER_HOST names is wanted, not tried.
    """
    sweep()
    engine = _engine(engine_name)
    with contextlib.closing(LocalPlace() if engine is None else ContainerPlace(engine)) as place:
        if engine is None:
            yield place
            return
        engine.sweep()
        with reaping(Owner.this_process()):
            yield place


def _engine(engine_name: str) -> Engine | None:
    """The engine to run servers with; None where they are to be plain processes. Raises EngineError."""
    if engine_name == LOCAL:
        return None
    try:
        return Engine()
    except EngineError as error:
        if engine_name == DOCKER or os.environ.get("DOCKER_HOST"):
            raise
        _say(f"{error}. Servers run as plain processes of this machine instead (--engine local)")
        return None


def servers_for(
    place: Place, engine_name: str, defaults: Sequence[ServerBuild], others: Sequence[ServerBuild]
) -> tuple[ServerBuild, ...]:
    """What to run in ``place``: ``defaults``, if it takes them all or there are no ``others`` (a server was named).

    Else whatever can run there, made now to find out; stderr is told what is left out and why. Default builds that
    ``auto`` has nowhere to run stay in the answer, and the run will miss them; with ``local`` they were not asked for.
    """
    if not others or all(place.takes(build) is None for build in defaults):
        return tuple(defaults)
    builds = (*defaults, *others)
    reasons = _why_not(place, builds)
    kept = tuple(build for build in builds if build.name not in reasons or (engine_name == AUTO and build in defaults))
    left_out = [build.name for build in builds if build not in kept]
    for reason in dict.fromkeys(reasons[name] for name in left_out):
        _say(f"left out: {', '.join(name for name in left_out if reasons[name] == reason)}: {reason}")
    return kept


def _why_not(place: Place, builds: Sequence[ServerBuild]) -> Mapping[str, str]:
    """Why some of ``builds`` cannot run in ``place``, by name. One that cannot be fetched today is none of them."""
    reasons = {build.name: reason for build in builds if (reason := place.takes(build)) is not None}
    taken = [build for build in builds if build.name not in reasons]
    with telling(stderr()) as progress, ThreadPoolExecutor(max(1, len(taken))) as pool:
        try:
            faults = list(pool.map(partial(_unfit, place, progress), taken))
        except BaseException:
            end_running_tools()
            raise
    return reasons | {
        build.name: f"{fault}; {fault.remedy}" for build, fault in zip(taken, faults, strict=True) if fault is not None
    }


def _unfit(place: Place, progress: Telling, build: ServerBuild) -> UnfitMachine | None:
    try:
        place.make(build, lambda text: progress(LaneDoes(build.name, text)))
    except UnfitMachine as fault:
        return fault
    except BuildUnavailable:
        return None
    return None


def _say(text: str) -> None:
    click.echo(f"dbtls: {text}", err=True)
