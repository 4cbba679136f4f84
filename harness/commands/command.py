"""The class of our commands: what no option says the environment or the project's file says.

Each option has a variable, ``DBTLS_``, the command and the option: ``DBTLS_RUN_SERVER`` for ``dbtls run --server``. In
``[tool.dbtls]`` of a project's pyproject.toml ``server``, ``client``, ``scenario`` and ``engine`` are for every command
that has such an option; a table of a command's name (``[tool.dbtls.rotate]``) takes each of its options.

A command's module declares it and imports little; what it does (``harness.commands.doing``) is imported when it is
done, so that help, completion and a misspelt option need not wait for that.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from harness.errors import UsageError
from harness.names import Name, separated
from harness.project import project_file

if TYPE_CHECKING:
    from harness.selection.settings import Settings

_SETTINGS = "dbtls.settings"
_PLACES = "dbtls.places"


class Command(click.Command):
    """A command whose options may be set elsewhere."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for param in self.params:
            if isinstance(param, click.Option):
                # Here, since an option does not know its command's words before the command is called by them.
                param.envvar = variable(ctx, param) if ctx.parent is not None else None
        # Help is there also in a project with a mistake, and so is completion.
        if not {"-h", "--help"} & set(args):
            try:
                self._ask_project(ctx)
            except UsageError:
                if not ctx.resilient_parsing:
                    raise
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # the parser does not say whose option lacks a value
            raise

    def _ask_project(self, ctx: click.Context) -> None:
        settings = settings_of(ctx)
        if settings is None:
            return
        by_key = {key_of(param): param for param in self.params if isinstance(param, click.Option) and not param.hidden}
        found: dict[str, Any] = {}
        places: dict[str, str] = {}
        for key, (value, place) in settings.for_command(_words(ctx), list(by_key)).items():
            param = by_key[key]
            found[str(param.name)] = [value] if param.multiple and isinstance(value, str) else value
            places[str(param.name)] = place
        ctx.default_map = found
        ctx.meta[_PLACES] = places


def settings_of(ctx: click.Context) -> "Settings | None":
    """What the project around the working directory has set, read once a command; None outside one.

    Raises UsageError.
    """
    if _SETTINGS not in ctx.meta:
        found = None
        if project_file(Path.cwd()) is not None:
            from harness.selection.settings import read_settings

            found = read_settings(Path.cwd())
        ctx.meta[_SETTINGS] = found
    settings: Settings | None = ctx.meta[_SETTINGS]
    return settings


def key_of(param: click.Parameter) -> str:
    """An option's name in a file: its first long name, without hyphens before it."""
    return next((name for name in param.opts if name.startswith("--")), param.opts[0]).lstrip("-")


def variable(ctx: click.Context, param: click.Parameter) -> str:
    """An option's environment variable."""
    return "_".join(("DBTLS", *_words(ctx), key_of(param))).upper().replace("-", "_")


def _words(ctx: click.Context) -> tuple[str, ...]:
    """The command by its words, without the program's."""
    words: list[str] = []
    at: click.Context | None = ctx
    while at is not None and at.parent is not None:
        words.insert(0, at.command.name or "")
        at = at.parent
    return tuple(words)


def place_of_value(ctx: click.Context, param: click.Parameter) -> str | None:
    """Where the value of an option stands: in a file, in a variable; None for the command line."""
    match ctx.get_parameter_source(str(param.name)):
        case ParameterSource.ENVIRONMENT:
            return f"${variable(ctx, param)}"
        case ParameterSource.DEFAULT_MAP:
            places: Mapping[str, str] = ctx.meta.get(_PLACES, {})
            return places.get(str(param.name))
        case _:
            return None


def names(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Callback of options that take names: several with commas, each with its place."""
    place = place_of_value(ctx, param)
    return separated(Name(name, place) for name in value)
