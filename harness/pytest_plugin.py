"""The pytest plugin: scenarios as tests, and a server, a client and a judge for tests of one's own.

pytest loads it wherever the harness is installed, so this module imports next to nothing: what does the work
(``harness.plugin``) is imported when an option, the project's ``[tool.dbtls]`` or a test asks for it.

Nothing is collected unasked: scenarios are tests where ``--dbtls-server``, ``--dbtls-client`` or ``--dbtls-scenario``
is given or the project says ``pytest = true``. A run that names files or tests gets those alone, unless
``--dbtls-scenario`` is given too.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from harness.engines import ENGINES
from harness.plugin import KNOWN
from harness.project import asks_for_tests, project_file

if TYPE_CHECKING:
    from harness.case.testbed import Testbed
    from harness.pki import Authority
    from harness.plugin.own import Judge
    from harness.servers.place import Place
    from harness.servers.server import RunningServer

_ROOT = "dbtls"
_NAMED = pytest.StashKey[list[str]]()
_ASKED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dbtls", "TLS between clients and MySQL-family servers (dbtls)")

    def several(options: str | tuple[str, str], dest: str, metavar: str, text: str) -> None:
        names = (options,) if isinstance(options, str) else options
        group.addoption(*names, action="append", default=[], dest=dest, metavar=metavar, help=text)

    several("--dbtls-server", "dbtls_server", "NAME", "A server, a pattern, or `all`; default: the default ones.")
    several("--dbtls-client", "dbtls_client", "NAME", "A client, a pattern, or `all` (the default).")
    several("--dbtls-scenario", "dbtls_scenario", "NAME", "A theme, a scenario or a case by id, or a pattern over ids.")
    for kind, plural, what in (
        ("server", "servers", "servers"),
        ("client", "clients", "clients"),
        ("scenario", "scenarios", "scenarios"),
        ("knowledge", "knowledge", "rows of what is known of products"),
    ):
        # The second is its name of old.
        several((f"--dbtls-{kind}-dir", f"--dbtls-{plural}"), f"dbtls_{plural}", "DIR", f"A folder of more {what}.")
    group.addoption(
        "--dbtls-engine", dest="dbtls_engine", metavar="ENGINE", help="Where servers run, as `dbtls run --engine`."
    )
    group.addoption(
        "--dbtls-allow-missing",
        action="store_true",
        dest="dbtls_allow_missing",
        help="Skip what needs a server build that was not available, instead of failing it.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "dbtls: uses a server of the dbtls harness (given to whatever does)")
    # A test that no file holds cannot be looked for by its path.
    config.stash[_NAMED] = [argument for argument in config.args if _names_a_scenario(argument)]
    config.args[:] = [argument for argument in config.args if not _names_a_scenario(argument)]
    config.stash[_ASKED] = _asked(config)
    engine = config.option.dbtls_engine
    if engine is not None and engine not in ENGINES:
        from harness.names import unknown
        from harness.plugin.faults import usage_errors

        with usage_errors():  # also where nothing is asked for: it was typed
            raise unknown("engine", engine, ENGINES)
    if config.stash[_ASKED]:
        from harness.plugin.choice import choice_of
        from harness.plugin.faults import usage_errors

        with usage_errors():  # before anything is collected, and once: not by each worker
            choice_of(config)


def _names_a_scenario(argument: str) -> bool:
    return argument.startswith(f"{_ROOT}::")


def _asked(config: pytest.Config) -> bool:
    """Whether scenarios are tests in this run."""
    option = config.option
    if config.stash[_NAMED] or option.dbtls_scenario:
        return True
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    if given and not all((config.invocation_params.dir / argument).is_dir() for argument in config.args):
        return False
    project = project_file(config.invocation_params.dir)
    return bool(option.dbtls_server or option.dbtls_client) or (project is not None and asks_for_tests(project))


def pytest_report_header(config: pytest.Config) -> str | None:
    if not config.stash[_ASKED]:
        return None
    from harness.plugin.choice import choice_of

    return f"dbtls: {choice_of(config)}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dbtls_server" in metafunc.fixturenames or "dbtls_client" in metafunc.fixturenames:
        from harness.plugin.own import parametrise

        parametrise(metafunc)


@pytest.hookimpl(tryfirst=True)  # before -k and -m choose among what there is, and --lf sorts it
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    if any("dbtls_server" in getattr(item, "fixturenames", ()) for item in items):
        from harness.plugin.own import mark_own

        for item in items:
            mark_own(item)
    if config.stash[_ASKED]:
        from harness.plugin.items import scenario_tests

        named = config.stash[_NAMED]
        items += scenario_tests(session, named)


def pytest_collection_finish(session: pytest.Session) -> None:
    if any(item.get_closest_marker("dbtls") for item in session.items):
        from harness.plugin.lanes import note_clients_of

        note_clients_of(session)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    if "testbed" not in getattr(item, "fixturenames", ()):
        return (yield)
    from harness.plugin.faults import nothing_to_show_is_skipped

    with nothing_to_show_is_skipped():
        return (yield)


@pytest.hookimpl(trylast=True)  # after the session's fixtures have let go of what they have
def pytest_sessionfinish(session: pytest.Session) -> None:
    if "harness.plugin.lanes" in sys.modules:
        from harness.plugin.lanes import close_lanes

        close_lanes(session.config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = terminalreporter.stats.get("passed", ())
    known = [str(text) for report in passed for name, text in report.user_properties if name == KNOWN]
    if known:
        terminalreporter.section("dbtls: known deviations")
        for text in known:
            terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def dbtls_server(request: pytest.FixtureRequest) -> str:
    """The name of the server build that a test runs with: each that is chosen, in turn."""
    return _parameter(request, "server")


@pytest.fixture(scope="session")
def dbtls_client(request: pytest.FixtureRequest) -> str:
    """The name of the client that a test runs with: each that is chosen, in turn."""
    return _parameter(request, "client")


def _parameter(request: pytest.FixtureRequest, what: str) -> str:
    name = getattr(request, "param", None)
    if not isinstance(name, str):
        pytest.fail(f"a test that uses a dbtls {what} has to name its fixture among its arguments", pytrace=False)
    return name


@pytest.fixture(scope="session")
def dbtls_place(pytestconfig: pytest.Config) -> "Place":
    """Where the servers run; to start servers of one's own there."""
    from harness.plugin.faults import failures
    from harness.plugin.lanes import lanes_of

    with failures():
        return lanes_of(pytestconfig).place


