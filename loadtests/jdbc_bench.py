"""What JDBC drivers cost, measured: a JVM's start, a connection, its CPU. Prints medians; judges nothing.

`.venv/bin/python loadtests/jdbc_bench.py [SERVER]`; drivers and the image must be there (`dbtls run` sees to it).
"""

import statistics
import sys
import time
from contextlib import closing
from pathlib import Path

from harness.case.testbed import GOOD
from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.clients.client import Client
from harness.clients.image import prepare
from harness.clients.process import Probe
from harness.containers.engine import Engine
from harness.kinds.material import one_way_server
from harness.locations import run_folder
from harness.model.account import Require
from harness.model.outcome import Accepted
from harness.model.tls import ClientTls, KeyStore, Verify
from harness.owner import Owner
from harness.pki import Materials, Store, StoreContents, StoreKind
from harness.reports.streams import stdout
from harness.servers.build import BUILTIN_SERVERS, discover_servers
from harness.servers.container import ContainerPlace
from harness.servers.server import RunningServer
from harness.servers.starting import quiet, started

WARM_UP = 200
CONNECTS = 200

console = stdout()


def main() -> None:
    """Measure every driver of `jdbc*` against one server."""
    name = sys.argv[1] if len(sys.argv) > 1 else "mariadb-11.8"
    materials = Materials()
    with (
        closing(ContainerPlace(Engine())) as place,
        run_folder(Owner.this_process()) as scratch,
        started(
            discover_servers([BUILTIN_SERVERS])[name],
            one_way_server(materials),
            place=place,
            owner=Owner.this_process(),
        ) as server,
    ):
        contents = StoreContents(trust=(materials.authority(GOOD),), kinds=frozenset({StoreKind.JKS}))
        path = Store(scratch / "store").publish(contents).truststore_jks
        if path is None:
            raise SystemExit("the trust store was not written")
        tls = ClientTls(verify=Verify.CA, trust_store=KeyStore(path=path, type="JKS", password=contents.password))
        for build in discover_clients([BUILTIN_CLIENTS]).values():
            if build.reach == ("jdbc",):
                measure(build, server, tls, scratch)


def measure(build: ClientBuild, server: RunningServer, tls: ClientTls, scratch: Path) -> None:
    """One driver: from the start of its JVM to its hello, then connections one after the other, warm."""
    ready = prepare(build, None, shared=scratch, owner=Owner.this_process(), on_progress=quiet)
    folder = scratch / build.name
    folder.mkdir()
    with Probe(ready, folder) as probe:
        client = Client(probe)
        begun = time.monotonic()
        _ = client.facts
        start_s = time.monotonic() - begun
        account = server.account(Require())

        def connect() -> float:
            begun = time.monotonic()
            outcome = client.attempt(server.endpoint, account, tls, deadline_s=10)
            if not isinstance(outcome, Accepted):
                raise SystemExit(f"{build.name}: {outcome}")
            return time.monotonic() - begun

        first_s = connect()
        for _ in range(WARM_UP):
            connect()
        cpu_s, begun = probe.cpu_s() or 0.0, time.monotonic()
        taken = [connect() for _ in range(CONNECTS)]
        cpu_s, wall_s = (probe.cpu_s() or 0.0) - cpu_s, time.monotonic() - begun
    console.print(
        f"{build.name}: hello after {start_s:.2f} s; first connection {first_s * 1000:.0f} ms, then "
        f"{statistics.median(taken) * 1000:.1f} ms (median of {CONNECTS}, {CONNECTS / wall_s:.0f}/s), "
        f"{cpu_s / CONNECTS * 1000:.1f} ms of CPU each",
        highlight=False,
    )


if __name__ == "__main__":
    main()
