"""The command line. Data goes to stdout, everything else to stderr; a fault is one message, never a traceback."""

import os
import signal
import sys
from types import FrameType

import click

from harness.commands.epilogs import EXIT_CODES
from harness.commands.lazy import COMPLETE_VARIABLE, LazyGroup, Row
from harness.errors import HarnessError, defect, surroundings
from harness.exits import Exit, Terminated
from harness.version import VERSION

SECTIONS = {
    "Test": {
        "run": Row("harness.commands.run:run_command", "Run scenarios on servers with clients, and judge each case."),
        "report": Row("harness.commands.report:report_command", "Show stored reports of runs again, several as one."),
        "rotate": Row(
            "harness.commands.rotate:rotate_command", "Exchange keys under load, and prove that nothing is lost."
        ),
        "judge": Row("harness.commands.judge:judge_command", "Judge the stored history of a rotation again."),
    },
    "Connect": {
        "up": Row("harness.commands.up:up_command", "Start servers with fresh certificates to connect to."),
        "down": Row("harness.commands.down:down_command", "End what `dbtls up --detach` has left up."),
    },
    "Choose": {
        "servers": Row("harness.commands.listing:servers_command", "List the servers, and what each says that it is."),
        "clients": Row("harness.commands.listing:clients_command", "List the clients, and what each says that it is."),
        "scenarios": Row("harness.commands.listing:scenarios_command", "List the scenarios and the claim of each."),
    },
    "Set up": {
        "init": Row("harness.commands.init:init_command", "Add dbtls to a project: settings for pytest, and CI."),
        "doctor": Row("harness.commands.doctor:doctor_command", "Show what this machine has, and what is missing."),
        "cache": Row("harness.commands.cache:cache_group", "Show what is kept between runs, and remove what can go."),
        "help": Row("harness.commands.help:help_command", "Show the help of a command."),
        "completion": Row("harness.commands.completion:completion_command", "Print a shell's completion script."),
    },
    "Extend": {
        "probe": Row("harness.commands.probe:probe_group", "Check the probe of a client of your own."),
    },
}


@click.group(
    cls=LazyGroup,
    sections=SECTIONS,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(VERSION, prog_name="dbtls")
def cli() -> None:
    """Does TLS between clients and MySQL-family servers still work; after the upgrade; and if not, why?"""


def main() -> None:
    """Entry point: runs the command and exits with its code."""
    signal.signal(signal.SIGTERM, _terminate)
    if COMPLETE_VARIABLE in os.environ:
        from harness.commands import completing  # noqa: F401  teaches click our bash
    try:
        code = cli.main(prog_name="dbtls", standalone_mode=False) or Exit.PASSED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = Exit.FAULT
    except click.ClickException as error:
        from harness.commands.usage import told

        show(told(error))
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
    from rich.console import Console  # a third of the time that a help takes

    from harness.reports.fault import print_fault

    print_fault(Console(stderr=True), str(error), detail=error.detail, remedy=error.remedy)


def _terminate(signum: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


if __name__ == "__main__":
    main()
