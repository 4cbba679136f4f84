"""What ``dbtls up`` printed, taken as its reader takes it: pasted as it stands, where the client is."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import docker

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.image import recipe_of
from harness.containers import maven
from harness.containers.images import Images
from harness.containers.source import Artifact
from harness.servers.starting import quiet

CLIENTS = discover_clients([BUILTIN_CLIENTS])
CONNECT = Path(__file__).parent / "jdbc" / "Connect.java"
_HEADING = re.compile(r"^==> (?P<title>.+?)(?:: (?P<file>/\S+))? <==$", re.MULTILINE)
_SERVER = re.compile(r"^(?P<name>[\w.-]+): (?:mysql|mariadb) ", re.MULTILINE)
_QUERY = "SELECT 6 * 7"
_ANSWER = "42"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What is printed under one heading; ``file`` is where it says that the same stands."""

    title: str
    file: Path | None
    text: str


def sections(printed: str) -> Mapping[str, Sequence[Section]]:
    """Each server's sections, by its name."""
    starts = [*_SERVER.finditer(printed)]
    ends = [*(start.start() for start in starts[1:]), printed.index("\nnote: ")]
    return {
        start["name"]: [*_sections(printed[start.start() : end] + "\n")]
        for start, end in zip(starts, ends, strict=True)
    }


def _sections(printed: str) -> Iterator[Section]:
    headings = [*_HEADING.finditer(printed)]
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        text = printed[heading.end() + 1 : following.start() if following else None]
        file = heading["file"] and Path(heading["file"])
        yield Section(title=heading["title"], file=file or None, text=text.rstrip("\n") + "\n")


def run_python(script: str) -> subprocess.CompletedProcess[str]:
    """Run a printed script."""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The command lines, each in the image of the client that it is: the host need not have them."""

    images: Images

    def __call__(self, program: str, command: str, folder: Path) -> str:
        """Give a printed ``command`` a query on its standard input; what it answered, on both streams."""
        with contextlib.closing(docker.from_env()) as client:
            output = client.containers.run(
                self._image(program),
                ["sh", "-c", f"echo '{_QUERY}' | sh -c \"$0\" 2>&1 || echo exit status $?", command],
                network_mode="host",
                volumes={str(folder): {"bind": str(folder), "mode": "ro"}},
                remove=True,
            )
        return bytes(output).decode()

    def _image(self, program: str) -> str:
        build = CLIENTS[{"mysql": "mysql-cli-9.7", "mariadb": "mariadb-cli-11.8"}[program]]
        assert build.image is not None
        return self.images.image(recipe_of(build, build.image), quiet)


def answered(output: str) -> bool:
    """Whether a command line answered the query that it was given, and had nothing else to say than its header."""
    warned = "Using a password on the command line"  # mysql's own remark, on what is printed on purpose
    lines = [line for line in output.splitlines() if warned not in line]
    return lines == [_QUERY.removeprefix("SELECT "), _ANSWER]


@dataclass(frozen=True, slots=True)
class Driver:
    """A JDBC driver, pinned."""

    name: str
    coordinates: str
    sha256: str

    def connect(self, jobs: Sequence[str], *, java: Sequence[str] = ()) -> list[str]:
        """Connect once a job (URL, then properties, tabs between), in one JVM; an answer each."""
        jar = maven.fetch(Artifact(coordinates=self.coordinates, sha256=self.sha256, into=""))
        command = [
            "java",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            *java,
            "-cp",
            str(jar),
            str(CONNECT),
            self.name,
        ]
        done = subprocess.run(command, input="\n".join(jobs) + "\n", capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


CONNECTOR_J_5 = Driver(
    "com.mysql.jdbc.Driver",
    "mysql:mysql-connector-java:5.1.49",
    "5bba9ff50e5e637a0996a730619dee19ccae274883a4d28c890d945252bb0e12",
)
CONNECTOR_J = Driver(
    "com.mysql.cj.jdbc.Driver",
    "com.mysql:mysql-connector-j:9.7.0",
    "0353648eaa1c91e0f4020c959abf756bc866ffd583df22ae6b6f6e0cbd43eb44",
)
MARIADB_CONNECTOR_J = Driver(
    "org.mariadb.jdbc.Driver",
    "org.mariadb.jdbc:mariadb-java-client:3.5.11",
    "42604178b9e57ec08ee0035079961516f086e455d0141f0b22c6eff29fb2fff4",
)


def url_of(section: Section) -> str:
    """A printed URL, without the comment that may stand above it."""
    return next(line for line in section.text.splitlines() if not line.startswith("#"))


def job_of(yaml: Section, configdb: Section) -> str:
    """A connection as the guide's two files have it made: the URL and the account from one, the rest from the other."""
    top, *lines = [line for line in yaml.text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert top == "com.mysql.jdbc:"
    assert all(re.fullmatch(r"    \w+: \S+", line) for line in lines)
    told = [line.strip().replace(": ", "=", 1) for line in lines]
    written = dict(line.split("=", 1) for line in configdb.text.splitlines())
    assert written["readUrl"] == written["writeUrl"]
    return "\t".join([written["readUrl"], written["readProperty.1"], written["readProperty.2"], *told])


def java_options(section: Section) -> list[str]:
    """What the comment above a form says that ``java`` is to be started with."""
    return [word for line in section.text.splitlines() if line.startswith("# java ") for word in line.split()[2:-1]]
