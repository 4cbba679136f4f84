"""Where the harness keeps things between runs and during one."""

import contextlib
import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from harness.errors import UsageError
from harness.owner import Owner

_CHECKOUT = Path(__file__).resolve().parents[1]
_INSTALLED = Path(__file__).resolve().parent / "builtin"
LOCKS = "locks"
"""The folder of the cache that holds nothing but files to lock."""
_OWNER_FILE = "owner"
_RUN_PREFIX = "dbtls-run-"
_NEW_PREFIX = ".new-"
_ELSEWHERE_FILE = "elsewhere"
"""In a run folder: the folder that the user named for what else the run writes, whether it was there, its entries."""
_PRIVATE = 0o700


def builtin_servers() -> Path:
    """The server builds that come with the harness, in a checkout or as installed from a wheel."""
    installed = _INSTALLED / "servers"
    return installed if installed.is_dir() else _CHECKOUT / "containers" / "servers"


def builtin_scenarios() -> Path:
    """The scenarios that come with the harness, in a checkout or as installed from a wheel."""
    installed = _INSTALLED / "scenarios"
    return installed if installed.is_dir() else _CHECKOUT / "scenarios"


def state_folder() -> Path:
    """Where is known what outlives a command: ``$DBTLS_STATE``, else ``$XDG_STATE_HOME/dbtls``, else
    ``~/.local/state/dbtls``. It may not be there."""
    named = os.environ.get("DBTLS_STATE")
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return Path(named) if named else home / "dbtls"


def joined(folders: Sequence[Path], more: Sequence[Path]) -> tuple[Path, ...]:
    """Both, in order; a folder that is named twice is still one."""
    return tuple({folder.resolve(): folder for folder in (*folders, *more)}.values())


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


def replace_file(path: Path, content: bytes) -> None:
    """Have ``path`` hold ``content``, in one step: who reads it meanwhile finds the old or the new. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold ``name`` against every other harness on this machine; the kernel lets go when a holder dies."""
    locks = cache() / LOCKS
    locks.mkdir(exist_ok=True)
    with (locks / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def complete(folder: Path) -> Iterator[Path]:
    """A fresh folder that becomes ``folder`` once it is complete; hold a lock of all that is made beside it meanwhile.

    Nothing is left of one that fails, nor of what a killed harness has begun there, which is never taken for any.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for begun in folder.parent.glob(f"{_NEW_PREFIX}*"):
        shutil.rmtree(begun, ignore_errors=True)
    fresh = folder.with_name(f"{_NEW_PREFIX}{folder.name}")
    fresh.mkdir()
    try:
        yield fresh
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextlib.contextmanager
def run_folder(owner: Owner) -> Iterator[Path]:
    """A folder for one run's keys, stores and scratch, readable by its owner alone, gone afterwards."""
    folder = _made_run_folder(owner)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made_run_folder(owner: Owner) -> Path:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_RUN_PREFIX))
        # A link is there with its content or not at all; of a run that is killed before, an empty folder stays.
        # Another run's sweep may take this one for such a folder: then there is need of another.
        with contextlib.suppress(FileNotFoundError):
            mark_owner(folder, owner)
            return folder


def mark_owner(folder: Path, owner: Owner) -> None:
    """Say in ``folder`` whose it is. Raises FileNotFoundError where it has gone."""
    (folder / _OWNER_FILE).symlink_to(str(owner))


def owner_of(folder: Path) -> Owner | None:
    """Whose ``folder`` is; None where it does not say."""
    return Owner.parse(_owner_text(folder))


def abandoned_run_folders() -> list[Path]:
    """The folders of runs whose harness is no more: killed, with no chance to clean up."""
    return [folder for folder in _run_folders() if _abandoned(folder)]


def sweep_run_folders() -> list[Path]:
    """Remove the folders of runs whose harness is no more; what was removed."""
    swept = []
    for folder in _run_folders():
        if _abandoned(folder):
            clear_named(folder)
            shutil.rmtree(folder, ignore_errors=True)
            swept.append(folder)
        elif not _owner_text(folder):
            with contextlib.suppress(OSError):  # it is not empty
                folder.rmdir()
                swept.append(folder)
    return swept


