"""``dbtls run``: the matrix."""

from pathlib import Path

import click

from harness.commands.command import Command
from harness.commands.epilogs import epilog
from harness.commands.options import (
    client_option,
    clients_folder,
    engine_option,
    knowledge_folder,
    meant_servers,
    positional_servers,
    scenario_option,
    scenarios_folder,
    server_option,
    servers_folder,
    yes_option,
)
from harness.commands.reporting import fail_on_option, format_options, wanted_formats

_EPILOG = epilog(
    "dbtls run mysql-9.7 mariadb-11.8 -c pymysql -k one-way",
    "dbtls run 'mysql*' -k expired --list",
    "dbtls run --failed -x",
    "dbtls run mariadb-11.8 --json report.json --junit report.xml",
    "dbtls run --json-lines - --fail-on unsafe",
)


@click.command("run", cls=Command, epilog=_EPILOG)
@positional_servers()
@server_option
@client_option
@scenario_option
@click.option("--failed", is_flag=True, help="Only the cases that did not pass when `dbtls run` last ran here.")
@click.option("--exit-first", "-x", is_flag=True, help="End the run with the first case that fails.")
@click.option("--shard", metavar="I/N", help="Only part I of N of the cases: `dbtls report` makes one of the reports.")
@click.option("--list", "--dry-run", "list_only", is_flag=True, help="Show what would run, and start nothing.")
@click.option("--quiet", "-q", is_flag=True, help="Print failures and the last lines only.")
@click.option("--verbose", "-v", is_flag=True, help="Print each verdict, all lists, and where the time went.")
@click.option("--matrix", is_flag=True, help="Print the mark of each case.")
@format_options(streams=True)
@fail_on_option
@click.option("--allow-missing", is_flag=True, help="Do not end 3 because a server build was not available.")
@click.option("--traceback", "tracebacks", is_flag=True, help="Print where a defect of dbtls itself came from.")
@yes_option
@engine_option
@servers_folder
@clients_folder
@scenarios_folder
@knowledge_folder
@click.pass_context
def run_command(
    context: click.Context,
    positional: tuple[str, ...],
    server_names: tuple[str, ...],
    client_names: tuple[str, ...],
    patterns: tuple[str, ...],
    failed: bool,
    exit_first: bool,
    shard: str | None,
    list_only: bool,
    quiet: bool,
    verbose: bool,
    matrix: bool,
    fail_on: tuple[str, ...],
    allow_missing: bool,
    tracebacks: bool,
    yes: bool,
    engine_name: str,
    server_folders: tuple[Path, ...],
    client_folders: tuple[Path, ...],
    scenario_folders: tuple[Path, ...],
    knowledge_folders: tuple[Path, ...],
) -> None:
    """Run scenarios × servers × clients and say what holds, what does not, and why.

    SERVER is a build, a pattern, an image or a folder, as with --server. Without one: the default servers. Without
    --client all that are not meant by name, without --scenario every scenario.
    """
    from harness.commands.doing.run import Asked, run_asked
    from harness.selection.selection import Wanted

    wanted = Wanted(
        server_names=meant_servers(context, positional, server_names),
        client_names=client_names,
        patterns=patterns,
        server_folders=server_folders,
        client_folders=client_folders,
        scenario_folders=scenario_folders,
        knowledge_folders=knowledge_folders,
    )
    asked = Asked(
        wanted=wanted,
        yes=yes,
        engine=engine_name,
        failed=failed,
        exit_first=exit_first,
        shard=shard,
        list_only=list_only,
        quiet=quiet,
        verbose=verbose,
        matrix=matrix,
        targets=wanted_formats(context),
        fail_on=fail_on,
        allow_missing=allow_missing,
        tracebacks=tracebacks,
    )
    context.exit(run_asked(asked))
