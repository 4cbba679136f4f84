"""``dbtls run``: the matrix."""

import sys
from pathlib import Path

import click
from rich.console import Console

from harness.commands.options import (
    EXIT_CODES,
    all_clients,
    all_scenarios,
    all_servers,
    clients_folder,
    scenarios_folder,
    servers_folder,
)
from harness.commands.places import engine_option, opened_place
from harness.errors import UsageError
from harness.names import chosen, unknown
from harness.reports.console import LiveProgress, print_report, stdout
from harness.reports.json_report import write_json
from harness.reports.junit import write_junit
from harness.runner.plan import may_make
from harness.runner.run import RunRequest, run

_report = click.Path(path_type=Path, dir_okay=False)


@click.command("run", epilog=EXIT_CODES)
@click.option("--server", "-s", "server_names", multiple=True, help="A server build, a pattern, or `all`.")
@click.option("--client", "-c", "client_names", multiple=True, help="A client, a pattern, or `all` (the default).")
@click.option("--scenario", "-k", "patterns", multiple=True, help="A case id, a scenario id, or a pattern over ids.")
@click.option("--json", "json_path", type=_report, help="Write the report as JSON.")
@click.option("--junit", "junit_path", type=_report, help="Write the report as JUnit XML.")
@click.option("--allow-missing", is_flag=True, help="Do not end 3 because a server build could not be had.")
@engine_option
@servers_folder
@clients_folder
@scenarios_folder
@click.pass_context
def run_command(
    context: click.Context,
    server_names: tuple[str, ...],
    client_names: tuple[str, ...],
    patterns: tuple[str, ...],
    json_path: Path | None,
    junit_path: Path | None,
    allow_missing: bool,
    engine_name: str,
    server_folders: tuple[Path, ...],
    client_folders: tuple[Path, ...],
    scenario_folders: tuple[Path, ...],
) -> None:
    """Run scenarios × servers × clients and say what holds, what does not, and why.

    Without --server: the default servers. Without --scenario: every scenario.
    """
    builds = all_servers(server_folders)
    defaults = [name for name, build in builds.items() if build.manifest.default]
    scenarios = all_scenarios(scenario_folders)
    for pattern in patterns:
        if not any(may_make(scenario, [pattern]) for scenario in scenarios.values()):
            raise unknown("scenario", pattern, scenarios)
    request = RunRequest(
        servers=tuple(chosen("server", builds, server_names, defaults)),
        clients=tuple(chosen("client", all_clients(client_folders), client_names, ["all"])),
        scenarios=tuple(scenarios.values()),
        patterns=patterns,
        options=(
            *(word for folder in server_folders for word in ("--servers", str(folder))),
            *(word for folder in client_folders for word in ("--clients", str(folder))),
            *(word for folder in scenario_folders for word in ("--scenarios", str(folder))),
        ),
        command=("dbtls", *sys.argv[1:]),
    )
    for path in (json_path, junit_path):
        _check_folder(path)
    with opened_place(engine_name) as place, LiveProgress(Console(stderr=True)) as progress:
        report = run(request, place, progress)
    if patterns and not report.results:
        raise unknown("case", " ".join(patterns), scenarios)
    print_report(report, stdout(), allow_missing=allow_missing)
    if json_path is not None:
        write_json(report, json_path, allow_missing=allow_missing)
    if junit_path is not None:
        write_junit(report, junit_path)
    context.exit(report.exit_code(allow_missing=allow_missing))


def _check_folder(path: Path | None) -> None:
    """A report that cannot be written is better found before the run than after it."""
    if path is not None and not path.parent.is_dir():
        raise UsageError("there is no such folder for the report", place=str(path.parent), remedy="make it first")
