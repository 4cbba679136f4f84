"""The pytest plugin without a server: what it collects and when, what becomes of each verdict, how it fails."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from harness import pytest_plugin
from harness.case.scenario import Scenario
from harness.case.testbed import Testbed
from harness.clients.build import ClientBuild
from harness.errors import BuildUnavailable, ProbeFault
from harness.kinds.kind import Cell
from harness.model.verdict import Status, Verdict
from harness.plugin import lanes
from harness.runner.plan import cells
from harness.runner.results import CellResult, ClientProvenance, ServerProvenance
from harness.servers.build import ServerBuild
from harness.servers.local import LocalPlace
from tests.case.beds import bed
from tests.runner.reports import CLIENT, SERVER

CHOSEN = ("--dbtls-server", "mariadb-11.8", "--dbtls-client", "pymysql")
SCENARIOS = '''
from harness.case.scenario import Skip, scenario


@scenario()
def judged(bed):
    """Each case comes to what its name says."""
    return {name: bed.one_way().accepted() for name in NAMES}
'''


class FakeLane:
    """Gives each case the verdict that its label names; ``broken`` raises."""

    def __init__(self, build: ServerBuild, clients: Sequence[ClientBuild], emit: Callable[[CellResult], None]) -> None:
        self._server = build.name
        self._clients = [client.name for client in clients]
        self._emit = emit
        self.lane = self

    def bed(self, client: str | None) -> Testbed:
        assert client in (*self._clients, None), "a probe that no test was to use"
        made = bed()
        return replace(made, client=replace(made.client, name=client or "none"))

    def plan(self, scenarios: Sequence[Scenario], client: str | None, patterns: Sequence[str] = ()) -> list[Cell]:
        return cells(scenarios, self.bed(client), client, (), patterns)

    def run(self, planned: Sequence[Cell]) -> None:
        for cell in planned:
            label = cell.id.rpartition("/")[2]
            if label == "broken":
                raise ProbeFault("client `pymysql` died", remedy="see its stderr", detail=("Segmentation fault",))
            status = next((one for one in Status if one.value == label), Status.PASS)
            verdict = Verdict(status, f"it is \x1b {label}")
            self._emit(
                CellResult(
                    id=cell.id,
                    claim=cell.claim,
                    server=self._server,
                    client=cell.client,
                    verdict=verdict,
                    difference="client trusts: «good» → «other»",
                )
            )

    def server_provenance(self) -> ServerProvenance:
        return SERVER

    def client_provenance(self) -> tuple[ClientProvenance, ...]:
        return (CLIENT,)


class Fakes:
    """Opens fake lanes, and remembers which."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, tuple[str, ...]]] = []
        self.closed: list[str] = []

    @contextlib.contextmanager
    def opened_lane(
        self, build: ServerBuild, clients: Sequence[ClientBuild], *, emit: Callable[[CellResult], None], **_: Any
    ) -> Iterator[FakeLane]:
        if build.name == "mysql-9.7":
            raise BuildUnavailable("server `mysql-9.7` is not available", remedy="make a registry reachable")
        self.opened.append((build.name, tuple(client.name for client in clients)))
        yield FakeLane(build, clients, emit)
        self.closed.append(build.name)


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """In the place of real servers and clients."""
    made = Fakes()
    monkeypatch.setattr(lanes, "opened_lane", made.opened_lane)
    monkeypatch.setattr(lanes, "opened_place", lambda name: contextlib.nullcontext(LocalPlace()))
    return made


