"""Where the harness keeps things between runs and during one."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import UsageError
from harness.owner import Owner

_CHECKOUT = Path(__file__).resolve().parents[1]
_INSTALLED = Path(__file__).resolve().parent / "builtin"
LOCKS = "locks"
"""The folder of the cache that holds nothing but files to lock."""
_OWNER_FILE = "owner"
_RUN_PREFIX = "dbtls-run-"
_ELSEWHERE_FILE = "elsewhere"
"""In a run folder: the folder that the user named for what else the run writes, whether it was there, its entries."""


def builtin_servers() -> Path:
    """The server builds that come with the harness, in a checkout or as installed from a wheel."""
    installed = _INSTALLED / "servers"
    return installed if installed.is_dir() else _CHECKOUT / "containers" / "servers"


def builtin_scenarios() -> Path:
    """The scenarios that come with the harness, in a checkout or as installed from a wheel."""
    installed = _INSTALLED / "scenarios"
    return installed if installed.is_dir() else _CHECKOUT / "scenarios"


def cache_folder() -> Path:
    """Where ``cache`` is, there or not: ``$DBTLS_CACHE``, else ``$XDG_CACHE_HOME/dbtls``, else ``~/.cache/dbtls``."""
    named = os.environ.get("DBTLS_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(named) if named else home / "dbtls"


def cache() -> Path:
    """Downloaded artifacts and locks, in a folder that is made if it is not there."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold ``name`` against every other harness on this machine; the kernel lets go when a holder dies."""
    locks = cache() / LOCKS
    locks.mkdir(exist_ok=True)
    with (locks / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def run_folder(owner: Owner) -> Iterator[Path]:
    """A folder for one run's keys, stores and scratch, readable by its owner alone, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=_RUN_PREFIX))
    try:
        (folder / _OWNER_FILE).write_text(str(owner), encoding="ascii")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def abandoned_run_folders() -> list[Path]:
    """The folders of runs whose harness is no more: killed, with no chance to clean up."""
    abandoned = []
    for folder in Path(tempfile.gettempdir()).glob(_RUN_PREFIX + "*"):
        try:
            owner = Owner.parse((folder / _OWNER_FILE).read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError):
            continue
        if owner is not None and not owner.alive():
            abandoned.append(folder)
    return abandoned


@contextlib.contextmanager
def named_folder(path: Path, owner: Owner, entries: Sequence[str]) -> Iterator[Path]:
    """``path`` for one run's ``entries`` directly below it, which are gone afterwards; made, and removed, if need be.

    What else somebody puts there stays. A run folder tells of it, so that a killed run's entries are swept as well.
    Raises UsageError for a folder that holds something, and for one whose parent is not there; OSError.
    """
    with run_folder(owner) as known:
        try:
            path.mkdir(mode=0o700)
            made = True
        except FileExistsError:
            made = False
        except FileNotFoundError as error:
            raise UsageError("there is no such folder", place=str(path.parent), remedy="make it first") from error
        if any(path.iterdir()):
            raise UsageError("the folder is not empty", place=str(path), remedy="name a new or an empty one")
        lines = [str(path), "made" if made else "there", _OWNER_FILE, *entries]
        (known / _ELSEWHERE_FILE).write_text("\n".join(lines), encoding="utf-8")
        try:
            (path / _OWNER_FILE).write_text(str(owner), encoding="ascii")
            yield path
        finally:
            _clear_elsewhere(known)


def sweep_run_folders() -> list[Path]:
    """Remove the folders of runs whose harness is no more; what was removed."""
    abandoned = abandoned_run_folders()
    for folder in abandoned:
        _clear_elsewhere(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return abandoned


def _clear_elsewhere(known: Path) -> None:
    """Remove the entries that the run of ``known`` has in a folder that the user named, if that is still its own."""
    try:
        named, made, *entries = (known / _ELSEWHERE_FILE).read_text(encoding="utf-8").split("\n")
        folder = Path(named)
        if (folder / _OWNER_FILE).read_bytes() != (known / _OWNER_FILE).read_bytes():
            return
    except (OSError, UnicodeDecodeError, ValueError):
        return
    for name in reversed(entries):  # the owner's file last: without it nobody would know what the rest is
        entry = folder / name
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                entry.unlink()
    if made == "made":
        with contextlib.suppress(OSError):
            folder.rmdir()
