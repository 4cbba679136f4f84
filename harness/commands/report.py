"""``dbtls report``: stored reports, shown and written again."""

from pathlib import Path

import click

from harness.commands.command import Command
from harness.commands.epilogs import epilog
from harness.commands.reporting import fail_on_option, format_options, wanted_formats

_EPILOG = epilog(
    "dbtls report report.json --known",
    "dbtls report report.json --markdown report.md",
    "dbtls report a.json b.json --json whole.json",
)


@click.command("report", cls=Command, epilog=_EPILOG)
@click.argument("files", nargs=-1, metavar="[FILE…]", type=click.Path(path_type=Path))
@click.option("--failed", is_flag=True, help="Print each failure with all its evidence, however many there are.")
@click.option("--known", is_flag=True, help="Print each known deviation, by reason.")
@click.option("--skipped", is_flag=True, help="Print each case that was skipped, by reason.")
@click.option("--matrix", is_flag=True, help="Print the mark of each case.")
@click.option("--quiet", "-q", is_flag=True, help="Print failures and the last lines only.")
@click.option("--verbose", "-v", is_flag=True, help="Print all lists, and where the time went.")
@format_options(streams=False)
@fail_on_option
@click.option("--allow-missing", is_flag=True, help="Do not end 3 because a server build was not available.")
@click.option("--traceback", "tracebacks", is_flag=True, help="Print where a defect of dbtls itself came from.")
@click.pass_context
def report_command(
    context: click.Context,
    files: tuple[Path, ...],
    failed: bool,
    known: bool,
    skipped: bool,
    matrix: bool,
    quiet: bool,
    verbose: bool,
    fail_on: tuple[str, ...],
    allow_missing: bool,
    tracebacks: bool,
) -> None:
    """Show stored reports of runs as these ended; of several their sum.

    FILE is what `dbtls run --json` or `--json-lines` wrote. Without one: the last run in this folder.
    """
    from harness.commands.doing.report import Asked, report_asked

    asked = Asked(
        files=files,
        targets=wanted_formats(context),
        failed=failed,
        known=known,
        skipped=skipped,
        matrix=matrix,
        quiet=quiet,
        verbose=verbose,
        fail_on=fail_on,
        allow_missing=allow_missing,
        tracebacks=tracebacks,
    )
    context.exit(report_asked(asked))
