"""A transcript: command lines with all that each printed and its exit code, as a terminal shows them.

``python -m tests.commands.transcript`` writes it anew, for whoever has changed an answer and reads the difference.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

from harness.cli import main

FILE = Path(__file__).with_name("inputs.txt")
_HERE = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One command line: ``number`` in the list, how clear its answer is, the project's file, what was printed."""

    number: int
    clear: str
    line: str
    project: str
    said: str
    code: int

    def __str__(self) -> str:
        project = f"in a project with\n{self.project}" if self.project else ""
        return f"# {self.number} {self.clear}\n{project}$ {self.line}\n{self.said}exit {self.code}\n"


_TURN = re.compile(
    r"^# (?P<number>\d+) (?P<clear>clear|usable|unclear)\n(?:in a project with\n(?P<project>(?:.*\n)*?))?"
    r"\$ (?P<line>.*)\n(?P<said>(?:.*\n)*?)exit (?P<code>\d+)\n",
    re.MULTILINE,
)


def read(path: Path = FILE) -> list[Turn]:
    """Every turn of a transcript."""
    return [
        Turn(
            number=int(found["number"]),
            clear=found["clear"],
            line=found["line"],
            project=found["project"] or "",
            said=found["said"],
            code=int(found["code"]),
        )
        for found in _TURN.finditer(path.read_text(encoding="utf-8"))
    ]


def again(turn: Turn, folder: Path) -> Turn:
    """The same line, typed in ``folder``, which is empty, with what it prints now. `run` lists, and nothing starts."""
    (folder / "junk.history").write_text("junk\n")
    if turn.project:
        (folder / "pyproject.toml").write_text(turn.project)
    told = {"DBTLS_RUN_LIST": "1", "DBTLS_CACHE": str(folder / "cache"), "COLUMNS": "80"}
    words = shlex.split(turn.line)
    said, code = _of_pytest(words, folder, told) if words[0] == "pytest" else _inside(words, folder, told)
    assert not (folder / "cache" / "artifacts").exists(), "something was fetched"
    return replace(turn, said=said.replace(str(folder), _HERE), code=code)


def _inside(words: list[str], folder: Path, told: Mapping[str, str]) -> tuple[str, int]:
    """In this process: one of its own takes most of a second."""
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.dict(os.environ, told),
        mock.patch.object(sys, "argv", words),
        mock.patch("signal.signal"),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    return out.getvalue() + err.getvalue(), code


def _of_pytest(words: list[str], folder: Path, told: Mapping[str, str]) -> tuple[str, int]:
    command = [sys.executable, "-m", "pytest", "-p", "no:locust", "-p", "no:cacheprovider", *words[1:]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **told})
    return done.stderr.strip() + "\n", done.returncode


if __name__ == "__main__":
    turns = []
    for one in read():
        with tempfile.TemporaryDirectory() as scratch:
            turns.append(again(one, Path(scratch).resolve()))
    FILE.write_text("\n".join(map(str, turns)), encoding="utf-8")
