"""Runs scripts: a document's commands, in a folder of the run, on this machine or in a server's image."""

import hashlib
import shlex
from collections.abc import Iterator
from pathlib import Path

from harness.model.script import Command, CommandDone, Script, ScriptResult
from harness.pki import Materials
from harness.servers.shell import Shell, ThisMachine

_BUILTINS = {"cd"}
_LEFT_IN = "dbtls: left in "
"""Stands before the folder that a command was left in, after its own output: a file would be lost on a full disk."""


def run_script(script: Script, root: Path, materials: Materials, *, beside: Shell | None = None) -> ScriptResult:
    """What came of ``script``, carried out below ``root`` at the first asking in a run. Its files are materials then.

    Where this machine lacks a program that ``beside`` has, the whole of it is carried out there, once for each place.
    Raises OSError, EngineError, and UsageError where another script has its name.
    """
    shell, lacks = _shell_for(script, beside, materials)
    if lacks:
        return ScriptResult(lacks=lacks)
    return _run(script, _root_of(shell, root), materials, shell)


def folder_of(script: Script, root: Path) -> Path:
    """Where a script begins: a folder of its own, or of the script that it goes on from."""
    return folder_of(script.after, root) if script.after is not None else root / script.name


def _shell_for(script: Script, beside: Shell | None, materials: Materials) -> tuple[Shell, str]:
    """Where to carry ``script`` out, or why that is nowhere."""
    here = ThisMachine()
    programs = tuple(_programs(script))
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


def _programs(script: Script) -> Iterator[str]:
    """All that a script and those before it need, each once."""
    before = () if script.after is None else _programs(script.after)
    own = (shlex.split(command.line)[0] for command in script.commands)
    yield from (name for name in dict.fromkeys((*before, *own, *script.calls)) if name not in _BUILTINS)


def _root_of(shell: Shell, root: Path) -> Path:
    if not shell.where:
        return root
    return root / f"in-{hashlib.sha256(shell.where.encode()).hexdigest()[:8]}"


def _run(script: Script, root: Path, materials: Materials, shell: Shell) -> ScriptResult:
    def carry_out() -> ScriptResult:
        done = _carried_out(script, root, materials, shell)
        materials.keep_document(done.named(script), done.files)
        return done

    return materials.once(("script", script, shell.where), carry_out)


def _carried_out(script: Script, root: Path, materials: Materials, shell: Shell) -> ScriptResult:
    before = ScriptResult() if script.after is None else _run(script.after, root, materials, shell)
    home = folder_of(script, root)
    for folder in (home, *(home / name for name in script.there)):
        folder.mkdir(parents=True, exist_ok=True)
    here = Path(before.left_in or home)
    done = []
    for command in script.commands:
        line = command.line
        for written, stands_for in script.instead:
            line = line.replace(written, f"{home}/{stands_for}" if stands_for else str(home))
        result, here = _done(command, line, home, here, shell)
        done.append(result)
    files = {path.name: path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}
    return ScriptResult(done=tuple(done), files=files, left_in=str(here), where=shell.where)


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
