"""Environments: a Python driver of a version of its own, with what its probe imports; made once, kept in the cache."""

import hashlib
import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import limits
from harness.clients.python_driver import Own, Places, PythonProbe, Release
from harness.errors import BuildUnavailable
from harness.locations import cache, complete, locked
from harness.tools import run_tool

if TYPE_CHECKING:
    from harness.clients.build import ClientBuild

_ENVIRONMENT = "environment"
_NOT_CONTENT = frozenset({".git", "__pycache__", ".venv", ".tox", "build", "dist"})
"""Folders of a checkout that say nothing of what would be installed."""


def made(
    build: "ClientBuild", probe: PythonProbe, driver: Release | Own, on_progress: Callable[[str], None]
) -> "ClientBuild":
    """``build`` with its command complete: its probe runs in an environment that has ``driver``.

    Raises BuildUnavailable where that cannot be installed.
    """
    note = ""
    match driver:
        case Release(version=version):
            environment = _environment(probe, f"=={version}", version, None, on_progress)
        case Own(path=path):
            found = _digest(path)
            note = f" of {path}, SHA-256 {found}"
            environment = _environment(probe, "", found[:16], path, on_progress)
    places = Places(str(environment / "bin" / "python"), _site_packages(environment), probe.folder)
    variables = {name: places.filled(value) for name, value in probe.environment.items()}
    return replace(
        build,
        python=None,
        note=note,
        command=tuple(places.argument(word) for word in probe.words),
        environment={**variables, "PYTHONPATH": str(_harness_alone())},
    )


def _environment(
    probe: PythonProbe, version: str, label: str, source: Path | None, on_progress: Callable[[str], None]
) -> Path:
    """The environment with that version of the distribution, or what is at ``source``; made if it is not there."""
    distribution, needs = probe.python.distribution, probe.python.needs
    # Another interpreter, and another harness's needs, have another environment.
    made_of = (sys.base_exec_prefix, platform.python_version(), distribution, *needs, label)
    key = hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:8]
    folder = cache() / "python" / f"{distribution.partition('[')[0]}-{label}-{key}"
    with locked("python"):
        if not folder.is_dir():
            on_progress(f"installing {distribution} {label} in an environment of its own")
            with complete(folder) as fresh:
                if source is None:
                    _install(fresh / _ENVIRONMENT, [distribution + version, *needs])
                else:
                    # Of a folder a copy: building writes into it.
                    copy = _copied(source, fresh / "source")
                    _install(fresh / _ENVIRONMENT, [f"{distribution} @ {copy.as_uri()}", *needs])
                    shutil.rmtree(fresh / "source", ignore_errors=True)
    return folder / _ENVIRONMENT


def _copied(source: Path, into: Path) -> Path:
    if source.is_file():
        return source
    ignored = shutil.ignore_patterns("__pycache__", ".venv", ".tox")
    return Path(shutil.copytree(source, into, symlinks=True, ignore=ignored))


def _install(environment: Path, requirements: Sequence[str]) -> None:
    _run([sys.executable, "-m", "venv", str(environment)], "no environment was made", "install Python's venv module")
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    _run(
        [*pip, *requirements],
        f"pip could not install {' and '.join(f'`{each}`' for each in requirements)}",
        "check that the package registry is reachable, and that it has that version for this Python",
    )


def _run(command: list[str], what: str, remedy: str) -> None:
    done = run_tool(command, timeout_s=limits.PIP)
    if done.status != 0:
        raise BuildUnavailable(what, remedy=remedy, detail=done.lines[-limits.LOG_TAIL_LINES :])


def _site_packages(environment: Path) -> str:
    where = str(environment)
    return sysconfig.get_path("platlib", "venv", vars={"base": where, "platbase": where})


def _harness_alone() -> Path:
    """A folder with this harness's package and nothing else: where it is installed, other drivers may be beside it."""
    package = Path(__file__).resolve().parents[1]
    folder = cache() / "python" / f"harness-{hashlib.sha256(str(package).encode()).hexdigest()[:16]}"
    with locked("python"):
        folder.mkdir(parents=True, exist_ok=True)
        link = folder / package.name
        if not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(package, target_is_directory=True)
    return folder


def _digest(source: Path) -> str:
    """The SHA-256 of a file, or of the names and contents of a folder's files. Raises BuildUnavailable."""
    content = hashlib.sha256()
    try:
        if source.is_file():
            content.update(source.read_bytes())
        else:
            for path in _files(source):
                content.update(str(path.relative_to(source)).encode() + b"\0")
                content.update(str(path.readlink()).encode() if path.is_symlink() else path.read_bytes())
                content.update(b"\0")
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise BuildUnavailable(what, place=str(source), remedy="correct the path") from error
    return content.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _NOT_CONTENT)
        yield from (Path(where) / name for name in sorted(names) if not name.endswith(".pyc"))
