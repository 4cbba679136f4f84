"""``dbtls judge``: the verdict of a stored history, again."""

from pathlib import Path

import click
from rich.console import Console

from harness.commands.concluding import ROTATION_EXIT_CODES, check_reports, conclude, json_option, picture_option
from harness.commands.epilogs import epilog
from harness.history.reading import read_history
from harness.judge.rotation.verdict import judge_rotation
from harness.reports.console import stdout

_EPILOG = epilog("dbtls judge night.history --json night.json --picture night.svg", codes=ROTATION_EXIT_CODES)


@click.command("judge", epilog=_EPILOG)
@click.argument("history", type=click.Path(path_type=Path))
@json_option
@picture_option
@click.pass_context
def judge_command(context: click.Context, history: Path, json_path: Path | None, picture: Path | None) -> None:
    """Judge HISTORY again, which `dbtls rotate` wrote: the same history always gives the same verdict.

    HISTORY is the conductor's file; its workers' files (.w1, .w2, …) are found beside it. Of a history that was cut
    short, altered, or lacks a file, all that is left is judged, and what is wrong with it is said.
    """
    check_reports(history, picture=picture, json_path=json_path)
    stored = read_history(history)
    with Console(stderr=True).status("judging"):
        rotated = judge_rotation(stored)
    context.exit(conclude(rotated, history=history, picture=picture, json_path=json_path, console=stdout()))
