"""Looking at this machine, and saying what is missing."""

import json
from pathlib import Path

import click

from harness.exits import Exit
from harness.machine.facts import look
from harness.machine.findings import Finding, State, findings
from harness.selection.discovery import all_clients, all_servers

FORMAT = "dbtls-doctor/1"
_MARKS = {State.OK: ("ok", "green"), State.NOTE: ("note", "yellow"), State.MISSING: ("missing", "red")}


def show(server_folders: tuple[Path, ...], client_folders: tuple[Path, ...], *, as_json: bool) -> Exit:
    """Print what was found; the exit code."""
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
    return Exit.FAILED if missing else Exit.PASSED


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
