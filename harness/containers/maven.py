"""Published binary distributions: fetched with Maven on the host, checked, unpacked into a build's context."""

import hashlib
import os
import shutil
import tarfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import IO

from harness import limits
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
    command = [
        maven,
        "-B",
        "-q",
        "dependency:copy",
        f"-Dartifact={coordinates}",
        f"-DoutputDirectory={folder}",
    ]
    done = run_tool(command, timeout_s=limits.MAVEN, folder=folder)
    got = next(iter(folder.glob("*")), None)
    if done.status != 0 or got is None:
        if got is not None:
            got.unlink()  # half a file, maybe
        raise BuildUnavailable(
            f"Maven could not fetch `{coordinates}`",
            remedy="check that the registry is reachable, and the coordinates",
            detail=done.lines[-limits.LOG_TAIL_LINES :],
        )
    return got


def unpack(artifact: Artifact, context: Path) -> None:
    """Put the artifact's wanted files into the build context, with their modes set (a later chmod doubles a layer)."""
    with zipfile.ZipFile(fetch(artifact)) as archive:
        if artifact.inner is None:
            for entry in archive.infolist():
                if not entry.is_dir() and (inner := _wanted(artifact, entry.filename)) is not None:
                    with archive.open(entry) as source:
                        _place(artifact, source, context, inner)
            return
        with archive.open(artifact.inner) as packed, tarfile.open(fileobj=packed, mode="r|*") as tar:
            for member in tar:
                inner = _wanted(artifact, member.name)
                if inner is None or member.isdir():
                    continue
                if member.issym():
                    _link(member, _target(artifact, context, inner), context)
                elif (content := tar.extractfile(member)) is not None:
                    _place(artifact, content, context, inner)


def _wanted(artifact: Artifact, name: str) -> str | None:
    """The path below ``root`` of an entry that is to be kept, else None."""
    name = name.removeprefix("./")
    prefix = artifact.root and artifact.root + "/"
    if not name.startswith(prefix) or ".." in Path(name).parts:
        return None
    inner = name.removeprefix(prefix)
    return inner if any(fnmatch(inner, keep) for keep in artifact.keep) else None


def _target(artifact: Artifact, context: Path, inner: str) -> Path:
    target = context / artifact.into / inner
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _place(artifact: Artifact, source: IO[bytes], context: Path, inner: str) -> None:
    target = _target(artifact, context, inner)
    with target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    target.chmod(0o755 if any(fnmatch(inner, pattern) for pattern in artifact.executable) else 0o644)


def _link(member: tarfile.TarInfo, target: Path, context: Path) -> None:
    # tarfile has filters of its own for this, but not in Debian 12's Python 3.11.2.
    if not Path(os.path.normpath(target.parent / member.linkname)).is_relative_to(context):
        raise BuildUnavailable(
            f"`{member.name}` links to `{member.linkname}`, outside of the distribution; nothing was unpacked after it",
            remedy="find out who made the artifact before you use it",
        )
    target.symlink_to(member.linkname)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