class Vendor:
    """A repository of somebody else's, in which pytest has no plugin but this one."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.folder = pytester.path

    def has(self, **files: str) -> None:
        """Python files by name, ``project`` for what [tool.dbtls] says."""
        project = files.pop("project", None)
        if project is not None:
            (self.folder / "pyproject.toml").write_text(f"[tool.dbtls]\n{project}\n")
        if files:
            self._pytester.makepyfile(**files)

    def scenarios(self, *names: str) -> tuple[str, ...]:
        """Scenarios with such cases; the options that choose them."""
        self._pytester.mkdir("scenarios")
        (self.folder / "scenarios" / "ours.py").write_text(SCENARIOS.replace("NAMES", repr(names)))
        return (*CHOSEN, "--dbtls-scenarios", "scenarios", "--dbtls-scenario", "ours::*")

    def pytest(self, *arguments: str) -> pytest.RunResult:
        return self._pytester.runpytest_inprocess(*arguments, plugins=[pytest_plugin])


@pytest.fixture
def vendor(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Vendor:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.syspathinsert()
    return Vendor(pytester)


def test_nothing_is_collected_where_nothing_asks_for_it(vendor: Vendor) -> None:
    vendor.has(test_mine="def test_mine(): pass")
    vendor.has(project='server = ["mariadb-11.8"]')
    vendor.pytest().assert_outcomes(passed=1)


def test_its_start_imports_next_to_nothing() -> None:
    code = "import sys, pytest, harness.pytest_plugin; print(*(name for name in sys.modules if name in sys.argv))"
    heavy = ("pydantic", "click", "docker", "rich", "cryptography", "harness.errors", "harness.commands")
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def _collected(vendor: Vendor, *arguments: str) -> list[str]:
    done = vendor.pytest("--collect-only", "-q", *arguments)
    return [line for line in done.outlines if "::" in line]


def test_scenarios_are_collected_once_a_server_and_a_client(vendor: Vendor) -> None:
    ids = _collected(
        vendor, "--dbtls-server", "mariadb-1[01].*8", "--dbtls-server", "mysql-9.7",
        "--dbtls-client", "pymysql", "--dbtls-client", "mysql-connector-pure",
        "--dbtls-scenario", "one-way::expired", "--dbtls-scenario", "*::wrong_host",
    )  # fmt: skip  # an option and its value belong together
    assert ids == [
        f"dbtls::one-way::{name}[{server}+{client}]"
        for server in ("mariadb-11.8", "mysql-9.7")
        for name in ("expired", "wrong_host")
        for client in ("pymysql", "mysql-connector-pure")
    ]


def test_a_scenario_without_a_client_is_a_test_a_server_and_goes_last(vendor: Vendor, fakes: Fakes) -> None:
    options = vendor.scenarios("pass")
    file = vendor.folder / "scenarios" / "ours.py"
    file.write_text(
        """
from harness.case.scenario import Skip, scenario

@scenario(clientless=True)
def alone(bed):
    '''It has nobody.'''
    return Skip("nobody asks")
