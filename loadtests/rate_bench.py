"""What a load costs: new mutual TLS connections a second, by PyMySQL alone and by the load, against one server.

``python loadtests/rate_bench.py --server mariadb-10.11 --rate 250 --seconds 60 --processes 1``. First both as fast as
they can, in turn: PyMySQL in threads, with the probe's options, which connect, ask once and close; and the load
(locust, history, probe, reference client), asked for more than that. Then the load at the rate asked for. Prints each
number; judges nothing. Server and clients share the machine, which must be quiet otherwise.
"""

import argparse
import multiprocessing
import os
import ssl
import statistics
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pymysql

from harness.case.rotation import Rotation
from harness.clients.build import BUILTIN_CLIENTS
from harness.containers.engine import Engine
from harness.history.reading import Lines
from harness.load.plan import Arrivals, LoadPlan
from harness.load.process import LoadProcess
from harness.locations import run_folder
from harness.model.account import Credentials, Demand, Endpoint, Require
from harness.model.history import Act, ActKind, Begun, Ended, Health, Record, Served
from harness.model.rotation import How, Mix, What
from harness.model.tls import ServerTls
from harness.owner import Owner
from harness.pki import Authority, LeafSpec, StoreContents, StoreKind
from harness.pki.stores import Store
from harness.reports.streams import stdout
from harness.rotation.installation import Installation
from harness.servers.build import BUILTIN_SERVERS, discover_servers
from harness.servers.container import ContainerPlace
from harness.servers.starting import started

IN_TURN = 3
TURN_S = 10.0
"""Each of the bare loops and of the loads that are asked for too much."""
THREADS = 8
"""As the probe of PyMySQL has."""
DEADLINE_S = 10
TOO_MUCH = 1.1
DRAIN_S = 60.0

console = stdout()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """All that a bare loop needs."""

    endpoint: Endpoint
    account: Credentials
    ca: str
    certificate: str
    key: str

    def measure(self, seconds: float) -> tuple[float, float]:
        """Connections a second, and milliseconds of CPU for each, in this process."""
        cpu_s = time.process_time()
        context = ssl.create_default_context(cafile=self.ca)
        context.check_hostname = False
        context.load_cert_chain(self.certificate, self.key)
        end = time.monotonic() + seconds

        def loop(_: int) -> int:
            made = 0
            while time.monotonic() < end:
                connection = pymysql.connect(
                    host=self.endpoint.host,
                    port=self.endpoint.port,
                    user=self.account.user,
                    password=self.account.password,
                    ssl=context,
                    # As the probe's, so that both do the same work: what is compared is all that is around the driver.
                    connect_timeout=DEADLINE_S,
                    read_timeout=DEADLINE_S,
                    write_timeout=DEADLINE_S,
                    autocommit=None,
                )
                with connection, connection.cursor() as cursor:
                    cursor.execute("SELECT CURRENT_USER(), CONNECTION_ID()")
                    cursor.fetchall()
                made += 1
            return made

        with ThreadPoolExecutor(THREADS) as pool:
            made = sum(pool.map(loop, range(THREADS)))
        return made / seconds, (time.process_time() - cpu_s) / made * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Loads of the reference client that ``installation`` configures, each with a folder of its own."""

    installation: Installation
    workers: int

    def run(self, folder: Path, rate: float, mix: Mix, seconds: float) -> "Figures":
        """One load, from its begin to the end of what it has begun."""
        folder.mkdir()
        plans = [self._plan(folder, index, rate, mix) for index in range(self.workers)]
        with LoadProcess(folder, workers=self.workers) as load:
            load.load(plans)
            load.begin(_act(ActKind.BEGIN))
            threading.Event().wait(seconds)
            load.end(_act(ActKind.END), deadline_s=DRAIN_S)
        return Figures([list(Lines(Path(plan.history), plan.writer)) for plan in plans], seconds)

    def _plan(self, folder: Path, index: int, rate: float, mix: Mix) -> LoadPlan:
        scratch = folder / f"scratch-{index}"
        scratch.mkdir()
        writer = f"worker-{index + 1}"
        return LoadPlan(
            writer=writer,
            history=str(folder / f"{writer}.jsonl"),
            client="pymysql",
            client_folders=(str(BUILTIN_CLIENTS),),
            scratch=str(scratch),
            yaml=str(self.installation.yaml),
            configdb=str(self.installation.configdb),
            contexts=self.installation.contexts,
            deadline_s=DEADLINE_S,
            arrivals=Arrivals(
                connects=rate,
                check_outs=rate * mix.check_outs,
                held=rate * mix.held,
                hold_s=mix.hold_s,
                workers=self.workers,
                index=index,
            ),
        )


class Figures:
    """What the histories of one load's workers say of its first ``seconds``."""

    def __init__(self, workers: Sequence[Sequence[Record]], seconds: float) -> None:
        self.lags: list[float] = []
        self.begun = self.served = connected = connects = 0
        cpu_s = probe_cpu_s = 0.0
        for records in workers:
            begun = {record.number: record for record in records if isinstance(record, Begun)}
            ended = [record for record in records if isinstance(record, Ended)]
            end_s = min(record.at_s for record in records if isinstance(record, Act)) + seconds
            connected += sum(begun[record.number].kind.connects and record.ended_s <= end_s for record in ended)
            self.begun += len(begun)
            self.served += sum(isinstance(record.result, Served) for record in ended)
            connects += sum(record.kind.connects for record in begun.values())
            looked_s = end_s - seconds
            for look in (record for record in records if isinstance(record, Health)):
                cpu_s += look.cpu * (look.at_s - looked_s)
                probe_cpu_s += look.probe_cpu * (look.at_s - looked_s)
                looked_s = look.at_s
            self.lags += [record.begun_s - record.intended_s for record in begun.values()]
        self.lags.sort()
        self.rate = connected / seconds
        self.cpu_ms, self.probe_cpu_ms = cpu_s / connects * 1000, probe_cpu_s / connects * 1000

    def __str__(self) -> str:
        p99 = self.lags[int(len(self.lags) * 0.99)]
        return (
            f"{self.rate:.1f} connections/s, {self.served} of {self.begun} attempts served, "
            f"lag p99 {p99 * 1000:.1f} ms, max {self.lags[-1] * 1000:.1f} ms; "
            f"CPU a connection {self.cpu_ms:.2f} ms, its probe's {self.probe_cpu_ms:.2f} ms"
        )


