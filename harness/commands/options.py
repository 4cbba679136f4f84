"""Options that several commands share. Where they are silent ``Command`` asks the environment and ``[tool.dbtls]``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from harness.commands.command import names, place_of_value, settings_of
from harness.commands.completing import Completer, complete_clients, complete_scenarios, complete_servers
from harness.commands.values import OneOf
from harness.engines import AUTO, ENGINES
from harness.errors import UsageError
from harness.locations import joined

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_OLD_FOLDERS = "dbtls.old-folders"
_PLURALS = {"knowledge": "knowledge"}


def _folders(kind: str, help_: str) -> Decorator:
    """``--KIND-dir``, and hidden its name of old; the project's own come first."""
    plural = _PLURALS.get(kind, f"{kind}s")

    def old(context: click.Context, param: click.Parameter, given: tuple[Path, ...]) -> None:
        context.meta[f"{_OLD_FOLDERS}.{kind}"] = _checked(kind, given, place_of_value(context, param))
        if given and not context.resilient_parsing:
            click.echo(f"dbtls: --{plural} is now --{kind}-dir", err=True)

    def new(context: click.Context, param: click.Parameter, given: tuple[Path, ...]) -> tuple[Path, ...]:
        settings = settings_of(context)
        own = () if settings is None else settings.folders(kind)
        of_old: tuple[Path, ...] = context.meta.get(f"{_OLD_FOLDERS}.{kind}", ())
        return joined(own, (*of_old, *_checked(kind, given, place_of_value(context, param))))

    folder = click.Path(path_type=Path)
    first = click.option(f"--{kind}-dir", f"{kind}_folders", type=folder, multiple=True, callback=new, help=help_)
    second = click.option(
        f"--{plural}",
        f"old_{kind}_folders",
        type=folder,
        multiple=True,
        callback=old,
        hidden=True,
        is_eager=True,  # so that it comes before the other, which takes what it has
        expose_value=False,
    )
    return lambda command: first(second(command))


def _checked(kind: str, folders: tuple[Path, ...], place: str | None) -> tuple[Path, ...]:
    """Raises UsageError for a folder that is none; a name that belongs to another option is told so."""
    for folder in folders:
        if not folder.is_dir():
            from harness.selection.discovery import elsewhere

            remedy = elsewhere("")(str(folder)) or f"name a folder that holds {_PLURALS.get(kind, f'{kind}s')}"
            what = "this is a file, no folder" if folder.exists() else "no such folder"
            raise UsageError(what, place=f"{place}: {folder}" if place else str(folder), remedy=remedy)
    return folders


def _named(kind: str, short: str, into: str, complete: Completer, help_: str) -> Decorator:
    return click.option(
        f"--{kind}", short, into, multiple=True, callback=names, shell_complete=complete, metavar="NAME", help=help_
    )


servers_folder = _folders("server", "A folder of more servers.")
clients_folder = _folders("client", "A folder of more clients.")
scenarios_folder = _folders("scenario", "A folder of more scenarios.")
knowledge_folder = _folders("knowledge", "A folder of more rows of what is known of products.")
server_option = _named("server", "-s", "server_names", complete_servers, "A server, a pattern, or `all`.")
client_option = _named("client", "-c", "client_names", complete_clients, "A client, a pattern, or `all` (the default).")
like_client_option = _named("client", "-c", "client_names", complete_clients, "The client of --like.")
scenario_option = click.option(
    "--scenario",
    "-k",
    "patterns",
    multiple=True,
    callback=names,
    shell_complete=complete_scenarios,
    metavar="NAME",
    help="A theme, a scenario or a case by its id, part of an id, or a pattern over ids.",
)
engine_option = click.option(
    "--engine",
    "engine_name",
    type=OneOf(ENGINES),
    default=AUTO,
    show_default=True,
    help="Run servers in containers, or as plain processes of this machine; auto: containers if an engine answers.",
)
yes_option = click.option("--yes", "-y", is_flag=True, help="Build what is not built yet without asking.")
report_file = click.Path(path_type=Path, dir_okay=False)
json_option = click.option("--json", "json_path", type=report_file, help="Write what was found as JSON.")
picture_option = click.option(
    "--picture", type=report_file, help="Draw connections per generation over time, with what was done when (SVG)."
)

html_option = click.option("--html", "html_path", type=report_file, help="Write one HTML page, which needs no network.")


def positional_servers(metavar: str = "[SERVER…]") -> Decorator:
    """Servers as arguments, beside ``--server``."""
    return click.argument("positional", nargs=-1, metavar=metavar, callback=names, shell_complete=complete_servers)


def meant_servers(context: click.Context, positional: tuple[str, ...], option: tuple[str, ...]) -> tuple[str, ...]:
    """Both, where both were typed; what a file or a variable says is for whoever typed none."""
    return (*positional, *option) if typed(context, "server_names") or not positional else positional


def typed(context: click.Context, name: str) -> bool:
    """Whether the option of that parameter stands on the command line."""
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
