"""A document's commands in a server's image: with its programs, in one folder of this machine, and gone afterwards."""

import os
import time
from pathlib import Path

import docker
import pytest

from harness import limits
from harness.containers.engine import OWNER_LABEL
from harness.errors import EngineError
from harness.model.script import Command, Script
from harness.owner import Owner
from harness.pki import Materials
from harness.runner.scripts import run_script
from harness.servers.container import ContainerPlace
from harness.servers.shell import Shell
from harness.waiting import wait_for
from tests.real.fleet import DEFAULT_BUILDS


@pytest.fixture
def shell(place: ContainerPlace, one_server: str, owner: Owner) -> Shell:
    image = place.made(DEFAULT_BUILDS[one_server])
    assert image is not None
    made = place.shell(image, owner, server="/usr/sbin/mariadbd")
    assert made is not None
    return made


def _left(owner: Owner) -> list[str]:
    """The containers of shells that are still there."""
    client = docker.from_env()
    try:
        every = client.containers.list(all=True, filters={"label": f"{OWNER_LABEL}={owner}"}, ignore_removed=True)
        return [str(one.name) for one in every if str(one.name).startswith("dbtls-shell-")]
    finally:
        client.close()


def test_it_knows_what_its_image_has(shell: Shell) -> None:
    assert shell.lacking(["mariadbd", "sh", "no-such-program", "neither this; one"]) == (
        "no-such-program",
        "neither this; one",
    )


def test_a_walk_is_carried_out_in_its_folder(shell: Shell, owner: Owner, tmp_path: Path) -> None:
    """With the server's own program, which is on no PATH of this machine, and no network."""
    lines = (
        "mariadbd --version > /etc/ssl/version",
        "cd /etc/ssl",
        "read word && echo $word > said",
        "ls /sys/class/net > network; ls nothing-here",
        "echo x > /usr/local/x; echo $?",
    )
    commands = tuple(Command(line=line, answers=("first", "second")) for line in lines)
    script = Script(name="script", commands=commands, instead=(("/etc/ssl", "ssl"),), there=("ssl",), calls=())
    done = run_script(script, tmp_path, Materials(), beside=shell)
    assert done.lacks == ""
    assert done.where == shell.where
    assert b"MariaDB" in done.files["version"]
    assert (done.files["said"], done.files["network"]) == (b"first\n", b"lo\n")
    assert [each.status for each in done.done] == [0, 0, 0, 2, 0]
    refused, status = done.done[4].lines
    assert "Read-only file system" in refused
    assert status == "2"
    assert done.done[0].ran.endswith(f"  # in {shell.where}")
    (made,) = {path.stat().st_uid for path in tmp_path.rglob("*") if path.is_file()}
    assert made == os.geteuid()
    assert _left(owner) == []


def test_what_does_not_end_is_ended_and_gone(
    shell: Shell, owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DOCUMENT_COMMAND", 1)
    begun = time.monotonic()
    done = shell.run("echo begun; sleep 600", home=tmp_path, folder=tmp_path, typed="")
    assert (done.status, done.lines) == (None, ("begun",))
    assert time.monotonic() - begun < 30
    assert wait_for(lambda: None if _left(owner) else True, deadline_s=5)


def test_what_its_own_kill_ends_is_no_time_out(shell: Shell, tmp_path: Path) -> None:
    assert shell.run("kill -KILL $$", home=tmp_path, folder=tmp_path, typed="").status == 137


def test_an_engine_that_fails_is_no_command_that_does(
    place: ContainerPlace, owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    nowhere = place.shell("dbtls-test/nowhere:1", owner, server="/x")
    assert nowhere is not None
    with pytest.raises(EngineError, match="failed while running a document's command"):
        nowhere.run("true", home=tmp_path, folder=tmp_path, typed="")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="there is no program `docker`"):
        shell.lacking(["sh"])
