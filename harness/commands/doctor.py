"""``dbtls doctor``: what this machine has, what is missing, and what that costs."""

import json
from pathlib import Path

import click

from harness.commands.epilogs import epilog
from harness.commands.options import clients_folder, servers_folder
from harness.exits import Exit, exit_codes
from harness.machine.facts import look
from harness.machine.findings import Finding, State, findings
from harness.selection.selection import all_clients, all_servers

FORMAT = "dbtls-doctor/1"
_MARKS = {State.OK: ("ok", "green"), State.NOTE: ("note", "yellow"), State.MISSING: ("missing", "red")}
_EPILOG = epilog(
    "dbtls doctor",
    "dbtls doctor --json",
    codes=exit_codes(
        {Exit.PASSED: "every server and client can run", Exit.FAILED: "something cannot: what is missing is said"}
    ),
)


@click.command("doctor", epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@servers_folder
@clients_folder
@click.pass_context
def doctor_command(
    context: click.Context, as_json: bool, server_folders: tuple[Path, ...], client_folders: tuple[Path, ...]
) -> None:
    """Show what this machine has for servers and clients to run, and what is missing: what that costs, and the remedy.

    It changes nothing and installs nothing.
    """
    servers = list(all_servers(server_folders).values())
    clients = list(all_clients(client_folders).values())
    found = findings(look(servers, clients), servers, clients)
    missing = [finding.name for finding in found if finding.state is State.MISSING]
    if as_json:
        click.echo(json.dumps({"format": FORMAT, "ready": not missing, "findings": [_as_object(one) for one in found]}))
    else:
        for one in found:
            _print(one)
        click.echo(f"\n{len(missing)} missing: {', '.join(missing)}" if missing else "\nready: nothing is missing")
    context.exit(1 if missing else 0)


def _print(finding: Finding) -> None:
    mark, colour = _MARKS[finding.state]
    click.echo(f"{click.style(f'{mark:9}', fg=colour)}{finding.name:9}{finding.seen}")
    for cost in finding.costs:
        click.echo(f"{'':18}costs  {cost}")
    if finding.command:
        click.echo(f"{'':18}do     {finding.command}")


def _as_object(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.name,
        "state": finding.state.value,
        "seen": finding.seen,
        "costs": list(finding.costs),
        "command": finding.command,
    }