"""
        + file.read_text()
    )
    done = vendor.pytest(*options, "--dbtls-client", "mysql-connector-pure", "-v")
    ids = [line.partition(" ")[0] for line in done.outlines if line.startswith("dbtls::")]
    assert ids == [
        "dbtls::ours::judged[mariadb-11.8+pymysql]",
        "dbtls::ours::judged[mariadb-11.8+mysql-connector-pure]",
        "dbtls::ours::alone[mariadb-11.8]",
    ]
    assert fakes.opened == [("mariadb-11.8", ("pymysql", "mysql-connector-pure"))]


@pytest.mark.parametrize(
    ("project", "arguments", "count"),
    [
        ("", CHOSEN, 2),
        ("", (*CHOSEN, "."), 2),
        ("", (*CHOSEN, "test_mine.py"), 1),
        ("", (*CHOSEN, "test_mine.py", "--dbtls-scenario", "one-way::expired"), 2),
        ("pytest = true", (), 2),
        ("pytest = true", ("test_mine.py",), 1),
        ("pytest = true", ("-m", "not dbtls"), 1),
        ("", (*CHOSEN, "-k", "expired and pymysql"), 1),
        ("", (*CHOSEN, "dbtls::one-way::expired[mariadb-11.8+pymysql]"), 1),
        ("", (*CHOSEN, "dbtls::one-way::expired[mariadb-11.8+pymysql]", "test_mine.py"), 2),
    ],
)
def test_when_scenarios_are_tests(vendor: Vendor, project: str, arguments: tuple[str, ...], count: int) -> None:
    vendor.has(test_mine="def test_mine(): pass")
    chosen = 'server = ["mariadb-11.8"]\nclient = ["pymysql"]\nscenario = ["one-way::expired"]'
    vendor.has(project=f"{chosen}\n{project}")
    assert len(_collected(vendor, *arguments)) == count


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--dbtls-server", "mariadb-11.9"), "ERROR: no server `mariadb-11.9`"),
        (("--dbtls-client", "pymsql"), "ERROR: no client `pymsql`"),
        (("--dbtls-scenario", "one-way::expird"), "ERROR: no scenario `one-way::expird`"),
        ((*CHOSEN, "--dbtls-engine", "podman"), "ERROR: no engine `podman`"),
        (("--dbtls-engine", "podman"), "ERROR: no engine `podman`"),
        ((*CHOSEN, "--dbtls-scenarios", "nowhere"), "ERROR: */nowhere: no such folder"),
        ((*CHOSEN, "dbtls::one-way::expird[x+y]"), "ERROR: there is no test `dbtls::one-way::expird[[]x+y[]]`*"),
    ],
)
def test_a_usage_error_is_told_once_with_a_hint(vendor: Vendor, arguments: tuple[str, ...], said: str) -> None:
    done = vendor.pytest(*arguments)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([said, "hint: *"])
    assert "Traceback" not in done.stderr.str()


def test_a_mistake_in_the_project_is_told_with_its_line(vendor: Vendor) -> None:
    vendor.has(project="pytest = true\nservr = []")
    done = vendor.pytest()
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: */pyproject.toml:3: unknown key `servr`"])


def test_a_mistake_in_the_project_fails_the_file_that_needs_it(vendor: Vendor) -> None:
    vendor.has(test_mine="def test_mine(server): pass")
    vendor.has(project="servr = []")
    done = vendor.pytest()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*/pyproject.toml:2: unknown key `servr`", "hint: *"])
    assert "Traceback" not in done.stdout.str()


def test_a_vendors_scenario_that_cannot_be_loaded_is_told_with_its_line(vendor: Vendor) -> None:
    options = vendor.scenarios()
    (vendor.folder / "scenarios" / "ours.py").write_text("\nraise RuntimeError('at the import')\n")
    done = vendor.pytest(*options)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: */scenarios/ours.py:2: cannot be loaded: RuntimeError: at the import"])


@pytest.mark.parametrize(
    ("names", "outcome", "code"),
    [
        (("pass",), {"passed": 1}, 0),
        (("pass", "known"), {"passed": 1}, 0),
        (("pass", "skipped"), {"skipped": 1}, 0),
        (("pass", "known", "skipped", "inconclusive"), {"failed": 1}, 1),
        (("inconclusive", "fail", "pass"), {"failed": 1}, 1),
        (("broken",), {"failed": 1}, 1),
        ((), {"skipped": 1}, 0),
    ],
)
def test_the_worst_verdict_is_the_outcome(
    vendor: Vendor, fakes: Fakes, names: tuple[str, ...], outcome: dict[str, int], code: int
) -> None:
    done = vendor.pytest(*vendor.scenarios(*names))
    done.assert_outcomes(**outcome)
    assert done.ret == code
    assert fakes.closed == ["mariadb-11.8"]


@pytest.mark.parametrize(
    ("pattern", "outcome"),
    [
        ("ours::judged/fail", {"failed": 1}),
        ("ours::judged/p*", {"passed": 1}),
        ("ours::judged/known", {"failed": 1}),
        ("ours::judged/k*", {"skipped": 1}),
    ],
)
def test_of_a_scenario_those_cases_are_judged_that_are_meant(
    vendor: Vendor, fakes: Fakes, pattern: str, outcome: dict[str, int]
) -> None:
    options = vendor.scenarios("pass", "fail")[:-1]
    vendor.pytest(*options, pattern).assert_outcomes(**outcome)


def test_a_failure_tells_each_case_with_evidence_and_how_to_run_it_again(vendor: Vendor, fakes: Fakes) -> None:
    done = vendor.pytest(*vendor.scenarios("pass", "inconclusive", "fail"))
    done.stdout.fnmatch_lines(
        [
            "fail: ours::judged/fail  mariadb-11.8  pymysql: it is \\x1b fail",
            "  claim: Each case comes to what its name says.",
            "  one difference: client trusts: «good» → «other»",
            "  again: dbtls run * --client pymysql --scenario ours::judged/fail --scenario-dir */scenarios",
            "inconclusive: ours::judged/inconclusive*",
            "pass ours::judged/pass: *",
            "FAILED dbtls::ours::judged?mariadb-11.8+pymysql? - Failed: fail: *",
        ]
    )
    assert "\x1b" not in done.stdout.str()


def test_a_known_deviation_is_listed_though_its_test_passes(vendor: Vendor, fakes: Fakes) -> None:
    done = vendor.pytest(*vendor.scenarios("known"), "--junitxml", "out.xml")
    done.stdout.fnmatch_lines(["*dbtls: known deviations*", "ours::judged/known × mariadb-11.8 × pymysql: *"])
    assert '<property name="dbtls-known" value="ours::judged/known' in (vendor.folder / "out.xml").read_text()


def test_a_skip_says_why(vendor: Vendor, fakes: Fakes) -> None:
    done = vendor.pytest(*vendor.scenarios("pass", "skipped"), "-rs")
    done.stdout.fnmatch_lines(["SKIPPED*: 1 of 2 cases: it is *skipped"])


def test_what_broke_is_told_and_the_next_test_has_another_lane(vendor: Vendor, fakes: Fakes) -> None:
    done = vendor.pytest(*vendor.scenarios("broken"), "--dbtls-client", "mysql-connector-pure")
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(["error: client `pymysql` died", "  | Segmentation fault", "hint: see its stderr"])
    assert len(fakes.opened) == len(fakes.closed) == 2


def test_a_build_that_cannot_be_had_is_an_error_unless_that_is_allowed(vendor: Vendor, fakes: Fakes) -> None:
    chosen = ("--dbtls-server", "mysql-9.7", "--dbtls-client", "pymysql", "--dbtls-scenario", "one-way::good*")
    done = vendor.pytest(*chosen)
    done.assert_outcomes(errors=2)
    done.stdout.fnmatch_lines(["error: server `mysql-9.7` is not available", "hint: make a registry reachable"])
    vendor.pytest(*chosen, "--dbtls-allow-missing").assert_outcomes(skipped=2)


OWN = """
    def test_judged(testbed, judge):
        judge(testbed.one_way().accepted())

    def test_server_alone(server_name):
        assert server_name == "mariadb-11.8"

    import pytest

    @pytest.fixture
    def server_name(dbtls_server):
        return dbtls_server

    def test_red(testbed, judge):
        judge({"fail": testbed.one_way().accepted()})

    def test_by_name(request):
        request.getfixturevalue("testbed")

    def test_nothing_to_show(testbed):
        from harness.case.testbed import NotApplicable
        raise NotApplicable("it speaks none of it")

    def test_authority(authority):
        assert authority.name == "good"
