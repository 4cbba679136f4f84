"""A load in locust's own process, over a real client and the reference client's pools, against a real server."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.case.rotation import Rotation
from harness.clients.build import BUILTIN_CLIENTS
from harness.history.reading import Lines
from harness.load.plan import Arrivals, LoadPlan
from harness.load.process import LoadProcess
from harness.model.account import Demand, Require
from harness.model.history import Act, ActKind, Begun, Closing, Ended, Health, Kind, Served
from harness.model.rotation import How, What
from harness.pki import KeyType, LeafSpec, StoreContents, StoreKind
from harness.rotation.installation import Installation
from harness.servers.server import RunningServer
from harness.waiting import wait_for
from tests.real.servers import Certificates

LOADTESTS = Path(__file__).parents[2] / "loadtests"
RATE = 50.0
SECONDS = 2.0
PATIENCE_S = 30.0


def _act(kind: ActKind) -> Act:
    return Act(kind, time.monotonic(), 0, "load")


@pytest.fixture
def installation(server: RunningServer, certificates: Certificates, tmp_path: Path) -> Installation:
    """A client with a leaf that its account demands."""
    rotation = Rotation(what=What.LEAF, how=How.IN_PLACE)
    account = server.account(Require(Demand.X509))
    made = Installation(tmp_path / "client", server.endpoint, rotation, account)
    leaf = certificates.authority.issue(LeafSpec.client("load", key_type=KeyType.EC_P256))
    made.install(StoreContents(trust=(certificates.authority,), leaf=leaf, kinds=frozenset({StoreKind.PEM})))
    return made


# One server shows that the load's parts fit; scenarios run it on every one.
@pytest.mark.parametrize("build", ["mariadb-10.11"], indirect=True)
def test_a_load_is_served_and_its_history_is_whole(
    server: RunningServer, installation: Installation, tmp_path: Path
) -> None:
    plan = LoadPlan(
        writer="worker-1",
        history=str(tmp_path / "worker-1.jsonl"),
        client="pymysql",
        client_folders=(str(BUILTIN_CLIENTS),),
        scratch=str(installation.scratch(0)),
        yaml=str(installation.yaml),
        configdb=str(installation.configdb),
        contexts=installation.contexts,
        deadline_s=10,
        arrivals=Arrivals(connects=RATE, check_outs=20, held=2, hold_s=0.5),
    )
    with LoadProcess(tmp_path) as load:
        (facts,) = load.load([plan])
        assert facts.name == "pymysql"
        begin = _act(ActKind.BEGIN)
        load.begin(begin)
        wait_for(lambda: True if time.monotonic() > begin.at_s + SECONDS else None, deadline_s=PATIENCE_S)
        reloaded = load.reload(_act(ActKind.RELOADING))
        assert (reloaded.told, reloaded.refused) == ((), ""), "nothing had changed"
        begun = load.end(_act(ActKind.END), deadline_s=PATIENCE_S)
    lines = Lines(Path(plan.history), plan.writer, begun=begun[plan.writer])
    written = list(lines)
    assert lines.flaws == []
    begins = {record.number: record for record in written if isinstance(record, Begun)}
    ends = [record for record in written if isinstance(record, Ended)]
    assert len(begins) == len(ends) == begun[plan.writer]
    failed = [record.result for record in ends if not isinstance(record.result, Served)]
    assert failed == []
    assert {begins[record.number].kind for record in ends} >= {Kind.CONNECT, Kind.OPEN, Kind.CHECK_OUT, Kind.HELD}
    assert sum(begin.kind is Kind.CONNECT for begin in begins.values()) >= RATE * SECONDS - 1
    assert {record.result.server_serial for record in ends if isinstance(record.result, Served)} == {
        server.served_serial()
    }
    health = [record for record in written if isinstance(record, Health)]
    assert sum(record.probe_cpu for record in health) > sum(record.cpu for record in health) > 0
    assert isinstance(written[-1], Closing)


@pytest.mark.parametrize("build", ["mariadb-10.11"], indirect=True)
def test_plain_locust_runs_the_reference_client(installation: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "histories"
    configuration = ["--dbtls-yaml", str(installation.yaml), "--dbtls-configdb", str(installation.configdb)]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    locust = [sys.executable, "-m", "locust", "-f", str(LOADTESTS / "reference_client.py"), "--headless", "-t", "3s"]
    processes = ["--processes", "2", "--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    ended = subprocess.run(
        [
            *locust,
            *processes,
            "--master-port",
            port,
            *configuration,
            "--dbtls-history",
            str(folder),
            "--dbtls-rate",
            "20",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stdout
    for writer in ("worker-1", "worker-2"):
        assert f"{writer} writes {folder / writer}.jsonl" in ended.stdout
        lines = Lines(folder / f"{writer}.jsonl", writer)
        written = list(lines)
        assert lines.flaws == []
        assert sum(isinstance(record, Ended) and isinstance(record.result, Served) for record in written) > 0
        assert isinstance(written[-1], Closing)
