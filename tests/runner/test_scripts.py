"""Walks: commands carried out one after the other, each where the one before was left, once a run."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import limits
from harness.model.script import Command, Script, ScriptResult
from harness.pki import Materials
from harness.runner.scripts import run_script
from harness.servers.shell import ThisMachine
from harness.tools import Done


def _script(*lines: str, answers: tuple[str, ...] = (), name: str = "script", after: Script | None = None) -> Script:
    commands = tuple(Command(line=line, answers=answers) for line in lines)
    return Script(name=name, commands=commands, instead=(("/etc/ssl", "ssl"),), after=after)


def _carried_out(script: Script, root: Path) -> ScriptResult:
    return run_script(script, root, Materials())


def test_a_command_is_carried_out_where_the_one_before_it_went(tmp_path: Path) -> None:
    made = _carried_out(_script("mkdir /etc/ssl", "cd /etc/ssl", "echo hello > greeting"), tmp_path)
    assert made.files == {"greeting": b"hello\n"}
    assert made.left_in == str(tmp_path / "script" / "ssl")
    assert [done.status for done in made.done] == [0, 0, 0]
    assert made.done[0].ran == f"mkdir {tmp_path}/script/ssl"
    assert made.done[0].command.line == "mkdir /etc/ssl"


def test_its_prompts_are_answered_and_its_output_kept_even_where_a_line_does_not_end(tmp_path: Path) -> None:
    made = _carried_out(_script("cat && printf 'name? ' >&2", answers=("x", "y")), tmp_path)
    assert made.done[0].lines == ("x", "y", "name? ")


def test_a_command_that_fails_is_told_and_the_next_one_goes_on(tmp_path: Path) -> None:
    made = _carried_out(_script("ls nothing-here", "echo on"), tmp_path)
    assert (made.done[0].status, made.done[1].lines) == (2, ("on",))


def test_a_command_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DOCUMENT_COMMAND", 0.05)
    (done,) = _carried_out(_script("sleep 60"), tmp_path).done
    assert done.status is None


def test_without_its_programs_nothing_is_carried_out(tmp_path: Path) -> None:
    lacking = _script("mkdir /etc/ssl", "no-such-program --now")
    after = _script("echo on", name="after", after=lacking)
    for script in (lacking, after):
        assert _carried_out(script, tmp_path) == ScriptResult(lacks="this machine has no no-such-program")
    assert list(tmp_path.iterdir()) == []


def test_a_walk_goes_on_from_another_where_that_ended_and_each_is_carried_out_once(tmp_path: Path) -> None:
    first = _script("mkdir /etc/ssl", "cd /etc/ssl", "echo >> count", name="first")
    materials = Materials()
    made = [
        run_script(script, tmp_path, materials) for script in (first, _script("ls", name="second", after=first), first)
    ]
    assert made[1].done[0].lines == ("count",)
    assert made[0] == made[2]
    assert made[2].files == {"count": b"\n"}


class Beside:
    """A server's image: this machine's shell, which has ``only`` these programs; a ``Shell``."""

    def __init__(self, *only: str, where: str = "image:1") -> None:
        self.where = where
        self.asked = 0
        self.homes: list[Path] = []
        self._only = only

    def lacking(self, programs: Sequence[str]) -> tuple[str, ...]:
        self.asked += 1
        return tuple(name for name in programs if name not in self._only)

    def run(self, script: str, *, home: Path, folder: Path, typed: str) -> Done:
        self.homes.append(home)
        return ThisMachine().run(
            f"no_such_program() {{ echo made > $1; }}\n{script}", home=home, folder=folder, typed=typed
        )


def _in_an_image(*lines: str, **changes: Any) -> Script:
    return replace(_script(*lines), **changes)


def test_what_this_machine_lacks_is_carried_out_in_the_servers_image_once(tmp_path: Path) -> None:
    first = _in_an_image("mkdir made", "no_such_program made/file", name="first", there=("ssl/deep",))
    second = _in_an_image("ls", name="second", after=first)
    beside, materials = Beside("no_such_program", "mkdir", "ls"), Materials()
    made = [run_script(script, tmp_path, materials, beside=beside) for script in (first, second, first)]
    assert made[0] == made[2]
    assert (made[0].where, made[0].files) == ("image:1", {"file": b"made\n"})
    assert made[1].done[0].lines == ("made", "ssl")
    assert made[0].done[1].ran == "no_such_program made/file  # in image:1"
    # In a folder for that image alone, and nothing else of the run's.
    (home,) = set(beside.homes)
    assert home.parent != tmp_path
    assert home.is_relative_to(tmp_path)
    assert materials.document_file(made[0].named(first), "file") == b"made\n"
    assert materials.document_file(made[1].named(first), "file") == b"made\n"


def test_each_image_makes_its_own(tmp_path: Path) -> None:
    script = _in_an_image("no_such_program file")
    materials = Materials()
    places = [Beside("no_such_program", where=where) for where in ("image:1", "image:2")]
    made = [run_script(script, tmp_path, materials, beside=beside) for beside in places]
    assert [done.named(script) for done in made] == ["script in image:1", "script in image:2"]
    assert places[0].homes != places[1].homes


def test_what_this_machine_has_is_carried_out_here(tmp_path: Path) -> None:
    beside = Beside()
    made = run_script(_script("ls"), tmp_path, Materials(), beside=beside)
    assert (made.where, made.done[0].ran, beside.asked) == ("", "ls", 0)


@pytest.mark.parametrize(
    ("has", "said"),
    [
        ((), "neither this machine nor the server's image has no_such_program, openssl-of-old"),
        (
            ("openssl-of-old",),
            "this machine has no no_such_program, openssl-of-old, and the server's image no no_such_program",
        ),
        (
            ("no_such_program",),
            "this machine has no no_such_program, openssl-of-old, and the server's image no openssl-of-old",
        ),
    ],
)
def test_without_its_programs_there_either_it_says_what_was_missing_where(
    tmp_path: Path, has: tuple[str, ...], said: str
) -> None:
    script = _in_an_image("cd ssl", "no_such_program file", calls=("openssl-of-old",))
    beside, materials = Beside(*has), Materials()
    for _ in range(2):
        assert run_script(script, tmp_path, materials, beside=beside) == ScriptResult(lacks=said)
    assert beside.asked == 1
    assert list(tmp_path.iterdir()) == []