"""


def test_tests_of_ones_own(vendor: Vendor, fakes: Fakes) -> None:
    vendor.has(test_own=OWN)
    done = vendor.pytest(*CHOSEN, "test_own.py", "-rsf", "-v")
    assert done.parseoutcomes() == {"passed": 3, "failed": 2, "skipped": 1}
    done.stdout.fnmatch_lines_random(
        [
            "test_own.py::test_judged?mariadb-11.8+pymysql? PASSED*",
            "test_own.py::test_server_alone?mariadb-11.8? PASSED*",
            ">*judge({*",
            "E*Failed: fail: test_own.py::test_red?mariadb-11.8+pymysql?/fail *",
            "E*again: pytest 'test_own.py::test_red?mariadb-11.8+pymysql?' --dbtls-server mariadb-11.8 --dbtls-*",
            "*a test that uses a dbtls server has to name its fixture among its arguments*",
            "SKIPPED*it speaks none of it",
            "test_own.py::test_authority PASSED*",
        ]
    )
    assert fakes.opened == [("mariadb-11.8", ("pymysql",))]


def test_a_server_is_opened_with_the_probes_that_are_used(vendor: Vendor, fakes: Fakes) -> None:
    vendor.has(test_mine="def test_judged(testbed, judge): judge(testbed.one_way().accepted())")
    vendor.pytest("--dbtls-server", "mariadb-11.8", "-k", "test_judged and pure").assert_outcomes(passed=1)
    assert fakes.opened == [("mariadb-11.8", ("mysql-connector-pure",))]


def test_fixtures_of_the_repository_itself_go_first(vendor: Vendor, fakes: Fakes) -> None:
    vendor.has(conftest="import pytest\n@pytest.fixture\ndef server(): return 'mine'")
    vendor.has(test_mine="def test_mine(server): assert server == 'mine'")
    vendor.pytest().assert_outcomes(passed=1)
    assert fakes.opened == []


def test_what_failed_last_is_run_alone(vendor: Vendor, fakes: Fakes) -> None:
    options = (*vendor.scenarios("fail"), "--dbtls-scenario", "one-way::expired")
    vendor.pytest(*options).assert_outcomes(failed=1, passed=1)
    vendor.pytest(*options, "--lf").assert_outcomes(failed=1, deselected=1)


def test_one_failure_ends_it_where_that_is_asked_for(vendor: Vendor, fakes: Fakes) -> None:
    done = vendor.pytest(*vendor.scenarios("fail"), "--dbtls-client", "mysql-connector-pure", "-x")
    assert done.parseoutcomes() == {"failed": 1}
    assert fakes.closed == ["mariadb-11.8"]


def test_one_servers_tests_are_one_group_for_xdist(vendor: Vendor) -> None:
    vendor.has(test_mine="def test_mine(server): pass")
    vendor.has(
        conftest="""
        def pytest_collection_finish(session):
            for item in session.items:
                print("group", item.nodeid, *(mark.args for mark in item.iter_markers("xdist_group")))
        """
    )
    options = (*CHOSEN, "--dbtls-scenario", "one-way::expired", "--collect-only", "--strict-markers", "-s")
    done = vendor.pytest("-p", "xdist.plugin", *options)
    groups = [line for line in done.outlines if line.startswith("group ")]
    assert len(groups) == 2
    assert all(line.endswith("('dbtls-mariadb-11.8',)") for line in groups)


def test_a_plugin_with_an_option_for_hosts_is_no_clash(vendor: Vendor, fakes: Fakes) -> None:
    """As locust's: https://github.com/locustio/locust/blob/master/locust/pytestplugin.py."""
    vendor.has(other="def pytest_addoption(parser): parser.addoption('--host', '-H', action='store', default='')")
    vendor.has(test_mine="def test_mine(pytestconfig): assert pytestconfig.getoption('--host') == 'there'")
    done = vendor.pytest("-p", "other", "--host", "there", *CHOSEN, "--dbtls-scenario", "one-way::expired", ".")
    done.assert_outcomes(passed=2)
