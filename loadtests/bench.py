"""The numbers of docs/performance.md, measured: `make bench`. Prints each with its repeats; judges nothing.

Images must be built (`make run` does that). Timings on a shared machine are noisy: medians, with minimum and maximum.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing

from harness.containers.engine import Engine
from harness.kinds.material import one_way_server
from harness.locations import run_folder
from harness.owner import Owner
from harness.pki import Materials
from harness.reports.streams import stdout
from harness.servers.build import BUILTIN_SERVERS, ServerBuild, discover_servers
from harness.servers.container import ContainerPlace
from harness.servers.server import RunningServer
from harness.servers.starting import quiet

REPEATS_START = 7
REPEATS_ONE = 5
REPEATS_DEFAULT = 3
REPEATS_UNIT = 3
DBTLS = [sys.executable, "-m", "harness.cli"]

console = stdout()


def main() -> None:
    """Measure everything and print it."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    console.print(
        f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.platform()}, Python {platform.python_version()}"
    )
    server_starts()
    runs("mariadb-10.11 × pymysql", ["--server", "mariadb-10.11", "--client", "pymysql"], REPEATS_ONE)
    runs("default servers × all clients", [], REPEATS_DEFAULT)
    unit = ["-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "-m", "not servers"]
    seconds = repeat(REPEATS_UNIT, lambda: timed([sys.executable, *unit]))
    show("unit tests, without containers", seconds)


def server_starts() -> None:
    """From the call that makes the container to a TLS query answered and the served serial seen."""
    tls = one_way_server(Materials())
    with closing(ContainerPlace(Engine())) as place:
        for name, build in discover_servers([BUILTIN_SERVERS]).items():
            image = place.make(build, quiet)

            def once(image: str = image, build: ServerBuild = build) -> float:
                begun = time.monotonic()
                with closing(place.start(image, Owner.this_process())) as process, RunningServer(build, process, tls):
                    return time.monotonic() - begun

            show(f"start to first TLS query, {name}", repeat(REPEATS_START, once))


def runs(title: str, arguments: Sequence[str], repeats: int) -> None:
    """Whole `dbtls run` commands: the first verdict and the end, from the start of the process."""
    firsts: list[float] = []
    spent: list[dict[str, float]] = []
    cases: list[int] = []

    def once() -> float:
        with run_folder(Owner.this_process()) as scratch:
            path = scratch / "report.json"
            taken = timed([*DBTLS, "run", *arguments, "--json", str(path)])
            report = json.loads(path.read_text(encoding="utf-8"))
        firsts.append(taken - report["duration_s"] + report["first_verdict_s"])
        spent.append(report["spent_s"])
        cases.append(len(report["cases"]))
        return taken

    totals = repeat(repeats, once)
    show(f"first verdict, {title}", firsts[1:])
    show(f"all {cases[0]} cases, {title}", totals)
    kinds = {kind: statistics.median(run[kind] for run in spent) for kind in spent[0]}
    where = ", ".join(f"{kind} {seconds:.1f}" for kind, seconds in sorted(kinds.items(), key=lambda item: -item[1]))
    console.print(f"    seconds summed over lanes: {where}", highlight=False)


def timed(command: Sequence[str]) -> float:
    """Seconds that a command takes as a whole process; it must succeed."""
    begun = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begun


def repeat(count: int, once: Callable[[], float]) -> list[float]:
    """``count`` measurements after one that is not counted."""
    once()
    return [once() for _ in range(count)]


def show(title: str, seconds: Sequence[float]) -> None:
    """One line: median, minimum, maximum, repeats."""
    middle = statistics.median(seconds)
    console.print(
        f"{title:56} {middle:7.2f} s   min {min(seconds):.2f}  max {max(seconds):.2f}  n={len(seconds)}",
        highlight=False,
    )


if __name__ == "__main__":
    main()
