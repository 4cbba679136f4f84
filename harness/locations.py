"""Where the harness keeps things between runs and during one."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness.owner import Owner

_CHECKOUT = Path(__file__).resolve().parents[1]
_INSTALLED = Path(__file__).resolve().parent / "builtin"
_OWNER_FILE = "owner"
_RUN_PREFIX = "dbtls-run-"


def builtin_servers() -> Path:
    """The server builds that come with the harness, in a checkout or as installed from a wheel."""
    installed = _INSTALLED / "servers"
    return installed if installed.is_dir() else _CHECKOUT / "containers" / "servers"


def builtin_scenarios() -> Path:
    """The scenarios that come with the harness, in a checkout or as installed from a wheel."""
    installed = _INSTALLED / "scenarios"
    return installed if installed.is_dir() else _CHECKOUT / "scenarios"


def cache() -> Path:
    """Downloaded artifacts and locks: ``$DBTLS_CACHE``, else ``$XDG_CACHE_HOME/dbtls``, else ``~/.cache/dbtls``."""
    named = os.environ.get("DBTLS_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(named) if named else home / "dbtls"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold ``name`` against every other harness on this machine; the kernel lets go when a holder dies."""
    locks = cache() / "locks"
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


def sweep_run_folders() -> list[Path]:
    """Remove the folders of runs whose harness is no more (killed, with no chance to clean up); what was removed."""
    swept = []
    for folder in Path(tempfile.gettempdir()).glob(_RUN_PREFIX + "*"):
        try:
            owner = Owner.parse((folder / _OWNER_FILE).read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError):
            continue
        if owner is not None and not owner.alive():
            shutil.rmtree(folder, ignore_errors=True)
            swept.append(folder)
    return swept
