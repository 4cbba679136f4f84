"""``dbtls doctor``: what this machine has, what is missing, and what that costs."""

from pathlib import Path

import click

from harness.commands.command import Command
from harness.commands.epilogs import epilog
from harness.commands.options import clients_folder, servers_folder
from harness.exits import Exit, exit_codes

_EPILOG = epilog(
    "dbtls doctor",
    "dbtls doctor --json",
    codes=exit_codes(
        {Exit.PASSED: "every server and client can run", Exit.FAILED: "something cannot: what is missing is said"}
    ),
)


@click.command("doctor", cls=Command, epilog=_EPILOG)
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
    from harness.commands.doing.doctor import show

    context.exit(show(server_folders, client_folders, as_json=as_json))
