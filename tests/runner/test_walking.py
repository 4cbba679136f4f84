"""Walks: commands carried out one after the other, each where the one before was left, once a run."""

from pathlib import Path

import pytest

from harness import limits
from harness.model.walk import Command, Walk, Walked
from harness.pki import Materials
from harness.runner.walking import walked


def _walk(*lines: str, answers: tuple[str, ...] = (), name: str = "walk", after: Walk | None = None) -> Walk:
    commands = tuple(Command(line=line, answers=answers) for line in lines)
    return Walk(name=name, commands=commands, instead=(("/etc/ssl", "ssl"),), after=after)


def _carried_out(walk: Walk, root: Path) -> Walked:
    return walked(walk, root, Materials())


def test_a_command_is_carried_out_where_the_one_before_it_went(tmp_path: Path) -> None:
    made = _carried_out(_walk("mkdir /etc/ssl", "cd /etc/ssl", "echo hello > greeting"), tmp_path)
    assert made.files == {"greeting": b"hello\n"}
    assert made.left_in == str(tmp_path / "walk" / "ssl")
    assert [done.status for done in made.done] == [0, 0, 0]
    assert made.done[0].ran == f"mkdir {tmp_path}/walk/ssl"
    assert made.done[0].command.line == "mkdir /etc/ssl"


def test_its_prompts_are_answered_and_its_output_kept_even_where_a_line_does_not_end(tmp_path: Path) -> None:
    made = _carried_out(_walk("cat && printf 'name? ' >&2", answers=("x", "y")), tmp_path)
    assert made.done[0].lines == ("x", "y", "name? ")


def test_a_command_that_fails_is_told_and_the_next_one_goes_on(tmp_path: Path) -> None:
    made = _carried_out(_walk("ls nothing-here", "echo on"), tmp_path)
    assert (made.done[0].status, made.done[1].lines) == (2, ("on",))


def test_a_command_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DOCUMENT_COMMAND", 0.05)
    (done,) = _carried_out(_walk("sleep 60"), tmp_path).done
    assert done.status is None


def test_without_its_programs_nothing_is_carried_out(tmp_path: Path) -> None:
    lacking = _walk("mkdir /etc/ssl", "no-such-program --now")
    after = _walk("echo on", name="after", after=lacking)
    for walk in (lacking, after):
        assert _carried_out(walk, tmp_path) == Walked(lacks=("no-such-program",))
    assert list(tmp_path.iterdir()) == []


def test_a_walk_goes_on_from_another_where_that_ended_and_each_is_carried_out_once(tmp_path: Path) -> None:
    first = _walk("mkdir /etc/ssl", "cd /etc/ssl", "echo >> count", name="first")
    materials = Materials()
    made = [walked(walk, tmp_path, materials) for walk in (first, _walk("ls", name="second", after=first), first)]
    assert made[1].done[0].lines == ("count",)
    assert made[0] == made[2]
    assert made[2].files == {"count": b"\n"}
