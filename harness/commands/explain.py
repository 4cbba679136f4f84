"""``dbtls explain``: what an error's text means."""

from pathlib import Path

import click

from harness.commands.command import Command
from harness.commands.epilogs import epilog
from harness.commands.options import clients_folder
from harness.exits import Exit, exit_codes

_EPILOG = epilog(
    "dbtls explain host-mismatch",
    'dbtls explain "PKIX path building failed"',
    "dbtls explain - < stack-trace.txt",
    codes=exit_codes({Exit.PASSED: "explained", Exit.INCONCLUSIVE: "no table knows the text"}),
)


@click.command("explain", cls=Command, epilog=_EPILOG)
@click.argument("text", nargs=-1, metavar="CODE|TEXT|-")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON (dbtls-explanation/1).")
@clients_folder
@click.pass_context
def explain_command(
    context: click.Context, text: tuple[str, ...], as_json: bool, client_folders: tuple[Path, ...]
) -> None:
    """Show which causes an error can have, who refuses, what to ask for and what to run.

    CODE is a cause or a word of a report. TEXT is what a client, a server's log or a JVM printed, also a whole
    stack trace; `-` reads it from standard input. Nothing is started, and no network is used.
    """
    from harness.commands.doing.explain import explain_text

    context.exit(explain_text(" ".join(text), as_json=as_json, folders=client_folders))