@pytest.fixture(scope="session")
def authority(pytestconfig: pytest.Config) -> "Authority":
    """The authority that has signed the server's certificate: the testbed's ``good``."""
    from harness.case.testbed import GOOD
    from harness.plugin.lanes import lanes_of

    return lanes_of(pytestconfig).materials.authority(GOOD)


@pytest.fixture
def server(pytestconfig: pytest.Config, dbtls_server: str) -> "RunningServer":
    """A running server, the same for many tests; each gets it serving the good one-way situation."""
    from harness.plugin.own import good_server

    return good_server(pytestconfig, dbtls_server)


@pytest.fixture
def testbed(pytestconfig: pytest.Config, dbtls_server: str, dbtls_client: str) -> "Testbed":
    """What situations and cases are made of, for one server and one client."""
    from harness.plugin.own import bed

    return bed(pytestconfig, dbtls_server, dbtls_client)


@pytest.fixture
def judge(request: pytest.FixtureRequest, dbtls_server: str, dbtls_client: str) -> "Judge":
    """Carries out what it is called with (a case, a journey, several by name); fails the test unless all of it holds.

    A skip of all that it is called with skips the test. Returns the results.
    """
    from harness.plugin.own import Judge

    return Judge(request.node, dbtls_server, dbtls_client)
