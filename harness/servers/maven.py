"""Published binary distributions: fetched with Maven on the host, checked, unpacked into a build's context."""

import hashlib
import shutil
import zipfile
from fnmatch import fnmatch
from pathlib import Path

from harness import limits
from harness.errors import BuildUnavailable
from harness.locations import cache
from harness.servers.build import Artifact
from harness.tools import run_tool


def fetch(artifact: Artifact) -> Path:
    """The artifact's file, from the cache or by Maven; raises BuildUnavailable, keeping nothing that does not match."""
    folder = cache() / "artifacts" / artifact.sha256
    for kept in folder.glob("*"):
        if _sha256(kept) == artifact.sha256:
            return kept
        kept.unlink()
    maven = shutil.which("mvn")
    if maven is None:
        raise BuildUnavailable(
            f"`{artifact.coordinates}` needs Maven, and there is no `mvn`",
            remedy="install it (`apt-get install maven`)",
        )
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        maven,
        "-B",
        "-q",
        "dependency:copy",
        f"-Dartifact={artifact.coordinates}",
        f"-DoutputDirectory={folder}",
    ]
    done = run_tool(command, timeout_s=limits.MAVEN, folder=folder)
    got = next(iter(folder.glob("*")), None)
    if done.status != 0 or got is None:
        raise BuildUnavailable(
            f"Maven could not fetch `{artifact.coordinates}`",
            remedy="check that the registry is reachable, and the coordinates",
            detail=done.lines[-limits.LOG_TAIL_LINES :],
        )
    found = _sha256(got)
    if found != artifact.sha256:
        got.unlink()
        raise BuildUnavailable(
            f"has SHA-256 {found}, not {artifact.sha256} as pinned; nothing was kept",
            place=got.name,
            remedy="find out who changed the artifact before you change the pin in server.toml",
        )
    return got


def unpack(artifact: Artifact, context: Path) -> None:
    """Put the artifact's wanted files into the build context, with their modes set (a later chmod doubles a layer)."""
    with zipfile.ZipFile(fetch(artifact)) as archive:
        for entry in archive.infolist():
            inner = entry.filename.removeprefix(artifact.root + "/")
            if entry.is_dir() or inner == entry.filename or not any(fnmatch(inner, keep) for keep in artifact.keep):
                continue
            target = context / artifact.into / inner
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            target.chmod(0o755 if any(fnmatch(inner, pattern) for pattern in artifact.executable) else 0o644)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
