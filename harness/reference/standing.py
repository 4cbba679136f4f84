"""Environments that outlive the command which brought them up: each a folder, and a process that keeps it up.

No sweep looks into these folders: what a killed process leaves there stays until somebody ends it by name.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness import limits
from harness.errors import EngineError, UsageError
from harness.locations import clear_named, locked, mark_owner, owner_of, replace_file, state_folder
from harness.names import listed
from harness.owner import Owner
from harness.reference.environment import Address
from harness.waiting import wait_for

_RECORD = "standing.json"
_FILES = "files"
_LOCK = "standing"
_PORTS = range(20_000, 32_000)
"""Below those that kernels and engines give to whoever names none (from 32,768 on)."""


class Record(BaseModel):
    """What is written of an environment once it is up; ``ended`` is why it is up no more, empty while it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str
    since: datetime
    servers: tuple[Address, ...]
    ended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A named environment. ``record`` None: it is not up yet, or its process was killed before it was."""

    name: str
    place: Path
    owner: Owner | None
    record: Record | None

    @property
    def alive(self) -> bool:
        """Whether the process that keeps it runs."""
        return self.owner is not None and self.owner.alive()

    @property
    def state(self) -> str:
        """How it stands, for a reader."""
        if self.record is not None and self.record.ended:
            return self.record.ended
        if not self.alive:
            return "its process was killed"
        return "starting" if self.record is None else "up"

    def end(self) -> None:
        """End it, and remove all of it but containers, which end with its process.

        Raises UsageError for another machine's, EngineError where its process does not end.
        """
        if self.owner is not None and self.alive:
            if self.owner.host != socket.gethostname():
                what = f"environment `{self.name}` stands on {self.owner.host}"
                raise UsageError(what, place=str(self.place), remedy="end it there")
            _end(self.owner)
        remove(self.place)


def remove(place: Path) -> None:
    """Remove what an environment whose process has ended left."""
    clear_named(place)
    shutil.rmtree(place, ignore_errors=True)


def _end(owner: Owner) -> None:
    for number, deadline_s in ((signal.SIGTERM, limits.KEEPER_END), (signal.SIGKILL, limits.COMMAND_END)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(owner.pid, number)
        if wait_for(lambda: None if owner.alive() else True, deadline_s=deadline_s):
            return
    raise EngineError(f"process {owner.pid} does not end", remedy="see what it waits for, then try again")


def standing() -> list[Standing]:
    """Every environment that has a name, by name."""
    parent = _parent()
    return [_read(place) for place in sorted(parent.iterdir()) if place.is_dir()] if parent.is_dir() else []


def named(names: Sequence[str]) -> list[Standing]:
    """The environments of those names. Raises UsageError for one that there is not."""
    known = {one.name: one for one in standing()}
    for name in names:
        if name not in known:
            there = f"there are: {listed(sorted(known))}" if known else "`dbtls up SERVER --detach` leaves one up"
            raise UsageError(f"no environment `{name}` stands", remedy=there)
    return [known[name] for name in dict.fromkeys(names)]


def _parent() -> Path:
    return state_folder() / "up"


def _read(place: Path) -> Standing:
    record = None
    with contextlib.suppress(OSError, ValidationError):
        record = Record.model_validate_json((place / _RECORD).read_text(encoding="utf-8"))
    return Standing(name=place.name, place=place, owner=owner_of(place), record=record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A name that this process has for its environment: ``place`` is the environment's, ``files`` for its files."""

    place: Path
    files: Path

    def is_up(self, folder: Path, servers: Sequence[Address]) -> None:
        """Have it known that the environment is up, and where."""
        self._write(Record(folder=str(folder), since=datetime.now(UTC), servers=tuple(servers)))

    def has_ended(self, why: str) -> None:
        """Have it known why it is up no more; that much stays when the claim ends."""
        record = _read(self.place).record
        if record is not None:
            self._write(record.model_copy(update={"ended": why}))

    def _write(self, record: Record) -> None:
        replace_file(self.place / _RECORD, f"{record.model_dump_json(indent=1)}\n".encode())


@contextlib.contextmanager
def claimed(name: str, owner: Owner) -> Iterator[Claim]:
    """``name`` for an environment of ``owner``, this process; afterwards nothing of it is there, unless it had ended.

    An environment of that name whose process is no more is removed first. Raises UsageError for a name that is none,
    or is taken.
    """
    place = _parent() / name
    with locked(_LOCK):
        check_name(name)
        if place.is_dir():
            remove(place)
        place.mkdir(mode=0o700, parents=True)
        mark_owner(place, owner)
    claim = Claim(place=place, files=place / _FILES)
    claim.files.mkdir(mode=0o700)
    try:
        yield claim
    finally:
        record = _read(place).record
        if record is None or not record.ended:
            remove(place)
        shutil.rmtree(claim.files, ignore_errors=True)


def check_name(name: str) -> None:
    """Raises UsageError for a name that cannot be a folder's, or is that of an environment that stands."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name, re.ASCII):
        raise UsageError(f"`{name}` cannot be an environment's name", remedy="use letters, digits and . _ -")
    if _read(_parent() / name).alive:
        raise UsageError(
            f"an environment `{name}` stands already",
            remedy=f"`dbtls down {name}` ends it; --name gives this one another name",
        )


def stable_port(name: str, server: str) -> int:
    """The port of a server of an environment of that name: the same each time."""
    return _PORTS[zlib.crc32(f"{name}/{server}".encode()) % len(_PORTS)]
