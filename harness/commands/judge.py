"""``dbtls judge``: the verdict of a stored history, again."""

from pathlib import Path

import click

from harness.commands.command import Command
from harness.commands.epilogs import ROTATION_EXIT_CODES, epilog
from harness.commands.options import html_option, json_option, picture_option

_EPILOG = epilog("dbtls judge night.history --json night.json --html night.html", codes=ROTATION_EXIT_CODES)


@click.command("judge", cls=Command, epilog=_EPILOG)
@click.argument("history", type=click.Path(path_type=Path))
@json_option
@picture_option
@html_option
@click.pass_context
def judge_command(
    context: click.Context, history: Path, json_path: Path | None, picture: Path | None, html_path: Path | None
) -> None:
    """Judge HISTORY again, which `dbtls rotate` wrote: the same history always gives the same verdict.

    HISTORY is the conductor's file; its workers' files (.w1, .w2, …) are found beside it. Of a history that was cut
    short, altered, or lacks a file, all that is left is judged, and what is wrong with it is said.
    """
    from harness.commands.doing.judge import judge_history

    context.exit(judge_history(history, json_path=json_path, picture=picture, html_path=html_path))
