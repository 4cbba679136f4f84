"""Carries out walks: a document's commands, in a folder of the run, on this machine or in a server's image."""

import hashlib
import shlex
from collections.abc import Iterator
from pathlib import Path

from harness.model.walk import Command, CommandDone, Walk, Walked
from harness.pki import Materials
from harness.servers.shell import Shell, ThisMachine

_BUILTINS = {"cd"}
_LEFT_IN = "dbtls: left in "
"""Stands before the folder that a command was left in, after its own output: a file would be lost on a full disk."""


def walked(walk: Walk, root: Path, materials: Materials, *, beside: Shell | None = None) -> Walked:
    """What came of ``walk``, carried out below ``root`` at the first asking in a run. Its files are materials then.

    Where this machine lacks a program that ``beside`` has, the whole of it is carried out there, once for each place.
    Raises OSError, EngineError, and UsageError where another walk has its name.
    """
    shell, lacks = _shell_for(walk, beside, materials)
    if lacks:
        return Walked(lacks=lacks)
    return _walked(walk, _root_of(shell, root), materials, shell)


def folder_of(walk: Walk, root: Path) -> Path:
    """Where a walk begins: a folder of its own, or of the walk that it goes on from."""
    return folder_of(walk.after, root) if walk.after is not None else root / walk.name


def _shell_for(walk: Walk, beside: Shell | None, materials: Materials) -> tuple[Shell, str]:
    """Where to carry ``walk`` out, or why that is nowhere."""
    here = ThisMachine()
    programs = tuple(_programs(walk))
    missing = here.lacking(programs)
    if not missing:
        return here, ""
    if beside is None:
        return here, f"this machine has no {', '.join(missing)}"
    there = materials.once(("programs", programs, beside.where), lambda: beside.lacking(programs))
    if not there:
        return beside, ""
    if there == missing:
        return here, f"neither this machine nor the server's image has {', '.join(missing)}"
    return here, f"this machine has no {', '.join(missing)}, and the server's image no {', '.join(there)}"


def _programs(walk: Walk) -> Iterator[str]:
    """All that a walk and those before it need, each once."""
    before = () if walk.after is None else _programs(walk.after)
    own = (shlex.split(command.line)[0] for command in walk.commands)
    yield from (name for name in dict.fromkeys((*before, *own, *walk.calls)) if name not in _BUILTINS)


def _root_of(shell: Shell, root: Path) -> Path:
    if not shell.where:
        return root
    return root / f"in-{hashlib.sha256(shell.where.encode()).hexdigest()[:8]}"


def _walked(walk: Walk, root: Path, materials: Materials, shell: Shell) -> Walked:
    def carry_out() -> Walked:
        done = _carried_out(walk, root, materials, shell)
        materials.keep_document(done.named(walk), done.files)
        return done

    return materials.once(("walk", walk, shell.where), carry_out)


def _carried_out(walk: Walk, root: Path, materials: Materials, shell: Shell) -> Walked:
    before = Walked() if walk.after is None else _walked(walk.after, root, materials, shell)
    home = folder_of(walk, root)
    for folder in (home, *(home / name for name in walk.there)):
        folder.mkdir(parents=True, exist_ok=True)
    here = Path(before.left_in or home)
    done = []
    for command in walk.commands:
        line = command.line
        for written, stands_for in walk.instead:
            line = line.replace(written, f"{home}/{stands_for}" if stands_for else str(home))
        result, here = _done(command, line, home, here, shell)
        done.append(result)
    files = {path.name: path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}
    return Walked(done=tuple(done), files=files, left_in=str(here), where=shell.where)


def _done(command: Command, line: str, home: Path, folder: Path, shell: Shell) -> tuple[CommandDone, Path]:
    """One command carried out in ``folder``, and the folder that it leaves the next one in."""
    ended = shell.run(
        f"{line}\nstatus=$?\nprintf '\\n%s%s\\n' '{_LEFT_IN}' \"$(pwd)\"\nexit $status",
        home=home,
        folder=folder,
        typed="".join(f"{answer}\n" for answer in command.answers),
    )
    ran = f"{line}  # in {shell.where}" if shell.where else line
    *said, last = ended.lines or ("",)
    if not last.startswith(_LEFT_IN):  # it did not end in time
        return CommandDone(command=command, ran=ran, status=ended.status, lines=ended.lines), folder
    if said and not said[-1]:
        said.pop()
    left_in = Path(last.removeprefix(_LEFT_IN))
    return CommandDone(command=command, ran=ran, status=ended.status, lines=tuple(said)), left_in
