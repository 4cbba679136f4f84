"""What is missing on a machine, what that costs, and the command for it: each finding with a machine that lacks it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.containers.source import Artifact
from harness.installed import command_to_add
from harness.machine.facts import Machine
from harness.machine.findings import Finding, State, findings
from tests.machine.machines import CLIENTS, ENGINE, GOOD, NOBODY, SERVERS

REFUSED = "the container engine failed while connecting to it: PermissionError(13, 'Permission denied')"


def _found(machine: Machine) -> Mapping[str, Finding]:
    return {finding.name: finding for finding in findings(machine, SERVERS, CLIENTS)}


def _without(program: str, machine: Machine = GOOD) -> Machine:
    return replace(machine, programs={**machine.programs, program: None})


def test_where_nothing_is_missing_everything_is_said_and_nothing_costs() -> None:
    found = _found(GOOD)
    assert {finding.state for finding in found.values()} == {State.OK}
    assert not any(finding.costs or finding.command for finding in found.values())
    assert list(found) == [
        *("engine", "bases", "Maven", "Java", "openssl", "keytool", "locust", "disk", "memory", "cache", "Python")
    ]
    assert found["engine"].seen == "Docker 28.0 answers"
    assert found["Java"].seen == "JDK or JRE 17; 8, 11, 21, 25 in images"
    assert found["disk"].seen == "50 GB free in /tmp, /home/a/.cache/dbtls"


def test_without_an_engine_what_comes_in_a_container_cannot_run() -> None:
    engine = _found(replace(GOOD, engine=None, no_engine=NOBODY))["engine"]
    assert (engine.state, engine.seen) == (State.MISSING, NOBODY)
    servers, clients = engine.costs
    named = set(servers.partition(": ")[2].split(", "))
    assert named == {build.name for build in SERVERS if not build.manifest.artifact}
    assert "mysql-cli-9.7" in clients
    assert "pymysql" not in clients
    assert "jdbc" not in clients, "they run on a JDK of this machine"


@pytest.mark.parametrize(
    ("machine", "command"),
    [
        (replace(GOOD, no_engine=REFUSED), "sudo usermod -aG docker $USER, and log in again"),
        (
            replace(GOOD, no_engine=NOBODY, engine_named="tcp://far:2375"),
            "start the engine that DOCKER_HOST=tcp://far:2375 names, or unset it",
        ),
        (replace(GOOD, no_engine=NOBODY), "sudo systemctl start docker"),
        (replace(GOOD, no_engine=NOBODY, root=True), "systemctl start docker"),
        (_without("docker", replace(GOOD, no_engine=NOBODY)), "sudo apt-get install docker.io"),
        (_without("docker", replace(GOOD, no_engine=NOBODY, root=True)), "apt-get install docker.io"),
        (_without("docker", replace(GOOD, no_engine=NOBODY, manager="dnf")), "sudo dnf install moby-engine"),
        (_without("docker", replace(GOOD, no_engine=NOBODY, manager="")), "install Docker"),
    ],
)
def test_the_command_is_for_the_reason(machine: Machine, command: str) -> None:
    assert _found(replace(machine, engine=None))["engine"].command == command


@pytest.mark.parametrize(
    ("host", "state"),
    [
        ("tcp://far.example:2375", State.MISSING),
        ("ssh://me@far", State.MISSING),
        ("tcp://127.0.0.1:2375", State.OK),
        ("tcp://localhost:2375", State.OK),
        ("tcp://localhost.far.example:2375", State.MISSING),
        ("unix:///run/user/1000/docker.sock", State.OK),
    ],
)
def test_an_engine_on_another_machine_serves_nobody_here(host: str, state: State) -> None:
    assert _found(replace(GOOD, engine_named=host))["engine"].state is state


def test_a_rootless_engine_is_named() -> None:
    engine = _found(replace(GOOD, engine=replace(ENGINE, rootless=True)))["engine"]
    assert (engine.state, engine.seen) == (State.NOTE, "Docker 28.0 answers, rootless")


def test_clients_in_images_are_started_by_dockers_command_line() -> None:
    docker = _found(_without("docker"))["docker"]
    assert docker.state is State.MISSING
    assert "mysql-cli-9.7" in docker.costs[0]


@pytest.mark.parametrize(("root", "debootstrap", "state"), [(True, True, State.OK), (False, True, State.NOTE)])
def test_a_base_that_is_not_here_is_pulled_or_made_by_root(root: bool, debootstrap: bool, state: State) -> None:
    machine = replace(GOOD, root=root, bases=frozenset({"bookworm", "bullseye", "trixie"}))
    bases = _found(machine if debootstrap else _without("debootstrap", machine))["bases"]
    assert bases.state is state
    assert bases.seen.startswith("no image yet of Debian sid: the next build pulls it from a registry")
    if state is State.NOTE:
        assert "mysql-9.7" in bases.costs[0]
        assert "mariadb-11.8" not in bases.costs[0]


def test_what_is_built_needs_no_base() -> None:
    made = frozenset((*(build.name for build in SERVERS), *(client.name for client in CLIENTS)))
    assert _found(replace(GOOD, bases=frozenset(), made=made))["bases"].state is State.OK


def test_without_maven_what_is_neither_fetched_nor_built_cannot_run() -> None:
    published = next(build for build in SERVERS if build.name == "mysql-8.0.31")
    artifact: Artifact = published.manifest.artifact[0]
    assert _found(_without("mvn"))["Maven"].state is State.MISSING
    costs = "\n".join(_found(_without("mvn"))["Maven"].costs)
    assert "mysql-8.0.31" in costs
    assert "mysql-9.7" not in costs
    assert "jdbc:connector-j-9" in costs
    for there in (replace(GOOD, fetched=frozenset({artifact.sha256})), replace(GOOD, made=frozenset({published.name}))):
        assert "mysql-8.0.31" not in "\n".join(_found(_without("mvn", there))["Maven"].costs)


def test_without_a_compiler_no_client_in_java_runs() -> None:
    java = _found(replace(GOOD, compiler=False, jdks=(8,)))["Java"]
    assert (java.state, java.command) == (State.MISSING, "sudo apt-get install default-jdk-headless")
    assert java.seen == "no compiler of Java 9 or later (JDK or JRE 8 found)"
    assert "jdbc:connector-j-9" in java.costs[0]


def test_without_an_engine_drivers_run_on_the_jdks_that_are_here() -> None:
    java = _found(replace(GOOD, engine=None, no_engine=NOBODY))["Java"]
    assert (java.state, java.costs) == (State.NOTE, ("without an engine no driver on JDK 8, 11, 21, 25",))


@pytest.mark.parametrize(
    ("program", "command"),
    [("openssl", "sudo apt-get install openssl"), ("keytool", "sudo apt-get install default-jdk-headless")],
)
def test_a_document_whose_programs_are_missing_is_skipped(program: str, command: str) -> None:
    finding = _found(_without(program))[program]
    assert (finding.state, finding.command) == (State.MISSING, command)
    assert finding.costs == (f"cases of `guide` whose commands call {program} are skipped",)


def test_without_locust_nothing_rotates_under_load() -> None:
    finding = _found(replace(GOOD, locust=False))["locust"]
    assert (finding.state, finding.command) == (State.MISSING, command_to_add("load", "locust"))


def test_room_is_for_all_that_is_not_built_yet() -> None:
    tight = replace(GOOD, free_bytes={"/big": 50_000_000_000, "/small": 2_000_000_000})
    disk = _found(tight)["disk"]
    assert (disk.state, disk.seen) == (State.MISSING, "50 GB free in /big; 2.0 GB free in /small")
    assert "5.0 GB are needed in /small" in disk.costs[0]
    built = replace(tight, made=frozenset(build.name for build in SERVERS))
    assert _found(built)["disk"].state is State.OK
    assert _found(replace(built, free_bytes={"/small": 1_000_000}))["disk"].state is State.MISSING


@pytest.mark.parametrize(("available", "state"), [(1_000_000_000, State.NOTE), (0, State.OK)])
def test_little_memory_is_noted(available: int, state: State) -> None:
    """A kernel that does not say how much is available is none that has little."""
    assert _found(replace(GOOD, memory_bytes=available))["memory"].state is state


def test_a_long_list_says_how_many_more_there_are() -> None:
    nothing = replace(_without("mvn"), cache=Path("/nowhere"))
    servers = _found(nothing)["Maven"].costs[0]
    names = servers.partition(": ")[2]
    assert servers.startswith("9 servers: ")
    assert len(names.split(", ")) == 8
    assert names.endswith(" and 1 more")
