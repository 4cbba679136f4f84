"""Published binary distributions: fetched with Maven on the host, checked, unpacked into a build's context."""

import hashlib
import shutil
from pathlib import Path

from harness import limits
from harness.containers.archive import unpack_archive
from harness.containers.source import Artifact
from harness.errors import BuildUnavailable
from harness.locations import cache, locked
from harness.tools import run_tool


def fetch(artifact: Artifact) -> Path:
    """The artifact's file, from the cache or by Maven; raises BuildUnavailable, keeping nothing that does not match."""
    with locked(f"artifact-{artifact.sha256}"):
        return _fetched(artifact, cache() / "artifacts" / artifact.sha256)


def fetch_unpinned(coordinates: str) -> tuple[Path, str]:
    """A user's own choice: the file that the registry gives for ``coordinates``, kept, and its SHA-256.

    Raises BuildUnavailable.
    """
    folder = cache() / "artifacts" / coordinates.replace(":", "+")
    with locked(f"artifact-{folder.name}"):
        got = next(iter(folder.glob("*")), None) or _copied(coordinates, folder)
        return got, _sha256(got)


def _fetched(artifact: Artifact, folder: Path) -> Path:
    for kept in folder.glob("*"):
        if _sha256(kept) == artifact.sha256:
            return kept
        kept.unlink()
    got = _copied(artifact.coordinates, folder)
    found = _sha256(got)
    if found != artifact.sha256:
        got.unlink()
        raise BuildUnavailable(
            f"has SHA-256 {found}, not {artifact.sha256} as pinned; nothing was kept",
            place=got.name,
            remedy="find out who changed the artifact before you change the pin in server.toml",
        )
    return got


def _copied(coordinates: str, folder: Path) -> Path:
    """Have Maven put the artifact into ``folder``, which is then the only file in it."""
    maven = shutil.which("mvn")
    if maven is None:
        raise BuildUnavailable(
            f"`{coordinates}` needs Maven, and there is no `mvn`",
            remedy="install it (`apt-get install maven`)",
        )
    folder.mkdir(parents=True, exist_ok=True)
    # Beside it, and there when it is whole: half a file that a killed Maven leaves must not be taken for the artifact.
    beside = folder.with_name(f"{folder.name}.fetching")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    command = [
        maven,
        "-B",
        "-q",
        "dependency:copy",
        f"-Dartifact={coordinates}",
        f"-DoutputDirectory={beside}",
    ]
    done = run_tool(command, timeout_s=limits.MAVEN, folder=beside)
    got = next(iter(beside.glob("*")), None)
    whole = None if done.status != 0 or got is None else got.rename(folder / got.name)
    shutil.rmtree(beside)
    if whole is None:
        raise BuildUnavailable(
            f"Maven could not fetch `{coordinates}`",
            remedy="check that the registry is reachable, and the coordinates",
            detail=done.lines[-limits.LOG_TAIL_LINES :],
        )
    return whole


def unpack(artifact: Artifact, context: Path) -> None:
    """Put the artifact's wanted files into the build context. Raises BuildUnavailable."""
    unpack_archive(fetch(artifact), artifact, context)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
