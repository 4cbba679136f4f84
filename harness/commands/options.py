"""Options that several commands share, and what they choose from."""

from collections.abc import Mapping
from pathlib import Path

import click

from harness.case.scenario import BUILTIN_SCENARIOS, Scenario, discover_scenarios
from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.servers.build import BUILTIN_SERVERS, ServerBuild, discover_servers

EXIT_CODES = """\b
Exit codes:
  0    every case passed (known deviations and skips included)
  1    a case failed
  2    usage error, or a fault of the harness or its surroundings
  3    inconclusive: nothing failed, and not all that was asked for was proved
  130  Ctrl-C
  143  SIGTERM
"""

_folder = click.Path(path_type=Path, file_okay=False)
servers_folder = click.option("--servers", "server_folders", type=_folder, multiple=True, help="More server builds.")
clients_folder = click.option("--clients", "client_folders", type=_folder, multiple=True, help="More clients.")
scenarios_folder = click.option("--scenarios", "scenario_folders", type=_folder, multiple=True, help="More scenarios.")


def all_servers(folders: tuple[Path, ...]) -> Mapping[str, ServerBuild]:
    """The built-in server builds and those in ``folders``."""
    return discover_servers((BUILTIN_SERVERS, *folders))


def all_clients(folders: tuple[Path, ...]) -> Mapping[str, ClientBuild]:
    """The built-in clients and those in ``folders``."""
    return discover_clients((BUILTIN_CLIENTS, *folders))


def all_scenarios(folders: tuple[Path, ...]) -> Mapping[str, Scenario]:
    """The built-in scenarios and those in ``folders``."""
    return discover_scenarios((BUILTIN_SCENARIOS, *folders))
