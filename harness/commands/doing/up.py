"""Bringing servers up, until Ctrl-C or for as long as one command runs."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import environ
from pathlib import Path
from types import FrameType
from typing import assert_never

import click
from rich.console import Console
from rich.text import Text

from harness import limits
from harness.commands.doing.asking import agree_to_build
from harness.commands.doing.detaching import LetGo, detached
from harness.commands.doing.up_request import Asked, Wanted, wanted
from harness.errors import HarnessError, UsageError
from harness.exits import Exit
from harness.locations import named_folder, run_folder
from harness.owner import Owner
from harness.reference.like import LikeRequest, stood_like
from harness.reference.material import portable_path
from harness.reference.standing import claimed
from harness.reference.up import Up, UpRequest, brought_up
from harness.selection.places import opened_place
from harness.servers.place import Place


def up_asked(asked: Asked) -> int:
    """Bring them up and wait, or run the command: the exit code. Raises UsageError before anything starts."""
    request, name = wanted(asked)
    carried_out = None if asked.command is None else _runnable(asked.command, as_one_object=asked.as_one_object)
    if name is None:
        return _stood(asked, request, carried_out)
    return detached(lambda let_go: _left_standing(asked, request, name, let_go))


def _stood(asked: Asked, request: Wanted, carried_out: Sequence[str] | None) -> int:
    """Up until somebody ends this process, or the command has ended."""
    owner = Owner.this_process()
    with (
        _hangup_ends(),
        opened_place(asked.engine) as place,  # first: a killed run may have left --out full
        _folder(asked.out, owner, request) as folder,
        _up(asked, request, place, owner, folder) as up,
    ):
        if carried_out is not None:
            return _carried_out(carried_out, up.shown.variables)
        click.echo(_printed(asked, up), nl=False)
        up.wait()
    return 0


def _left_standing(asked: Asked, request: Wanted, name: str, let_go: LetGo) -> int:
    """Up until `dbtls down` ends this process, which ``let_go`` makes one of its own, once it has printed."""
    owner = Owner.this_process()
    with (
        _hangup_ends(),
        opened_place(asked.engine) as place,
        claimed(name, owner) as claim,
        _named(asked.out, owner, request, known_in=claim.place) as named,
        _up(asked, request, place, owner, named or portable_path(claim.files)) as up,
    ):
        claim.is_up(up.shown.folder, up.shown.addresses)
        let_go(_printed(asked, up))
        try:
            up.wait()
        except HarnessError as fault:
            claim.has_ended(str(fault))
            return Exit.FAULT
    return 0


@contextlib.contextmanager
def _up(asked: Asked, request: Wanted, place: Place, owner: Owner, folder: Path) -> Iterator[Up]:
    """What ``request`` asks for, up, once somebody who is there agrees."""
    console = Console(stderr=True)
    with contextlib.ExitStack() as opened:
        agree_to_build(place, request.builds, request.clients, yes=asked.yes)
        with console.status("") as status:
            begun = _begun(request, place, owner, folder, lambda said: status.update(Text(said)))
            up = opened.enter_context(begun)
        yield up


def _begun(
    request: Wanted, place: Place, owner: Owner, folder: Path, on_progress: Callable[[str], None]
) -> contextlib.AbstractContextManager[Up]:
    match request:
        case UpRequest():
            return brought_up(request, place=place, owner=owner, folder=folder, on_progress=on_progress)
        case LikeRequest():
            return stood_like(request, place=place, owner=owner, folder=folder, on_progress=on_progress)
        case _:
            assert_never(request)


def _printed(asked: Asked, up: Up) -> str:
    return f"{json.dumps(up.shown.as_object)}\n" if asked.as_one_object else up.shown.text


def _runnable(command: Sequence[str], *, as_one_object: bool) -> Sequence[str]:
    """COMMAND with its program found. Raises UsageError before anything is started for it."""
    if as_one_object:
        raise UsageError(
            "`--json` is not for a COMMAND", remedy="COMMAND finds the same in the file that DBTLS_JSON names"
        )
    if not command:
        raise UsageError("no COMMAND after `--`", remedy="name one, or leave `--` out")
    program = shutil.which(command[0])
    if program is None:
        raise UsageError(f"there is no program `{command[0]}`", remedy="name the command to run while servers are up")
    return (program, *command[1:])


@contextlib.contextmanager
def _folder(out: Path | None, owner: Owner, request: Wanted) -> Iterator[Path]:
    with _named(out, owner, request) as named:
        if named is not None:
            yield named
            return
        with run_folder(owner) as folder:
            yield portable_path(folder)


@contextlib.contextmanager
def _named(out: Path | None, owner: Owner, request: Wanted, *, known_in: Path | None = None) -> Iterator[Path | None]:
    """The folder that the user named; None if none was."""
    if out is None:
        yield None
        return
    with named_folder(portable_path(out), owner, request.entries, known_in=known_in) as folder:
        yield folder


@contextlib.contextmanager
def _hangup_ends() -> Iterator[None]:
    """Have a closed terminal end this as SIGTERM does, unless hang-ups are ignored (nohup)."""
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _carried_out(command: Sequence[str], given: Mapping[str, str]) -> int:
    """Run ``command`` in the foreground to its end; the exit code as a shell gives it.

    Ctrl-C is the command's to answer, as it is of a program that a shell runs: an interactive one goes on.
    """
    process = subprocess.Popen(command, env={**environ, **given})  # noqa: S603  what the user typed

    def interrupted(number: int, frame: FrameType | None) -> None:
        # At a terminal the command, in the same process group, has had it already.
        if not sys.stdin.isatty():
            process.send_signal(number)

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        status = process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(limits.COMMAND_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    return status if status >= 0 else 128 - status
