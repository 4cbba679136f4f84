"""``dbtls run``: the matrix."""

import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from harness.commands.epilogs import epilog
from harness.commands.options import (
    check_folder,
    client_option,
    clients_folder,
    engine_of,
    engine_option,
    knowledge_folder,
    scenario_option,
    scenarios_folder,
    server_option,
    servers_folder,
)
from harness.names import unknown
from harness.reports.console import LiveProgress, print_report, stdout
from harness.reports.json_report import write_json
from harness.reports.junit import write_junit
from harness.runner.results import Ended
from harness.runner.run import RunRequest, run
from harness.selection.places import AUTO, opened_place, servers_for
from harness.selection.selection import Wanted, select

_EPILOG = epilog(
    "dbtls run --server mysql-9.7 --client pymysql",
    "dbtls run --server 'mariadb*' --scenario 'one-way*' --json report.json",
)
_report = click.Path(path_type=Path, dir_okay=False)


@click.command("run", epilog=_EPILOG)
@server_option
@client_option
@scenario_option
@click.option("--json", "json_path", type=_report, help="Write the report as JSON.")
@click.option("--junit", "junit_path", type=_report, help="Write the report as JUnit XML.")
@click.option("--allow-missing", is_flag=True, help="Do not end 3 because a server build was not available.")
@click.option("--traceback", "tracebacks", is_flag=True, help="Print where a defect of dbtls itself came from.")
@engine_option
@servers_folder
@clients_folder
@scenarios_folder
@knowledge_folder
@click.pass_context
def run_command(
    context: click.Context,
    server_names: tuple[str, ...],
    client_names: tuple[str, ...],
    patterns: tuple[str, ...],
    json_path: Path | None,
    junit_path: Path | None,
    allow_missing: bool,
    tracebacks: bool,
    engine_name: str,
    server_folders: tuple[Path, ...],
    client_folders: tuple[Path, ...],
    scenario_folders: tuple[Path, ...],
    knowledge_folders: tuple[Path, ...],
) -> None:
    """Run scenarios × servers × clients and say what holds, what does not, and why.

    Without --server: the default servers. Without --scenario: every scenario.
    """
    wanted = Wanted(
        server_names=server_names,
        client_names=client_names,
        patterns=patterns,
        server_folders=server_folders,
        client_folders=client_folders,
        scenario_folders=scenario_folders,
        knowledge_folders=knowledge_folders,
    )
    selected = select(wanted)
    engine = engine_of(context, engine_name)
    request = RunRequest(
        servers=selected.servers,
        clients=selected.clients,
        scenarios=selected.scenarios,
        knowledge=selected.knowledge,
        patterns=selected.patterns,
        options=(*wanted.options(), *(() if engine == AUTO else ("--engine", engine))),
        command=("dbtls", *sys.argv[1:]),
    )
    for path in (json_path, junit_path):
        check_folder(path)
    with opened_place(engine) as place:
        request = replace(request, servers=servers_for(place, engine, selected.servers, selected.others))
        with LiveProgress(Console(stderr=True)) as progress:
            report = run(request, place, progress)
    if selected.patterns and not report.results and not report.faults and report.ended is Ended.FINISHED:
        raise unknown("case", " ".join(selected.patterns), [scenario.id for scenario in selected.scenarios])
    print_report(report, stdout(), allow_missing=allow_missing, tracebacks=tracebacks)
    if json_path is not None:
        write_json(report, json_path, allow_missing=allow_missing)
    if junit_path is not None:
        write_junit(report, junit_path)
    context.exit(report.exit_code(allow_missing=allow_missing))
