"""Carries out walks: a document's commands, with this machine's own programs, in a folder of the run."""

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from harness import limits
from harness.model.walk import Command, CommandDone, Walk, Walked
from harness.pki import Materials
from harness.tools import run_tool

_BUILTINS = {"cd"}
_LEFT_IN = "dbtls: left in "
"""Stands before the folder that a command was left in, after its own output: a file would be lost on a full disk."""


def walked(walk: Walk, root: Path, materials: Materials) -> Walked:
    """What came of ``walk``, carried out below ``root`` at the first asking in a run. Its files are materials then.

    Raises OSError, and UsageError where another walk has its name.
    """

    def carry_out() -> Walked:
        done = _carried_out(walk, root, materials)
        materials.keep_document(walk.name, done.files)
        return done

    return materials.once(("walk", walk), carry_out)


def folder_of(walk: Walk, root: Path) -> Path:
    """Where a walk begins: a folder of its own, or of the walk that it goes on from."""
    return folder_of(walk.after, root) if walk.after is not None else root / walk.name


def _carried_out(walk: Walk, root: Path, materials: Materials) -> Walked:
    before = Walked() if walk.after is None else walked(walk.after, root, materials)
    lacks = (*before.lacks, *_lacking(walk.commands))
    if lacks:
        return Walked(lacks=tuple(dict.fromkeys(lacks)))
    home = folder_of(walk, root)
    home.mkdir(parents=True, exist_ok=True)
    here = Path(before.left_in or home)
    done = []
    for command in walk.commands:
        line = command.line
        for written, stands_for in walk.instead:
            line = line.replace(written, f"{home}/{stands_for}" if stands_for else str(home))
        result, here = _done(command, line, here)
        done.append(result)
    files = {path.name: path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}
    return Walked(done=tuple(done), files=files, left_in=str(here))


def _done(command: Command, line: str, folder: Path) -> tuple[CommandDone, Path]:
    """One command carried out in ``folder``, and the folder that it leaves the next one in."""
    ended = run_tool(
        (
            "env",
            "LC_ALL=C",
            "sh",
            "-c",
            f"{line}\nstatus=$?\nprintf '\\n%s%s\\n' '{_LEFT_IN}' \"$(pwd)\"\nexit $status",
        ),
        timeout_s=limits.DOCUMENT_COMMAND,
        folder=folder,
        typed="".join(f"{answer}\n" for answer in command.answers),
    )
    *said, last = ended.lines or ("",)
    if not last.startswith(_LEFT_IN):  # it did not end in time
        return CommandDone(command=command, ran=line, status=ended.status, lines=ended.lines), folder
    if said and not said[-1]:
        said.pop()
    return CommandDone(command=command, ran=line, status=ended.status, lines=tuple(said)), Path(
        last.removeprefix(_LEFT_IN)
    )


def _lacking(commands: Sequence[Command]) -> list[str]:
    programs = dict.fromkeys(shlex.split(command.line)[0] for command in commands)
    return [name for name in programs if name not in _BUILTINS and shutil.which(name) is None]
