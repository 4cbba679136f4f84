"""The scripts that may install something: whoever sits at a terminal is asked, elsewhere it is said."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEED = "need 'Maven' maven && echo there"
WANT = "want 'Maven' maven && echo on"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A machine of root's, on which ``apt-get`` writes down what it is told."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, does in {"id": "echo 0", "apt-get": f'echo "$@" >>{tmp_path}/told'}.items():
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    return folder


def _run(programs: Path, does: str, *, typed: str | None, yes: bool = False) -> tuple[int, str]:
    """Its exit code, and what was installed; ``typed`` None: nobody is there."""
    ends = pty.openpty() if typed is not None else ()
    try:
        process = subprocess.Popen(
            ["sh", "-euc", f". scripts/packages.sh; {does}"],
            cwd=ROOT,
            env={"PATH": f"{programs}:/usr/bin:/bin", **({"YES": "1"} if yes else {})},
            stdin=ends[1] if ends else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if ends and typed is not None:
            os.write(ends[0], typed.encode())
        _, err = process.communicate(timeout=30)
    finally:
        for end in ends:
            os.close(end)
    asked = "[y/N]" in err
    assert asked == (typed is not None and not yes), err
    told = programs.parent / "told"
    installed = [line for line in told.read_text().splitlines() if " install " in f" {line} "] if told.exists() else []
    assert all(line.endswith(" maven") for line in installed)
    assert len(installed) <= 1
    return process.returncode, "installed" if installed else ""


@pytest.mark.parametrize("does", [NEED, WANT])
@pytest.mark.parametrize(
    ("typed", "yes"),
    [(None, False), ("y\n", False), ("YES\n", False), ("n\n", True)],
    ids=["nobody", "y", "YES", "set"],
)
def test_what_is_agreed_to_or_where_nobody_can_be_asked_is_installed(
    programs: Path, does: str, typed: str | None, yes: bool
) -> None:
    assert _run(programs, does, typed=typed, yes=yes) == (0, "installed")


@pytest.mark.parametrize("typed", ["\n", "n\n", "\x04"], ids=["enter", "no", "end"])
def test_what_is_not_agreed_to_is_not_installed(programs: Path, typed: str) -> None:
    assert _run(programs, NEED, typed=typed) == (2, "")
    assert _run(programs, WANT, typed=typed) == (0, "")
