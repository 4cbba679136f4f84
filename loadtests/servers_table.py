"""The table of server builds in docs/servers.md, measured and written there: `make table`.

Each build's server is started a few times in a container of its own, from its seeded image; the images must be built.
"""

import statistics
import sys
import time
from contextlib import closing
from pathlib import Path

import docker

from harness.containers.engine import OWNER_LABEL, Engine
from harness.kinds.material import one_way_server
from harness.model.tls import ServerTls
from harness.owner import Owner
from harness.pki import Materials
from harness.servers.build import BUILTIN_SERVERS, ServerBuild, discover_servers
from harness.servers.container import ContainerPlace
from harness.servers.server import RunningServer

PAGE = Path(__file__).resolve().parents[1] / "docs/servers.md"
BEGIN, END = "<!-- servers: written by `make table` -->\n", "<!-- servers: end -->\n"
REPEATS = 5
HEAD = (
    "| server | version | TLS library | protocols | reload | start to first TLS query, s | memory, MB | image, MB |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def main() -> None:
    """Measure every build that is made, and put the table between the page's two marks."""
    materials = Materials()
    tls = one_way_server(materials)
    rows = []
    with closing(ContainerPlace(Engine())) as place, closing(docker.from_env()) as client:
        for build in discover_servers([BUILTIN_SERVERS]).values():
            made = place.made(build)
            if made is None:
                sys.stderr.write(f"{build.name} is not built: left out\n")
                continue
            rows.append(_row(build, made, tls, place, client))
            sys.stderr.write(rows[-1])
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + HEAD + "".join(rows) + END + after, encoding="utf-8")


def _row(build: ServerBuild, made: str, tls: ServerTls, place: ContainerPlace, client: docker.DockerClient) -> str:
    owner = Owner.this_process()
    seconds = []
    for _ in range(REPEATS):
        begun = time.monotonic()
        with closing(place.start(made, owner)) as process, RunningServer(build, process, tls) as server:
            seconds.append(time.monotonic() - begun)
            facts = server.facts
            memory = _resident_mb(client, owner)
    name = f"`{build.name}`" + (" (default)" if build.manifest.default else " (by name)" if build.opt_in else "")
    size = client.images.get(made).attrs["Size"] / 1e6
    cells = (
        name,
        facts.version,
        facts.tls_library,
        ", ".join(version.value.removeprefix("TLSv") for version in facts.versions),
        facts.reload_statement or "none: restart",
        f"{statistics.median(seconds):.2f} ({min(seconds):.2f}-{max(seconds):.2f})",
        f"{memory:.0f}",
        f"{size:.0f}",
    )
    return "| " + " | ".join(cells) + " |\n"


def _resident_mb(client: docker.DockerClient, owner: Owner) -> float:
    """Resident memory of the one server that this process has running."""
    (container,) = client.containers.list(filters={"label": f"{OWNER_LABEL}={owner}"})
    done = container.exec_run(
        ["sh", "-c", "sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$(cat /dbtls/pid)/status"]
    )
    output = done.output
    return int(output if isinstance(output, bytes) else b"".join(output)) / 1024


if __name__ == "__main__":
    main()
