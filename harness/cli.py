"""The command line. Data goes to stdout, everything else to stderr; a fault is one message, never a traceback."""

import errno
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
from harness.errors import HarnessError, defect

EXIT_USAGE = 2
EXIT_INTERRUPTED = 128 + signal.SIGINT
EXIT_TERMINATED = 128 + signal.SIGTERM


class Terminated(BaseException):
    """SIGTERM, unwinding like Ctrl-C so that everything is closed; click would swallow a KeyboardInterrupt of ours."""


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
        code = EXIT_USAGE
    except HarnessError as error:
        show(error)
        code = EXIT_USAGE
    except Terminated:
        code = EXIT_TERMINATED
    except (KeyboardInterrupt, click.Abort):
        code = EXIT_INTERRUPTED
    except OSError as error:
        show(_surroundings(error))
        code = EXIT_USAGE
    except Exception as error:
        show(defect(error))
        code = EXIT_USAGE
    sys.exit(code)


def show(error: HarnessError) -> None:
    """Print a fault: what, its raw detail, what to do."""
    console = Console(stderr=True)
    console.print("error:", style="bold red", end=" ")
    console.print(str(error), markup=False, highlight=False, soft_wrap=True)
    for line in error.detail:
        console.print(f"  | {line}", markup=False, highlight=False, soft_wrap=True)
    console.print("hint:", style="bold", end=" ")
    console.print(error.remedy, markup=False, highlight=False, soft_wrap=True)


def _terminate(signum: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def _surroundings(error: OSError) -> HarnessError:
    """What the operating system refused: a disk that is full, a file that may not be written."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    remedy = "free some disk space, or point TMPDIR elsewhere" if full else "check the path and its permissions"
    return HarnessError(error.strerror or str(error), place=error.filename, remedy=remedy)


if __name__ == "__main__":
    main()
