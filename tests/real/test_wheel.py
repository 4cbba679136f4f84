"""The harness as installed from its wheel, in a repository that is not its own: the command line and pytest."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from harness.containers.engine import Engine
from harness.servers.build import ServerBuild
from harness.waiting import wait_for
from tests.real.command import finished
from tests.real.copies import copied_server
from tests.real.installed import Installed, Repository, shown_tests
from tests.real.servers import containers_of

BEGUN_S = 60.0
ENDS_S = 30.0
SCENARIOS = '''
from harness.case.scenario import scenario
from harness.case.situation import Case
from harness.case.testbed import Testbed
from harness.model.tls import Verify


@scenario()
def ours(bed: Testbed) -> Case:
    """A client that verifies accepts our server."""
    return bed.one_way(Verify.CA).accepted()
'''


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def repository(installed: Installed, tmp_path: Path) -> Repository:
    return Repository(tmp_path, installed)


@pytest.fixture
def chosen(one_server: str) -> tuple[str, ...]:
    """Options of pytest."""
    return ("--dbtls-server", one_server, "--dbtls-client", "pymysql")


def test_a_case_runs_from_the_wheel_in_an_unrelated_folder(
    engine: Engine, build: ServerBuild, repository: Repository
) -> None:
    ended = repository.dbtls("run", "-s", build.name, "-c", "pymysql", "-k", "one-way::another_authority")
    assert ended.code == 0, ended.both
    assert "1 case: 1 as expected" in ended.out
    # Outside a checkout nobody can say which revision it is: that it is so shows that this was the wheel.
    assert "at unknown" in ended.out


def test_a_project_says_what_it_has_and_wants(one_server: str, repository: Repository) -> None:
    repository.has("tls/scenarios/vendor.py", SCENARIOS)
    copied_server(repository.folder / "tls", "our-server")
    project = (
        'servers = ["tls/servers"]\nscenarios = ["tls/scenarios"]\nscenario = ["vendor::*"]\nclient = ["pymysql"]\n'
    )
    file = repository.has("pyproject.toml", f'[tool.dbtls]\n{project}server = ["our-server"]\n')
    ended = repository.dbtls("run")
    assert ended.code == 0, ended.both
    assert "vendor::ours" in ended.out
    assert "our-server: " in ended.out
    assert "1 case: 1 as expected" in ended.out
    ended = repository.pytest("-v", "--dbtls-server", one_server)
    assert f"dbtls::vendor::ours[{one_server}+pymysql] PASSED" in ended.out, ended.both

    file.write_text(f"[tool.dbtls]\n{project}severs = []\n")
    assert repository.dbtls("run").error() == f"{file}:6: unknown key `severs`"
    repository.has("tls/servers/mariadb-11.8/server.toml", 'summary = "a name that there is"\n')
    file.write_text(f"[tool.dbtls]\n{project}")
    assert repository.dbtls("servers").error().endswith("server `mariadb-11.8` is there twice")
    broken = repository.has("tls/scenarios/broken.py", "import nothing_of_that_name\n")
    assert repository.dbtls("scenarios").error().startswith(f"{broken}:1: cannot be loaded: ModuleNotFoundError: ")


def test_the_tests_of_the_docs_pass_and_can_fail(repository: Repository, chosen: tuple[str, ...]) -> None:
    file = repository.has("test_readme.py", shown_tests())
    ended = repository.pytest(*chosen, "-W", "error", file.name)
    assert ended.code == 0, ended.both
    assert "2 passed" in ended.out

    wrong = shown_tests().replace("authority.pem", "b''").replace("Cause.UNKNOWN_AUTHORITY", "Cause.EXPIRED")
    file.write_text(wrong)
    ended = repository.pytest(*chosen, file.name)
    assert ended.code == 1, ended.both
    assert "2 failed" in ended.out
    for said in (
        "refused by the client: unknown-authority, expected to be refused by the client: expired",
        "one difference: client trusts: «good» → «other»",
        "raw: ",
        "server (",
        "again: pytest ",
    ):
        assert said in ended.out, said


WHO = """
import os
from pathlib import Path

import pytest

@pytest.mark.parametrize("number", range(4))
def test_one(server, number):
    Path(f"{os.getpid()}.pid").touch()
"""


def test_two_workers_share_the_work(repository: Repository, chosen: tuple[str, ...]) -> None:
    repository.has("test_who.py", WHO)
    ended = repository.pytest(*chosen, "--dbtls-scenario", "one-way::good*", "-n", "2")
    assert ended.code == 0, ended.both
    assert "6 passed" in ended.out
    pids = [int(path.stem) for path in repository.folder.glob("*.pid")]
    assert len(pids) == 2
    assert repository.left(*pids) == []


def test_it_keeps_out_of_the_way_of_others(repository: Repository) -> None:
    """A plugin that claims ``--host`` as locust's does, and a suite that uses nothing of the harness."""
    repository.has(
        "conftest.py",
        'def pytest_addoption(parser):\n    parser.addoption("--host", "-H", action="store", default=None)\n',
    )
    repository.has(
        "test_other.py",
        """
import sys

def test_nothing_of_it_is_imported(pytestconfig):
    assert pytestconfig.getoption("--host") == "there"
    assert pytestconfig.pluginmanager.has_plugin("dbtls")
    assert not {"pydantic", "click", "docker", "cryptography", "harness.errors"} & set(sys.modules)
""",
    )
    ended = repository.pytest("--host", "there", "-W", "error", "--strict-markers")
    assert ended.code == 0, ended.both
    assert "1 passed" in ended.out
    assert "dbtls: " not in ended.out


def _began(process: "subprocess.Popen[str]", pids: Path) -> list[int] | None:
    """The processes in which a test has begun."""
    found = [int(path.name) for path in pids.iterdir()]
    assert process.poll() is None, process.communicate()
    return found or None


@pytest.mark.parametrize("more", [(), ("-n", "2")])
def test_a_session_that_is_interrupted_leaves_nothing(
    repository: Repository, chosen: tuple[str, ...], more: tuple[str, ...]
) -> None:
    pids = repository.folder / "pids"
    pids.mkdir()
    repository.has(
        "test_waits.py",
        f"""
import os, signal
from pathlib import Path

def test_waits(server):
    (Path({str(pids)!r}) / str(os.getpid())).touch()
    signal.pause()
""",
    )
    with repository.running("pytest", *chosen, *more, "test_waits.py") as process:
        found = wait_for(lambda: _began(process, pids), deadline_s=BEGUN_S)
        assert found, "no test began"
        assert containers_of(found[0])
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == pytest.ExitCode.INTERRUPTED, ended.both
    assert repository.left(ended.pid, *found) == []


def test_no_engine_fails_each_test_with_the_one_reason(repository: Repository, chosen: tuple[str, ...]) -> None:
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    # No short summary: under CI=… pytest says each error there a second time.
    ended = repository.pytest(*chosen, "--dbtls-scenario", "one-way::good*", "-rN", environment=nowhere)
    assert ended.code == 1, ended.both
    assert "2 errors" in ended.out
    assert ended.out.count("error: the container engine failed while connecting to it: ") == 2
    assert "Traceback" not in ended.both
