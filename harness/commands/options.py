"""Options that several commands share, and what they choose from; ``[tool.dbtls]`` speaks where they are silent."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from harness.case.scenario import BUILTIN_SCENARIOS, Scenario, discover_scenarios
from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.clients.named import with_named as with_named_drivers
from harness.commands.completing import complete_clients, complete_scenarios, complete_servers
from harness.commands.settings import Settings, read_settings
from harness.errors import UsageError
from harness.knowledge.reader import BUILTIN_KNOWLEDGE, Knowledge
from harness.servers.build import BUILTIN_SERVERS, ServerBuild, discover_servers
from harness.servers.named import with_named

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


def joined(folders: Sequence[Path], more: Sequence[Path]) -> tuple[Path, ...]:
    """Both, in order; a folder that is named twice is still one."""
    return tuple({folder.resolve(): folder for folder in (*folders, *more)}.values())


Names = tuple[str, ...]
Folders = tuple[Path, ...]


def _added_to(own: Callable[[Settings], Folders]) -> Callable[[click.Context, click.Parameter, Folders], Folders]:
    return lambda context, _, given: joined(own(settings_of(context)), given)


def _instead_of(own: Callable[[Settings], Names]) -> Callable[[click.Context, click.Parameter, Names], Names]:
    return lambda context, _, given: given or own(settings_of(context))


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


def all_servers(folders: tuple[Path, ...], names: Sequence[str] = ()) -> Mapping[str, ServerBuild]:
    """The built-in server builds, those in ``folders``, and what of ``names`` is an image or a folder by itself."""
    return with_named(discover_servers((BUILTIN_SERVERS, *folders)), names)


def all_clients(folders: tuple[Path, ...], names: Sequence[str] = ()) -> Mapping[str, ClientBuild]:
    """The built-in clients, those in ``folders``, and what of ``names`` is a driver by itself."""
    return with_named_drivers(discover_clients((BUILTIN_CLIENTS, *folders)), names)


def all_scenarios(folders: tuple[Path, ...]) -> Mapping[str, Scenario]:
    """The built-in scenarios and those in ``folders``."""
    return discover_scenarios((BUILTIN_SCENARIOS, *folders))


def all_knowledge(folders: tuple[Path, ...]) -> Knowledge:
    """What is known of products: the rows of ``folders`` first, then the built-in ones."""
    return Knowledge.read((*folders, BUILTIN_KNOWLEDGE))


def check_folder(path: Path | None) -> None:
    """A report that cannot be written is better found before the run than after it. Raises UsageError."""
    if path is not None and not path.parent.is_dir():
        raise UsageError("there is no such folder for the report", place=str(path.parent), remedy="make it first")
