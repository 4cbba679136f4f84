"""Real servers for the tests that ask for them, and an honest last word on which were reached.

A test that uses the fixture ``engine``, be it through another, has the marker ``servers``: nobody types it. Tests may
be spread over processes (xdist, by file): each then makes the fleet, or finds it made, and what each has reached is
put together at the end.
"""

import gc
import os
import signal
import warnings
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from harness.containers.engine import Engine
from harness.errors import BuildUnavailable, EngineError
from harness.owner import Owner
from harness.servers.build import ServerBuild
from harness.servers.container import ContainerPlace
from tests.real.fleet import DEFAULT_BUILDS, Fleet, make_fleet

_THE_USERS_OWN = ("MYSQL_", "SSL_CERT_", "DBTLS_")
_FLEET = pytest.StashKey[Fleet]()
_USED_A_SERVER = pytest.StashKey[set[str]]()
_ASKED_FOR_SERVERS = pytest.StashKey[bool]()
_OF_A_WORKER = "dbtls_servers"


def pytest_configure(config: pytest.Config) -> None:
    """What the user has set for programs of that name would decide tests, here and in the processes they start."""
    for name in [name for name in os.environ if name.startswith(_THE_USERS_OWN)]:
        del os.environ[name]
    # A shell that has put the session into the background has it ignore these, and so what the tests start.
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)
    config.stash[_USED_A_SERVER] = set()
    config.stash[_ASKED_FOR_SERVERS] = False


@pytest.hookimpl(tryfirst=True)  # before pytest's own hook of that name, which reads the markers for -m
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker("servers")
    # Side by side, whatever takes longest must not be what comes last.
    items.sort(key=lambda item: (not item.get_closest_marker("servers"), -_may_take(item)))


def _may_take(item: pytest.Item) -> float:
    limit = item.get_closest_marker("timeout")
    return 0.0 if limit is None else float(limit.args[0])


def pytest_collection_finish(session: pytest.Session) -> None:
    selected = any(item.get_closest_marker("servers") for item in session.items)
    session.config.stash[_ASKED_FOR_SERVERS] = selected and not session.config.option.collectonly


@pytest.fixture(scope="session")
def owner() -> Owner:
    return Owner.this_process()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The container engine; without one, each test that needs it fails with its one line."""
    made = _engine_or_fault()
    if isinstance(made, str):
        pytest.fail(made, pytrace=False)
    made.sweep()
    yield made
    made.close()


@pytest.fixture(scope="session")
def place(engine: Engine) -> ContainerPlace:
    return ContainerPlace(engine)


def _engine_or_fault() -> Engine | str:
    with warnings.catch_warnings():
        # docker-py lets a socket that could not connect go without closing it (transport/unixconn.py, connect).
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return Engine()
        except EngineError as error:
            return f"{error}; {error.remedy}"
        finally:
            gc.collect()


@pytest.fixture(scope="session")
def fleet(place: ContainerPlace, pytestconfig: pytest.Config) -> Fleet:
    """The default builds, made now if need be."""
    made = make_fleet(place)
    pytestconfig.stash[_FLEET] = made
    return made


@pytest.fixture(scope="session", params=list(DEFAULT_BUILDS))
def build(request: pytest.FixtureRequest, fleet: Fleet) -> ServerBuild:
    """Each default build in turn; a test is skipped where that one is not available."""
    name: str = request.param
    if name in fleet.missing:
        pytest.skip(f"server `{name}` unavailable: {fleet.missing[name]}")
    return DEFAULT_BUILDS[name]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and not report.skipped and item.get_closest_marker("servers"):
        item.config.stash[_USED_A_SERVER].add(item.nodeid)
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Put together what xdist's workers say at their ends, in the process that started them."""
    # One that died says nothing; xdist fails the test that it was at.
    said = getattr(node, "workeroutput", {}).get(_OF_A_WORKER)
    if said is None:
        return
    stash: pytest.Stash = node.config.stash
    stash[_ASKED_FOR_SERVERS] |= said["asked"]
    stash[_USED_A_SERVER].update(said["used"])
    if said["missing"] is not None:
        missing = {name: BuildUnavailable(**fault) for name, fault in said["missing"].items()}
        if _FLEET in stash:
            missing.update(stash[_FLEET].missing)
        reached = tuple(name for name in DEFAULT_BUILDS if name not in missing)
        stash[_FLEET] = Fleet(reached=reached, missing=missing)


def _said_by_a_worker(config: pytest.Config) -> dict[str, Any]:
    used = config.stash[_USED_A_SERVER]
    missing: dict[str, Any] | None = None
    if _FLEET in config.stash:
        missing = {
            name: {"what": fault.what, "place": fault.place, "remedy": fault.remedy, "detail": fault.detail}
            for name, fault in config.stash[_FLEET].missing.items()
        }
    return {
        "asked": config.stash[_ASKED_FOR_SERVERS],
        "used": sorted(used),
        "missing": missing,
    }


def _verdict(config: pytest.Config) -> str | None:
    """Why the session fails for want of servers, or None."""
    if not config.stash[_ASKED_FOR_SERVERS] or _FLEET not in config.stash:
        return None
    return config.stash[_FLEET].too_few()


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OF_A_WORKER] = _said_by_a_worker(session.config)
    elif session.exitstatus == pytest.ExitCode.OK and _verdict(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost: these are the last lines
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    yield
    if not config.stash[_ASKED_FOR_SERVERS]:
        return
    on_progress = terminalreporter.write_line
    on_progress(f"{len(config.stash[_USED_A_SERVER])} tests used a real server")
    fleet = config.stash.get(_FLEET, None)
    if fleet is not None:
        on_progress(f"reached: {', '.join(fleet.reached) or 'none'}")
        for name, error in fleet.missing.items():
            on_progress(f"not reached: {name}: {error}")
            for line in error.detail:
                on_progress(f"  | {line}")
    verdict = _verdict(config)
    if verdict is not None:
        on_progress(f"FAILED: {verdict}", red=True)
