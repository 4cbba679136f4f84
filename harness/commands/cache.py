"""``dbtls cache``: what is kept between runs, and the removal of what nothing refers to any more."""

from pathlib import Path

import click

from harness.commands.command import Command, settings_of
from harness.commands.epilogs import ONLY_FAULTS, epilog
from harness.commands.options import clients_folder, servers_folder
from harness.commands.values import Duration

_EPILOG = epilog("dbtls cache", "dbtls cache --json", "dbtls cache prune --older-than 30d", codes=ONLY_FAULTS)
_PRUNE_EPILOG = epilog("dbtls cache prune", "dbtls cache prune --older-than 30d --yes", codes=ONLY_FAULTS)


@click.group("cache", invoke_without_command=True, epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, each thing in it.")
@click.pass_context
def cache_group(context: click.Context, as_json: bool) -> None:
    """Show what dbtls keeps between runs: fetched distributions and drivers, and images.

    All of it is made again when it is needed. `dbtls cache prune` removes what no server or client of today refers to.
    """
    if context.invoked_subcommand is not None:
        return
    from harness.commands.doing.cache import show

    settings = settings_of(context)
    folders = ((), ()) if settings is None else (settings.folders("server"), settings.folders("client"))
    show(*folders, as_json=as_json)


@cache_group.command("prune", cls=Command, epilog=_PRUNE_EPILOG)
@click.option(
    "--older-than", "age_s", type=Duration("d", zero=True), help="Keep what was made since: 30d, 12h. A number: days."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@servers_folder
@clients_folder
def prune_command(
    age_s: float | None, yes: bool, server_folders: tuple[Path, ...], client_folders: tuple[Path, ...]
) -> None:
    """Remove what no server or client refers to: other versions' images, drivers that were named by coordinates.

    A server or client of your own is one that `[tool.dbtls]` or an option here names. What runs now is left alone.
    """
    from harness.commands.doing.cache import prune

    prune(server_folders, client_folders, age_s=age_s or 0.0, yes=yes)
