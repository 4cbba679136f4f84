"""However a run ends, nothing of it stays; and runs side by side leave each other alone."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from harness.containers.engine import OWNER_LABEL
from harness.servers.place import Place
from harness.waiting import wait_for
from tests.real.command import GONE_S, Dbtls, Process, descendants, finished, gone
from tests.real.fleet import DEFAULT_BUILDS
from tests.real.proxy import Proxy
from tests.real.servers import containers_of

CLIENT = "pymysql"
BEGUN_S = 60.0
ENDS_S = 30.0
"""A run that is told to end has servers and probes to close; this is far below what it would take to its end."""


def _in_the_middle(dbtls: Dbtls, process: "subprocess.Popen[str]") -> list[Process]:
    """Wait until attempts have begun (client stores are on disk, a server and a probe run); its processes."""

    def begun() -> list[Process] | None:
        stores = list(dbtls.scratch.glob("dbtls-run-*/*/stores/0/current"))
        probes = [one for one in descendants(process.pid) if "probe.py" in one.command]
        if stores and probes and containers_of(process.pid):
            return descendants(process.pid)
        assert process.poll() is None, "it ended before its middle"
        return None

    below = wait_for(begun, deadline_s=BEGUN_S)
    assert below is not None, "no attempt began"
    return below


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_told_to_end_leaves_nothing(
    one_server: str, dbtls: Dbtls, number: signal.Signals, code: int
) -> None:
    with dbtls.running("run", "--server", one_server, "--client", CLIENT) as process:
        below = _in_the_middle(dbtls, process)
        process.send_signal(number)
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == code, ended.both
    assert "Traceback" not in ended.both
    assert gone(below) == []
    assert dbtls.debris(ended.pid) == []


def test_a_run_that_is_told_to_end_before_its_server_is_up_leaves_nothing(one_server: str, dbtls: Dbtls) -> None:
    with dbtls.running("run", "--server", one_server, "--client", CLIENT) as process:
        assert wait_for(lambda: containers_of(process.pid) or None, deadline_s=BEGUN_S)
        below = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == 130, ended.both
    assert "Traceback" not in ended.both
    assert gone(below) == []
    assert dbtls.debris(ended.pid) == []


@contextlib.contextmanager
def _container(image: str, label: str) -> Iterator[str]:
    """A container that an earlier run might have left, by id; removed at the end of the block if it is still there."""
    with contextlib.closing(docker.from_env()) as client:
        left = client.containers.run(image, ["sleep", "600"], labels={OWNER_LABEL: label}, detach=True, init=True)
        try:
            yield str(left.id)
        finally:
            with contextlib.suppress(docker.errors.NotFound):
                left.remove(force=True)


def test_after_a_kill_servers_and_probes_end_and_the_next_run_sweeps_the_rest(
    one_server: str, dbtls: Dbtls, place: Place, tmp_path: Path
) -> None:
    # Without the program `docker`, by which another process would remove the container at once.
    alone = {"PATH": str(tmp_path)}
    with dbtls.running("run", "--server", one_server, "--client", CLIENT, environment=alone) as process:
        below = _in_the_middle(dbtls, process)
        (server,) = containers_of(process.pid)
        process.kill()
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == -signal.SIGKILL
    assert gone(below) == []
    # The container ends because its standard input does: nobody has swept yet.
    assert wait_for(lambda: None if containers_of(ended.pid) else True, deadline_s=GONE_S)
    assert len(dbtls.folders()) == 1
    assert list(dbtls.scratch.rglob("*.pem")), "the killed run has left its key files"
    image = place.made(DEFAULT_BUILDS[one_server])
    assert image is not None
    with _container(image, server.labels[OWNER_LABEL]) as left:
        assert [one.id for one in containers_of(ended.pid)] == [left]
        following = dbtls("run", "--server", one_server, "--client", CLIENT, "--scenario", "one-way::good_authority")
        assert following.code == 0, following.both
        assert dbtls.debris(ended.pid) == []


def test_a_neighbours_container_is_not_swept(one_server: str, dbtls: Dbtls, place: Place) -> None:
    image = place.made(DEFAULT_BUILDS[one_server])
    assert image is not None
    with _container(image, "another-host 00000000-0000-0000-0000-000000000000 1 1") as neighbour:
        assert dbtls("run", "-s", one_server, "-c", CLIENT, "-k", "one-way::good_authority").code == 0
        with contextlib.closing(docker.from_env()) as client:
            assert client.containers.get(neighbour).status == "running"


def test_two_runs_at_once_do_not_disturb_each_other(one_server: str, dbtls: Dbtls) -> None:
    command = ("run", "--server", one_server, "--client", CLIENT, "--scenario", "two-way::*")
    with dbtls.running(*command) as first, dbtls.running(*command) as second:
        for one in (first, second):
            _in_the_middle(dbtls, one)
        ends = [finished(one) for one in (first, second)]
    for ended in ends:
        assert ended.code == 0, ended.both
        assert dbtls.debris(ended.pid) == []


def test_an_engine_that_dies_in_mid_run_is_one_message(one_server: str, dbtls: Dbtls, tmp_path: Path) -> None:
    with Proxy() as proxy:
        command = ("run", "--server", one_server, "--client", CLIENT)
        with dbtls.running(*command, environment={"DOCKER_HOST": proxy.host}) as process:
            below = _in_the_middle(dbtls, process)
            proxy.cut()
            ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == 2, ended.both
    assert "a defect of dbtls" not in ended.error()
    assert "engine" in ended.err, ended.err
    assert gone(below) == []
    assert dbtls.debris(ended.pid) == []
