"""``dbtls probe check``: does a client of one's own speak the probe protocol?"""

from pathlib import Path

import click
from click.core import ParameterSource

from harness.commands.command import Command, settings_of
from harness.commands.completing import complete_servers
from harness.commands.epilogs import epilog
from harness.commands.options import engine_option, servers_folder
from harness.exits import Exit, exit_codes

SERVER = "mariadb-10.11"
_EPILOG = epilog(
    "dbtls probe check -- python my_probe.py",
    codes=exit_codes(
        {
            Exit.PASSED: "every rule holds",
            Exit.FAILED: "a rule is broken",
            Exit.INCONCLUSIVE: "nothing is broken, and not every rule could be checked",
        }
    ),
)


@click.group("probe")
def probe_group() -> None:
    """For whoever writes a client probe."""


@probe_group.command("check", cls=Command, epilog=_EPILOG)
@click.option(
    "--server",
    "-s",
    "server_name",
    default=SERVER,
    show_default=True,
    shell_complete=complete_servers,
    metavar="NAME",
    help="The server to try it with.",
)
@click.option("--no-server", is_flag=True, help="Try without a server: what needs one stays not checked.")
@engine_option
@servers_folder
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def check_command(
    context: click.Context,
    server_name: str,
    no_server: bool,
    engine_name: str,
    server_folders: tuple[Path, ...],
    command: tuple[str, ...],
) -> None:
    """Try COMMAND against every rule of the probe protocol: `dbtls probe check -- python my_probe.py`."""
    from harness.commands.doing.probe import check

    settings = settings_of(context)
    if context.get_parameter_source("server_name") is ParameterSource.DEFAULT and settings and settings.server:
        server_name = settings.server[0]
    server = None if no_server else server_name
    context.exit(check(command, server=server, engine=engine_name, folders=server_folders))
