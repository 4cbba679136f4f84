"""The commands of dbtls, and command lines that are parsed and not carried out."""

import shlex

import click

from harness.cli import SECTIONS, cli

ROWS = {name: row for rows in SECTIONS.values() for name, row in rows.items()}


def _commands() -> dict[str, click.Command]:
    """Every command by its words, those of groups within the group too."""
    found: dict[str, click.Command] = {}
    for name in ROWS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        inner = command.commands if isinstance(command, click.Group) else {}
        found |= {f"{name} {below}": one for below, one in inner.items()} or {name: command}
    return found


COMMANDS = _commands()


def parse(line: str) -> None:
    """Raises click.UsageError for what is no command line of dbtls."""
    _, *words = shlex.split(line)
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group) and (words or not command.invoke_without_command):
        if words and words[0].startswith("-"):
            break
        _, found, words = command.resolve_command(context, words)
        assert found is not None
        command = found
    command.make_context(command.name or "", words)
