"""What the wire costs an attempt, measured: `python loadtests/wire_bench.py [SERVER]`, mysql-9.7 by default.

Connections over TLS of one query, by turns straight to the server and through the forwarder, from one process: medians
of each, and of a testimony read and parsed. Prints; judges nothing. The server's image must be built.
"""

import statistics
import sys
import time
from contextlib import closing

import pymysql

from harness.containers.engine import Engine
from harness.kinds.material import one_way_server
from harness.model.account import Endpoint, Require
from harness.owner import Owner
from harness.pki import Materials
from harness.reports.streams import stdout
from harness.servers.admin import observing_context
from harness.servers.build import BUILTIN_SERVERS, discover_servers
from harness.servers.container import ContainerPlace
from harness.servers.starting import started
from harness.wire.forwarder import Forwarder

WARM_UP = 50
CONNECTS = 500

console = stdout()


def main() -> None:
    """Measure one server."""
    name = sys.argv[1] if len(sys.argv) > 1 else "mysql-9.7"
    build = discover_servers([BUILTIN_SERVERS])[name]
    with (
        closing(ContainerPlace(Engine())) as place,
        started(build, one_way_server(Materials()), place=place, owner=Owner.this_process()) as server,
        Forwarder(server.endpoint) as wire,
    ):
        account = server.account(Require())
        context = observing_context()

        def connect(endpoint: Endpoint) -> float:
            begun = time.perf_counter()
            with (
                pymysql.connect(
                    host=endpoint.host, port=endpoint.port, user=account.user, password=account.password, ssl=context
                ) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("SELECT 1")
            return time.perf_counter() - begun

        straight, through = server.endpoint, Endpoint(server.endpoint.host, wire.port)
        for _ in range(WARM_UP):
            connect(straight)
            connect(through)
        taken: dict[str, list[float]] = {"straight": [], "through the wire": [], "testimony": []}
        for _ in range(CONNECTS):
            taken["straight"].append(connect(straight))
            mark = wire.mark()
            taken["through the wire"].append(connect(through))
            begun = time.perf_counter()
            wire.testimony(mark)
            taken["testimony"].append(time.perf_counter() - begun)
    console.print(f"{name}, {CONNECTS} connections each, milliseconds:")
    for what, seconds in taken.items():
        deciles = statistics.quantiles(seconds, n=10)
        console.print(f"{what}: median {statistics.median(seconds) * 1000:.3f}, 90 % {deciles[-1] * 1000:.3f}")
    more = statistics.median(taken["through the wire"]) - statistics.median(taken["straight"])
    console.print(f"the wire: {(more + statistics.median(taken['testimony'])) * 1000:.3f} an attempt")


if __name__ == "__main__":
    main()
