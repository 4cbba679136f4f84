"""The command line. Data goes to stdout, everything else to stderr; a fault is one message, never a traceback."""

import contextlib
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from harness.case.scenario import BUILTIN_SCENARIOS, Scenario, discover_scenarios
from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.errors import HarnessError
from harness.names import chosen, unknown
from harness.reports.console import LiveProgress, print_report
from harness.reports.json_report import write_json
from harness.reports.junit import write_junit
from harness.runner.plan import may_make
from harness.runner.run import RunRequest, run
from harness.servers.build import BUILTIN_SERVERS, ServerBuild, discover_servers

EXIT_USAGE = 2
EXIT_CODES = """\b
Exit codes:
  0    every case passed (known deviations and skips included)
  1    a case failed
  2    usage error, or a fault of the harness or its surroundings
  3    inconclusive: nothing failed, and not all that was asked for was proved
  130  Ctrl-C
  143  SIGTERM
"""


class Terminated(KeyboardInterrupt):
    """SIGTERM, unwinding like Ctrl-C so that everything is closed."""


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
        code = 143
    except (KeyboardInterrupt, click.Abort):
        code = 130
    sys.exit(code)


def _terminate(signum: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def show(error: HarnessError) -> None:
    """Print a fault: what, its raw detail, what to do."""
    console = Console(stderr=True)
    console.print("error:", style="bold red", end=" ")
    console.print(str(error), markup=False, highlight=False, soft_wrap=True)
    for line in error.detail:
        console.print(f"  | {line}", markup=False, highlight=False, soft_wrap=True)
    console.print("hint:", style="bold", end=" ")
    console.print(error.remedy, markup=False, highlight=False, soft_wrap=True)


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="dbtls-harness", prog_name="dbtls")
def cli() -> None:
    """Does TLS between clients and MySQL-family servers still work; after the upgrade; and if not, why?"""


_folder = click.Path(path_type=Path, file_okay=False)
_servers_folder = click.option("--servers", "server_folders", type=_folder, multiple=True, help="More server builds.")
_clients_folder = click.option("--clients", "client_folders", type=_folder, multiple=True, help="More clients.")
_scenarios_folder = click.option("--scenarios", "scenario_folders", type=_folder, multiple=True, help="More scenarios.")


def _all_servers(folders: tuple[Path, ...]) -> Mapping[str, ServerBuild]:
    return discover_servers((BUILTIN_SERVERS, *folders))


def _all_clients(folders: tuple[Path, ...]) -> Mapping[str, ClientBuild]:
    return discover_clients((BUILTIN_CLIENTS, *folders))


def _all_scenarios(folders: tuple[Path, ...]) -> Mapping[str, Scenario]:
    return discover_scenarios((BUILTIN_SCENARIOS, *folders))


@cli.command("run", epilog=EXIT_CODES)
@click.option("--server", "-s", "server_names", multiple=True, help="A server build, a pattern, or `all`.")
@click.option("--client", "-c", "client_names", multiple=True, help="A client, a pattern, or `all` (the default).")
@click.option("--scenario", "-k", "patterns", multiple=True, help="A case id, a scenario id, or a pattern over ids.")
@click.option("--json", "json_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the report as JSON.")
@click.option("--junit", "junit_path", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JUnit XML.")
@click.option("--allow-missing", is_flag=True, help="Do not end 3 because a server build could not be had.")
@_servers_folder
@_clients_folder
@_scenarios_folder
@click.pass_context
def run_command(
    context: click.Context,
    server_names: tuple[str, ...],
    client_names: tuple[str, ...],
    patterns: tuple[str, ...],
    json_path: Path | None,
    junit_path: Path | None,
    allow_missing: bool,
    server_folders: tuple[Path, ...],
    client_folders: tuple[Path, ...],
    scenario_folders: tuple[Path, ...],
) -> None:
    """Run scenarios × servers × clients and say what holds, what does not, and why."""
    builds = _all_servers(server_folders)
    defaults = [name for name, build in builds.items() if build.manifest.default]
    scenarios = _all_scenarios(scenario_folders)
    for pattern in patterns:
        if not any(may_make(scenario, [pattern]) for scenario in scenarios.values()):
            raise unknown("scenario", pattern, scenarios)
    request = RunRequest(
        servers=tuple(chosen("server", builds, server_names, defaults)),
        clients=tuple(chosen("client", _all_clients(client_folders), client_names, ["all"])),
        scenarios=tuple(scenarios.values()),
        patterns=patterns,
        command=("dbtls", *sys.argv[1:]),
    )
    for path in (json_path, junit_path):
        _check_writable(path)
    with LiveProgress(Console(stderr=True)) as progress:
        report = run(request, progress)
    print_report(report, Console(), allow_missing=allow_missing)
    if json_path is not None:
        write_json(report, json_path, allow_missing=allow_missing)
    if junit_path is not None:
        write_junit(report, junit_path)
    context.exit(report.exit_code(allow_missing=allow_missing))


def _check_writable(path: Path | None) -> None:
    """A report that cannot be written is better found before the run than after it."""
    if path is not None and not path.parent.is_dir():
        raise click.BadParameter(f"{path}: the folder {path.parent} does not exist; make it first")


@contextlib.contextmanager
def _nothing() -> Iterator[None]:
    yield


if __name__ == "__main__":
    main()