def _run_folders() -> list[Path]:
    """Every run folder that this user has made; what anybody else puts under such a name is not looked into."""
    found = []
    for path in Path(tempfile.gettempdir()).glob(_RUN_PREFIX + "*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if _own_folder(status) and status.st_mode & 0o777 == _PRIVATE:
                found.append(path)
    return found


def _own_folder(status: os.stat_result) -> bool:
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def _owner_text(folder: Path) -> str:
    """What a run folder says of its owner, empty where it says nothing."""
    try:
        return str((folder / _OWNER_FILE).readlink())
    except OSError:
        return ""


def _abandoned(folder: Path) -> bool:
    owner = owner_of(folder)
    return owner is not None and not owner.alive()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Elsewhere:
    """What a run writes outside of its run folder: ``entries`` of ``folder``, which it has ``made`` or was there."""

    folder: str
    made: bool
    entries: tuple[str, ...]

    def __post_init__(self) -> None:
        if not Path(self.folder).is_absolute():
            raise ValueError(f"not an absolute path: {self.folder}")
        for entry in self.entries:
            # Joined to a folder, anything but a single name may lead out of it.
            if entry in {"", ".", ".."} or "/" in entry or "\0" in entry:
                raise ValueError(f"not the name of an entry: {entry!r}")

    @classmethod
    def read(cls, known: Path) -> "_Elsewhere | None":
        """What the run folder ``known`` says; None where it says nothing, or nothing that one may act upon."""
        try:
            found = json.loads((known / _ELSEWHERE_FILE).read_text(encoding="ascii"))
            return cls(
                folder=str(found["folder"]), made=found["made"] is True, entries=tuple(map(str, found["entries"]))
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, known: Path) -> None:
        (known / _ELSEWHERE_FILE).write_text(json.dumps(asdict(self)), encoding="ascii")


@contextlib.contextmanager
def named_folder(path: Path, owner: Owner, entries: Sequence[str], *, known_in: Path | None = None) -> Iterator[Path]:
    """``path`` for one run's ``entries`` directly below it, which are gone afterwards; made, and removed, if need be.

    What else somebody puts there stays. A run folder tells of it, so that a killed run's entries are swept as well;
    or ``known_in`` does, a folder of that owner which no sweep looks into (``clear_named``).
    Raises UsageError for a folder that holds something or is another user's, and for one whose parent is not there;
    OSError.
    """
    with contextlib.nullcontext(known_in) if known_in is not None else run_folder(owner) as known:
        try:
            path.mkdir(mode=_PRIVATE)
            made = True
        except FileExistsError:
            made = False
        except FileNotFoundError as error:
            raise UsageError("there is no such folder", place=str(path.parent), remedy="make it first") from error
        if any(path.iterdir()):
            raise UsageError("the folder is not empty", place=str(path), remedy="name a new or an empty one")
        # By the path that no link is part of: it is removed below that, and nowhere else.
        real = path.resolve()
        if not _own_folder(real.lstat()):
            if made:
                path.rmdir()
            raise UsageError("the folder is another user's", place=str(path), remedy="name a new one, or one of yours")
        _Elsewhere(folder=str(real), made=made, entries=(_OWNER_FILE, *entries)).write(known)
        try:
            (path / _OWNER_FILE).write_text(str(owner), encoding="ascii")
            yield path
        finally:
            clear_named(known)


def clear_named(known: Path) -> None:
    """Remove the entries that the run of ``known`` has in a folder that the user named, if that is still its own.

    All of it goes by the folder's descriptor, so that a link which somebody puts in its place leads nowhere.
    """
    elsewhere = _Elsewhere.read(known)
    if elsewhere is None:
        return
    try:
        folder = os.open(elsewhere.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not _own_folder(os.fstat(folder)) or _owner_file(folder) != _owner_text(known):
            return
        for name in reversed(elsewhere.entries):  # the owner's file last: without it nobody would know what the rest is
            _remove(name, folder)
    finally:
        os.close(folder)
    if elsewhere.made:
        with contextlib.suppress(OSError):
            os.rmdir(elsewhere.folder)  # noqa: PTH106  what is a link now, or holds something, stays


def _owner_file(folder: int) -> str | None:
    """What the owner's file in the folder of that descriptor holds."""
    try:
        with open(_OWNER_FILE, opener=partial(os.open, dir_fd=folder), encoding="ascii") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError):
        return None


def _remove(name: str, folder: int) -> None:
    """Remove the entry ``name`` of the folder of that descriptor; of a link the link."""
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode):
            shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)
