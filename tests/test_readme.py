"""What the README tells a reader to type exists."""

import re
from pathlib import Path

import click
import pytest

from harness.cli import cli
from harness.commands.epilogs import EXIT_CODES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (?:\.venv/bin/)?(.+?)(?: +#.*)?$", README, re.MULTILINE)


def _parse(words: list[str]) -> None:
    """Parse a ``dbtls`` command line as click does, without carrying it out. Raises click.UsageError."""
    command: click.Command = cli
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.get_command(click.Context(command), name)
        if found is None:
            raise click.UsageError(f"no command {name}")
        command = found
    command.make_context(command.name or "", words)


def test_there_are_commands_in_it() -> None:
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("dbtls ")])
def test_each_dbtls_command_parses(line: str) -> None:
    _parse([word.strip("'") for word in line.split()[1:]])


def test_a_command_that_is_none_would_be_found() -> None:
    with pytest.raises(click.UsageError):
        _parse(["run", "--sever", "mysql-9.7"])


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("make ")])
def test_each_make_target_exists(line: str) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert line.split()[1] in targets


def test_its_exit_codes_are_those_of_the_help() -> None:
    told = {int(code) for code in re.findall(r"^  (\d+) ", EXIT_CODES, re.MULTILINE)}
    rows = re.findall(r"^\| (\d+)(?:, (\d+))? \|", README, re.MULTILINE)
    assert {int(code) for row in rows for code in row if code} == told
