"""``dbtls servers``, ``clients`` and ``scenarios``: what there is, and what it says of itself."""

from pathlib import Path

import click

from harness.commands.command import Command, names
from harness.commands.completing import complete_clients, complete_scenarios, complete_servers
from harness.commands.epilogs import ONLY_FAULTS, epilog
from harness.commands.options import clients_folder, engine_option, knowledge_folder, scenarios_folder, servers_folder

_SERVERS = epilog("dbtls servers", "dbtls servers 'mysql*' --build", codes=ONLY_FAULTS)
_CLIENTS = epilog("dbtls clients", "dbtls clients 'jdbc*' --build", codes=ONLY_FAULTS)
_SCENARIOS = epilog("dbtls scenarios", "dbtls scenarios one-way expired", codes=ONLY_FAULTS)


@click.command("servers", cls=Command, epilog=_SERVERS)
@click.argument("wanted", nargs=-1, metavar="[NAME…]", callback=names, shell_complete=complete_servers)
@engine_option
@servers_folder
@click.option("--build", is_flag=True, help="Build those that are not built yet.")
def servers_command(wanted: tuple[str, ...], engine_name: str, server_folders: tuple[Path, ...], build: bool) -> None:
    """List the servers, or those that NAMEs or patterns mean; what is built is started and asked what it is."""
    from harness.commands.doing.listing import list_servers

    list_servers(wanted, engine=engine_name, folders=server_folders, build=build)


@click.command("clients", cls=Command, epilog=_CLIENTS)
@click.argument("wanted", nargs=-1, metavar="[NAME…]", callback=names, shell_complete=complete_clients)
@clients_folder
@knowledge_folder
@click.option("--build", is_flag=True, help="Build the images of those that have one and are not built yet.")
def clients_command(
    wanted: tuple[str, ...], client_folders: tuple[Path, ...], knowledge_folders: tuple[Path, ...], build: bool
) -> None:
    """List the clients, or those that NAMEs or patterns mean; each probe is started and asked what it is."""
    from harness.commands.doing.listing import list_clients

    list_clients(wanted, folders=client_folders, knowledge_folders=knowledge_folders, build=build)


@click.command("scenarios", cls=Command, epilog=_SCENARIOS)
@click.argument("wanted", nargs=-1, metavar="[NAME…]", callback=names, shell_complete=complete_scenarios)
@scenarios_folder
def scenarios_command(wanted: tuple[str, ...], scenario_folders: tuple[Path, ...]) -> None:
    """List the scenarios with the claim that each states, or those that NAMEs mean: themes, ids, parts of ids."""
    from harness.commands.doing.listing import list_scenarios

    list_scenarios(wanted, folders=scenario_folders)
