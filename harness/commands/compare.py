"""``dbtls compare``: what differs between two servers, two clients or two runs."""

from pathlib import Path

import click

from harness.commands.command import Command
from harness.commands.epilogs import epilog
from harness.commands.values import OneOf
from harness.exits import Exit, exit_codes

WEIGHTS = ("breaks", "weaker", "stricter", "different", "mended")

_EPILOG = epilog(
    "dbtls compare mysql-8.0.31 mysql-9.7 --in report.json",
    "dbtls compare mariadb-cli-10.11 mariadb-cli-11.8 --in report.json",
    "dbtls compare --from old.json new.json --fail-on breaks",
    codes=exit_codes(
        {
            Exit.PASSED: "nothing breaks and nothing is weaker",
            Exit.FAILED: "something does or is; or what --fail-on names",
            Exit.INCONCLUSIVE: "nothing was compared",
        }
    ),
)


@click.command("compare", cls=Command, epilog=_EPILOG)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--from", "reports", is_flag=True, help="A and B are stored reports.")
@click.option(
    "--in", "report", type=click.Path(path_type=Path), metavar="FILE",
    help="The report that A and B are servers or clients of. Without: the last run in this folder.",
)  # fmt: skip
@click.option(
    "--fail-on", "fail_on", type=OneOf(WEIGHTS), multiple=True, metavar="|".join(WEIGHTS),
    help="End 1 for facts of this class alone; may be repeated.",
)  # fmt: skip
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write it as JSON.")
@click.option("--whole", is_flag=True, help="Print all lines of every fact, and each case that was not compared.")
@click.pass_context
def compare_command(
    context: click.Context,
    before: str,
    after: str,
    reports: bool,
    report: Path | None,
    fail_on: tuple[str, ...],
    json_file: Path | None,
    whole: bool,
) -> None:
    """Show what differs between A and B, by the one thing that explains it.

    A and B are two servers or two clients of one stored report, or with --from two stored reports. No server is
    started.
    """
    from harness.commands.doing.compare import Asked, compare_asked

    asked = Asked(
        before=before, after=after, reports=reports, report=report, fail_on=fail_on, json_file=json_file, whole=whole
    )
    context.exit(compare_asked(asked))