def main() -> None:
    """Measure against each server that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", action="append", help="a server build; again for more (default: mariadb-10.11)")
    parser.add_argument("--rate", type=float, default=250.0, help="new connections a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=1, help="locust's workers, each with a probe of its own")
    told = parser.parse_args()
    console.print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}", highlight=False)
    builds = discover_servers([BUILTIN_SERVERS])
    authority = Authority.create("bench")
    leaf = authority.issue(LeafSpec.server())
    tls = ServerTls(certificate=leaf.chain_pem, key=leaf.key_pem(), authorities=authority.pem, serial=leaf.serial)
    contents = StoreContents(
        trust=(authority,), leaf=authority.issue(LeafSpec.client("bench")), kinds=frozenset({StoreKind.PEM})
    )
    for name in told.server or ["mariadb-10.11"]:
        with (
            run_folder(Owner.this_process()) as scratch,
            closing(ContainerPlace(Engine())) as place,
            started(builds[name], tls, place=place, owner=Owner.this_process()) as server,
        ):
            account = server.account(Require(Demand.X509))
            rotation = Rotation(what=What.LEAF, how=How.IN_PLACE)
            installation = Installation(scratch / "client", server.endpoint, rotation, account)
            installation.install(contents)
            files = Store(installation.folder / "stores").stable
            bare = Bare(
                endpoint=server.endpoint,
                account=account,
                ca=str(files.ca_pem),
                certificate=str(files.cert_pem),
                key=str(files.key_pem),
            )
            load = Load(installation=installation, workers=told.processes)
            console.print(f"{name}, {told.processes} workers", highlight=False)
            ceilings(bare, load, scratch)
            figures = load.run(scratch / "asked", told.rate, Mix(), told.seconds)
            console.print(
                f"  asked for {told.rate:g} and the usual mix, {told.seconds:g} s: {figures}", highlight=False
            )


def ceilings(bare: Bare, load: Load, folder: Path) -> None:
    """Both in turn, connections alone, as fast as they can; the median of the ratios of neighbours."""
    ratios: list[float] = []
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        for turn in range(IN_TURN):
            by_driver, cpu_ms = alone.apply(bare.measure, (TURN_S,))
            figures = load.run(folder / f"turn-{turn}", by_driver * TOO_MUCH, Mix(check_outs=0, held=0), TURN_S)
            ratios.append(figures.rate / by_driver)
            alone_said = f"{by_driver:.1f} connections/s, CPU a connection {cpu_ms:.2f} ms"
            console.print(f"  PyMySQL alone {alone_said}; the load: {figures}", highlight=False)
    console.print(f"  the load reaches {statistics.median(ratios):.1%} of PyMySQL alone", highlight=False)


def _act(kind: ActKind) -> Act:
    return Act(kind, time.monotonic(), 0, "load")


if __name__ == "__main__":
    main()
