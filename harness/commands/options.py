"""Options that several commands share, and what they choose from; ``[tool.dbtls]`` speaks where they are silent."""

from collections.abc import Callable
from pathlib import Path

import click
from click.core import ParameterSource

from harness.commands.completing import complete_clients, complete_scenarios, complete_servers
from harness.errors import UsageError
from harness.selection.places import AUTO, DOCKER, LOCAL
from harness.selection.selection import joined
from harness.selection.settings import Settings, read_settings

_SETTINGS = "dbtls.settings"


def settings_of(context: click.Context) -> Settings:
    """What the project around the working directory has set, read once a command. Raises UsageError."""
    found: Settings = context.meta.setdefault(_SETTINGS, None) or read_settings(Path.cwd())
    context.meta[_SETTINGS] = found
    return found


def engine_of(context: click.Context, engine_name: str) -> str:
    """``--engine`` as given, else the project's."""
    given = context.get_parameter_source("engine_name") not in (None, ParameterSource.DEFAULT)
    return engine_name if given else settings_of(context).engine or engine_name


Names = tuple[str, ...]
Folders = tuple[Path, ...]


def _added_to(own: Callable[[Settings], Folders]) -> Callable[[click.Context, click.Parameter, Folders], Folders]:
    return lambda context, _, given: joined(own(settings_of(context)), given)


def _instead_of(own: Callable[[Settings], Names]) -> Callable[[click.Context, click.Parameter, Names], Names]:
    return lambda context, _, given: given or own(settings_of(context))


engine_option = click.option(
    "--engine",
    "engine_name",
    type=click.Choice([AUTO, DOCKER, LOCAL]),
    default=AUTO,
    show_default=True,
    help="Run servers in containers, or as plain processes of this machine; auto: containers if an engine answers.",
)
_folder = click.Path(path_type=Path, file_okay=False)
servers_folder = click.option(
    "--servers",
    "server_folders",
    type=_folder,
    multiple=True,
    callback=_added_to(lambda settings: settings.servers),
    help="More server builds.",
)
clients_folder = click.option(
    "--clients",
    "client_folders",
    type=_folder,
    multiple=True,
    callback=_added_to(lambda settings: settings.clients),
    help="More clients.",
)
scenarios_folder = click.option(
    "--scenarios",
    "scenario_folders",
    type=_folder,
    multiple=True,
    callback=_added_to(lambda settings: settings.scenarios),
    help="More scenarios.",
)
knowledge_folder = click.option(
    "--knowledge",
    "knowledge_folders",
    type=_folder,
    multiple=True,
    callback=_added_to(lambda settings: settings.knowledge),
    help="More rows of what is known of products.",
)
server_option = click.option(
    "--server",
    "-s",
    "server_names",
    multiple=True,
    callback=_instead_of(lambda settings: settings.server),
    shell_complete=complete_servers,
    help="A server build, a pattern, or `all`.",
)
client_option = click.option(
    "--client",
    "-c",
    "client_names",
    multiple=True,
    callback=_instead_of(lambda settings: settings.client),
    shell_complete=complete_clients,
    help="A client, a pattern, or `all` (the default).",
)
scenario_option = click.option(
    "--scenario",
    "-k",
    "patterns",
    multiple=True,
    callback=_instead_of(lambda settings: settings.scenario),
    shell_complete=complete_scenarios,
    help="A case id, a scenario id, or a pattern over ids.",
)


def check_folder(path: Path | None) -> None:
    """A report that cannot be written is better found before the run than after it. Raises UsageError."""
    if path is not None and not path.parent.is_dir():
        raise UsageError("there is no such folder for the report", place=str(path.parent), remedy="make it first")
