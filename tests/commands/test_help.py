"""What is shown before a command does anything: help that is whole and quick, with examples that parse."""

import re
import subprocess
import sys

import click
import pytest

from harness.cli import SECTIONS, cli
from tests.commands.lines import COMMANDS, ROWS, parse
from tests.real.command import DBTLS

HEAVY = ("cryptography", "docker", "pydantic", "pymysql", "requests", "rich", "testcontainers", "yaml")


def _examples(command: click.Command) -> list[str]:
    _, _, after = (command.epilog or "").partition("Examples:\n")
    return re.findall(r"^  (dbtls .+)$", after.partition("\n\n")[0], re.MULTILINE)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_the_table_is_a_command_of_that_name_and_one_short_sentence(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    sentence = ROWS[name].sentence
    assert len(sentence) <= 60
    assert re.fullmatch(r"[A-Z][^.]+\.", sentence)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_examples_that_parse_and_fit_a_terminal(name: str) -> None:
    lines = _examples(COMMANDS[name])
    assert lines
    for line in lines:
        assert line.startswith(f"dbtls {name}")
        assert len(f"    {line}") <= 80
        parse(line)


def test_an_example_that_does_not_parse_would_be_found() -> None:
    for line in ("dbtls run --sever mysql-9.7", "dbtls rnu"):
        with pytest.raises(click.UsageError):
            parse(line)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_ends_with_its_exit_codes(name: str) -> None:
    _, _, codes = (COMMANDS[name].epilog or "").partition("Exit codes:\n")
    assert re.findall(r"^  (\d+|else) ", codes, re.MULTILINE), codes


def test_help_lists_every_command_whole_in_80_columns() -> None:
    done = subprocess.run([DBTLS, "--help"], capture_output=True, text=True, env={"COLUMNS": "80"}, check=True)
    for name, row in ROWS.items():
        assert re.search(rf"^  {name} +{re.escape(row.sentence)}$", done.stdout, re.MULTILINE), done.stdout
    for heading in SECTIONS:
        assert f"\n{heading}:\n" in done.stdout


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["-h"]])
def test_what_needs_no_command_imports_none(words: list[str]) -> None:
    """The bound is a fifth of a second; a time is the machine's, an import is ours."""
    program = (
        "import sys\n"
        "from harness.cli import main\n"
        f"sys.argv = ['dbtls', *{words!r}]\n"
        "try:\n    main()\nfinally:\n"
        f"    print(*sorted({{*{HEAVY!r}}} & set(sys.modules)), file=sys.stderr)\n"
        "    print(*(name for name in sys.modules if name.startswith('harness.')), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy, ours = done.stderr.splitlines()
    assert heavy == ""
    of_commands = {name for name in ours.split() if name.startswith("harness.commands.")}
    assert of_commands == {"harness.commands.epilogs", "harness.commands.lazy"}


def test_an_import_that_is_heavy_would_be_found() -> None:
    program = f"import sys, harness.commands.doing.run\nprint(*sorted({{*{HEAVY!r}}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"docker", "pydantic"} <= set(done.stdout.split())


def test_a_command_that_is_not_there_is_answered_with_the_nearest() -> None:
    with pytest.raises(click.UsageError) as caught:
        cli.resolve_command(click.Context(cli), ["rnu"])
    assert caught.value.format_message() == "No such command 'rnu'. Did you mean 'run'?"


def test_the_names_of_commands_are_completed_without_importing_them() -> None:
    items = cli.shell_complete(click.Context(cli), "s")
    assert [(item.value, item.help) for item in items] == [
        (name, ROWS[name].sentence) for name in ("servers", "scenarios")
    ]
