"""``dbtls down``: the end of what ``dbtls up --detach`` has left up."""

import click

from harness.commands.command import Command
from harness.commands.completing import complete_standing
from harness.commands.epilogs import ONLY_FAULTS, epilog

_EPILOG = epilog("dbtls down", "dbtls down mysql-9.7", "dbtls down --all", codes=ONLY_FAULTS)


@click.command("down", cls=Command, epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME…]", shell_complete=complete_standing)
@click.option("--all", "every", is_flag=True, help="End every one, those too whose process was killed.")
@click.option("--json", "as_one_object", is_flag=True, help="List as one JSON object.")
def down_command(names: tuple[str, ...], every: bool, as_one_object: bool) -> None:
    """End environments by name: their servers, keys and files are removed. Without a name: list them."""
    from harness.commands.doing.down import end, show

    if names or every:
        end(names, every=every)
    else:
        show(as_one_object=as_one_object)
