"""``dbtls servers``, ``clients`` and ``scenarios``: what there is, and what it says of itself."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from rich.table import Table

from harness.case.testbed import Materials, one_way_server
from harness.clients.build import ClientBuild
from harness.clients.process import Probe
from harness.commands.options import (
    all_clients,
    all_scenarios,
    all_servers,
    clients_folder,
    engine_of,
    scenarios_folder,
    servers_folder,
)
from harness.commands.places import engine_option, opened_place
from harness.errors import HarnessError
from harness.model.tls import ServerTls
from harness.owner import Owner
from harness.reports.console import stdout
from harness.servers.build import ServerBuild
from harness.servers.place import Place
from harness.servers.starting import started

_LANES = 4


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


@click.command("servers")
@engine_option
@servers_folder
@click.option("--build", is_flag=True, help="Build those that are not built yet.")
@click.pass_context
def servers_command(context: click.Context, engine_name: str, server_folders: tuple[Path, ...], build: bool) -> None:
    """List the server builds; those that are built are started and asked what they are."""
    builds = list(all_servers(server_folders).values())
    tls = one_way_server(Materials())
    with opened_place(engine_of(context, engine_name)) as place, ThreadPoolExecutor(_LANES) as pool:
        rows = pool.map(lambda item: _server_row(item, tls, place, build_it=build), builds)
        table = _table("server", "built", "version", "TLS library", "protocols", "reload", "summary")
        for row in rows:
            table.add_row(*row)
    stdout().print(table)


def _server_row(build: ServerBuild, tls: ServerTls, place: Place, *, build_it: bool) -> tuple[str, ...]:
    name = build.name + (" (default)" if build.manifest.default else "")
    reason = place.takes(build)
    if reason is not None:
        return (name, "no", f"cannot be had: {reason}", "", "", "", build.manifest.summary)
    if not build_it and place.made(build) is None:
        return (name, "no", "", "", "", "", build.manifest.summary)
    try:
        with started(build, tls, place=place, owner=Owner.this_process()) as server:
            facts = server.facts
    except HarnessError as error:
        return (name, "no", f"cannot be had: {error}", "", "", "", build.manifest.summary)
    protocols = ", ".join(version.value for version in facts.versions)
    reload = facts.reload_statement or "none: restart"
    return (name, "yes", facts.version, facts.tls_library, protocols, reload, build.manifest.summary)


@click.command("clients")
@clients_folder
def clients_command(client_folders: tuple[Path, ...]) -> None:
    """List the clients; each probe is started and asked what it is."""
    clients = list(all_clients(client_folders).values())
    table = _table("client", "driver", "runtime", "TLS library", "protocols", "lacks")
    with ThreadPoolExecutor(_LANES) as pool:
        for row in pool.map(_client_row, clients):
            table.add_row(*row)
    stdout().print(table)


def _client_row(build: ClientBuild) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="dbtls-clients-") as scratch, Probe(build, Path(scratch)) as probe:
        try:
            hello = probe.hello
        except HarnessError as error:
            return (build.name, f"cannot be had: {error}", "", "", "", "")
    lacks = ", ".join(lack.what for lack in build.lacks)
    return (build.name, hello.driver, hello.runtime, hello.tls_library, ", ".join(hello.versions), lacks)


@click.command("scenarios")
@scenarios_folder
def scenarios_command(scenario_folders: tuple[Path, ...]) -> None:
    """List the scenarios with the claim that each states."""
    table = _table("scenario", "claim")
    for scenario in all_scenarios(scenario_folders).values():
        table.add_row(scenario.id, scenario.claim)
    stdout().print(table)
