"""``dbtls help``: the help of dbtls or of a command, for whoever types it first."""

import click

from harness.commands.epilogs import ONLY_FAULTS, epilog


@click.command("help", epilog=epilog("dbtls help", "dbtls help run", "dbtls help cache prune", codes=ONLY_FAULTS))
@click.argument("words", nargs=-1, metavar="[COMMAND]")
@click.pass_context
def help_command(context: click.Context, words: tuple[str, ...]) -> None:
    """Show the help of COMMAND, or what commands there are."""
    at = context.find_root()
    rest = list(words)
    while rest and isinstance(at.command, click.Group):
        name, command, rest = at.command.resolve_command(at, rest)
        if command is None or name is None:
            break
        at = click.Context(command, parent=at, info_name=name)
    click.echo(at.get_help())
