"""The command line. Data goes to stdout, everything else to stderr; a fault is one message, never a traceback."""

import signal
import sys
from types import FrameType

import click
from rich.console import Console

from harness.commands.judge import judge_command
from harness.commands.listing import clients_command, scenarios_command, servers_command
from harness.commands.options import EXIT_CODES
from harness.commands.probe import probe_group
from harness.commands.rotate import rotate_command
from harness.commands.run import run_command
from harness.commands.up import up_command
from harness.errors import HarnessError, defect, surroundings
from harness.exits import Exit, Terminated
from harness.reports.fault import print_fault


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="dbtls-harness", prog_name="dbtls")
def cli() -> None:
    """Does TLS between clients and MySQL-family servers still work; after the upgrade; and if not, why?"""


for _command in (
    run_command,
    rotate_command,
    judge_command,
    up_command,
    servers_command,
    clients_command,
    scenarios_command,
    probe_group,
):
    cli.add_command(_command)


def main() -> None:
    """Entry point: runs the command and exits with its code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = Exit.FAULT
    except HarnessError as error:
        show(error)
        code = Exit.FAULT
    except Terminated:
        code = Exit.TERMINATED
    except (KeyboardInterrupt, click.Abort):
        code = Exit.INTERRUPTED
    except OSError as error:
        show(surroundings(error))
        code = Exit.FAULT
    except Exception as error:
        show(defect(error))
        code = Exit.FAULT
    sys.exit(code)


def show(error: HarnessError) -> None:
    """Print what went wrong, its raw detail, and what to do."""
    print_fault(Console(stderr=True), str(error), detail=error.detail, remedy=error.remedy)


def _terminate(signum: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


if __name__ == "__main__":
    main()
