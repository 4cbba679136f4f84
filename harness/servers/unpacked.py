"""Published binary distributions, unpacked and seeded once into the cache, for servers that are plain processes."""

import os
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from pathlib import Path

from harness import limits
from harness.containers.maven import unpack
from harness.containers.source import Artifact
from harness.errors import BuildUnavailable, UnfitMachine
from harness.locations import cache, locked
from harness.servers.build import ServerBuild
from harness.servers.process import INSIDE
from harness.tools import run_tool

_PROGRAMS = ("mariadbd", "mysqld")


class Unpacked:
    """A build in the cache: its distribution, as published; and ``seeded``, what ``inside/seed.sh`` made with it.

    Its identity is written last: without it ``seeded`` is what a killed harness has begun. The folders' names tell
    their content, and their place too, since the seed's files name the distribution absolutely.
    """

    def __init__(self, build: ServerBuild) -> None:
        local = cache() / "local"
        folder = local / f"{build.slug}-{_digest(f'{local}{build.manifest.artifact!r}'.encode())}"
        self.seeded = folder / f"seeded-{_digest((INSIDE / 'seed.sh').read_bytes())}"
        self._distribution = folder / "distribution"
        self._build = build

    @property
    def made(self) -> bool:
        return _identity(self.seeded).is_file()

    def make(self, on_progress: Callable[[str], None]) -> None:
        """Have it made, ``on_progress`` told each step. Raises BuildUnavailable."""
        with locked(f"local-{self._build.slug}"):
            if self.made:
                return
            artifacts = self._build.manifest.artifact
            if not self._distribution.is_dir():
                self._unpack(artifacts, on_progress)
            self._check_libraries()
            on_progress("seeding")
            self._seed()
            sums = "+".join(f"{artifact.coordinates}@sha256:{artifact.sha256}" for artifact in artifacts)
            _identity(self.seeded).write_text(sums, encoding="utf-8")

    def _unpack(self, artifacts: Sequence[Artifact], on_progress: Callable[[str], None]) -> None:
        beside = self._distribution.with_name("unpacking")
        shutil.rmtree(beside, ignore_errors=True)
        for artifact in artifacts:
            on_progress(f"fetching {artifact.coordinates}")
            unpack(artifact, beside)
        beside.rename(self._distribution)

    def _check_libraries(self) -> None:
        own = {path.name for path in self._distribution.rglob("*.so*")}
        for name in _PROGRAMS:
            for program in self._distribution.rglob(name):
                done = run_tool(["ldd", str(program)], timeout_s=limits.SEEDING)
                unmet = unmet_needs(done.lines, own)
                if unmet:
                    packages = " ".join(filter(None, map(package_of, unmet)))
                    install = f" (Debian 12: apt-get install {packages})" if packages else ""
                    raise UnfitMachine(
                        f"it needs {' and '.join(unmet)}, which this machine does not have",
                        remedy=f"install what provides it{install}, or use a container engine",
                    )

    def _seed(self) -> None:
        shutil.rmtree(self.seeded, ignore_errors=True)
        self.seeded.mkdir()
        told = environment(self.seeded) | {"DBTLS_SEARCH": str(self._distribution)}
        command = ["env", "-i", *(f"{name}={value}" for name, value in told.items()), "sh", f"{INSIDE}/seed.sh"]
        done = run_tool([*bound_by_modes(), *command], timeout_s=limits.SEEDING, folder=self.seeded)
        if done.status != 0:
            raise BuildUnavailable(
                f"server `{self._build.name}` cannot be seeded",
                remedy="see the last lines of its output",
                detail=done.lines[-limits.LOG_TAIL_LINES :],
            )


def identity(seeded: Path) -> str:
    """What it was made of: Maven coordinates and SHA-256 sums."""
    return _identity(seeded).read_text(encoding="utf-8")


def _identity(seeded: Path) -> Path:
    return seeded / "identity"


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def unmet_needs(lines: Sequence[str], own: Collection[str]) -> list[str]:
    """What a program misses according to ``ldd``: libraries, apart from its ``own``; or a newer C library."""
    unmet = []
    for line in lines:
        library, arrow, _ = line.strip().partition(" => not found")
        if arrow and library not in own:
            unmet.append(library)
        elif version := re.search(r"version `(\S+)' not found", line):
            unmet.append(version.group(1))
    return list(dict.fromkeys(unmet))


def package_of(library: str) -> str | None:
    """The Debian package of a library: named for its soname (Debian Policy 8.1)."""
    match = re.fullmatch(r"(lib.+?)\.so\.([0-9]+)(?:\..*)?", library)
    if match is None:
        return None
    name, version = match.group(1).lower(), match.group(2)
    return f"{name}-{version}" if name[-1].isdigit() else f"{name}{version}"


def environment(root: Path) -> dict[str, str]:
    """All that the scripts and the server see of the user's environment."""
    become = {"DBTLS_USER": "root"} if os.geteuid() == 0 else {}
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "DBTLS_ROOT": str(root), **become}


def bound_by_modes() -> list[str]:
    """What makes a file's mode bind root too: a server must not read what nobody may, whoever runs the harness."""
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
