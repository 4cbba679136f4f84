"""Command lines of dbtls, parsed and not carried out."""

import shlex

import click

from harness.cli import cli


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
