"""A group of commands that are imported when they are used: its own help reads a table alone."""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

COMPLETE_VARIABLE = "_DBTLS_COMPLETE"
"""Set by the scripts that `dbtls completion` prints: the shell asks what may come next."""


class Row(NamedTuple):
    """A command of the table: where it is (``module:name``), and a sentence about it of 60 characters at most."""

    where: str
    sentence: str


class LazyGroup(click.Group):
    """``sections`` holds the table's rows by command, under the headings that its help prints."""

    def __init__(self, *arguments: Any, sections: Mapping[str, Mapping[str, Row]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sections = sections
        self._rows = {name: row for rows in sections.values() for name, row in rows.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = self._rows.get(cmd_name)
        return None if row is None else _imported(row.where)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        # click would look for near names among the commands that were added to it: none.
        if name not in self._rows and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.exceptions.NoSuchCommand(name, possibilities=self._rows, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, self._rows))
        for heading, rows in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(widest), row.sentence) for name, row in rows.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        fitting = [
            CompletionItem(name, help=row.sentence) for name, row in self._rows.items() if name.startswith(incomplete)
        ]
        # Past click.Group's own, which would import every command for its help.
        return [*fitting, *click.Command.shell_complete(self, ctx, incomplete)]


def _imported(where: str) -> click.Command:
    module, _, name = where.partition(":")
    command: click.Command = getattr(importlib.import_module(module), name)
    return command
