"""Running the matrix."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

from harness.commands.doing.asking import agree_to_build, not_built
from harness.commands.doing.expecting import Expected, expected
from harness.commands.doing.last import LastRun
from harness.commands.options import check_folder
from harness.engines import AUTO
from harness.errors import UsageError
from harness.exits import Exit
from harness.names import unknown
from harness.reports.live import telling
from harness.reports.streams import page, stderr
from harness.runner.events import Event, LaneEnded
from harness.runner.results import Ended, RunReport
from harness.runner.run import RunRequest, run
from harness.selection.places import opened_place, servers_for
from harness.selection.selection import Selection, Wanted, select


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asked for, and how it is to be told."""

    wanted: Wanted
    yes: bool
    engine: str
    failed: bool
    exit_first: bool
    list_only: bool
    quiet: bool
    verbose: bool
    matrix: bool
    json_path: Path | None
    junit_path: Path | None
    allow_missing: bool
    tracebacks: bool


def run_asked(asked: Asked) -> Exit:
    """Run it, print what was found and write the reports; the exit code. Raises UsageError before anything starts."""
    if asked.json_path is not None and asked.json_path == asked.junit_path:
        what = "the JUnit report would be written over the JSON report"
        raise UsageError(what, place=str(asked.json_path), remedy="name another file")
    for path in (asked.json_path, asked.junit_path):
        check_folder(path)
    last = LastRun.here()
    if asked.failed and not last.failed:
        if not last.known:
            raise UsageError("`dbtls run` has not run in this folder yet", remedy="run it without --failed")
        click.echo("nothing is left that failed when `dbtls run` last ran here")
        return Exit.PASSED
    wanted = _those_that_failed(asked.wanted, last) if asked.failed else asked.wanted
    selected = select(wanted)
    request = RunRequest(
        servers=selected.servers,
        clients=selected.clients,
        scenarios=selected.scenarios,
        knowledge=selected.knowledge,
        patterns=selected.patterns,
        only=last.failed if asked.failed else None,
        exit_first=asked.exit_first,
        options=(*wanted.options(), *(() if asked.engine == AUTO else ("--engine", asked.engine))),
        command=("dbtls", *sys.argv[1:]),
    )
    if asked.list_only:
        _list(selected, expected(request, last))
        return Exit.PASSED
    with opened_place(asked.engine) as place:
        agree_to_build(place, selected.servers, selected.clients, yes=asked.yes)
        request = replace(request, servers=servers_for(place, asked.engine, selected.servers, selected.others))
        plan = expected(request, last, to_build=len(not_built(place, request.servers, request.clients)))
        work: dict[str, Mapping[str, float]] = {}
        with telling(stderr(quiet=asked.quiet), plan=str(plan), expected=plan.cases, verbose=asked.verbose) as progress:

            def listen(event: Event) -> None:
                if isinstance(event, LaneEnded):
                    work[event.server] = event.spent_by_theme_s
                progress(event)

            found = run(request, place, listen)
    if selected.patterns and not found.results and not found.faults and found.ended is Ended.FINISHED:
        raise unknown("case", " ".join(selected.patterns), [scenario.id for scenario in selected.scenarios])
    code = _end(asked, request, found, last)
    last.and_now(found.results, work if found.ended is Ended.FINISHED else None, found.duration_s).keep()
    return code


def _end(asked: Asked, request: RunRequest, found: RunReport, last: LastRun) -> Exit:
    """Print the report and write it, in this order: a disk that is full by now does not take the result with it."""
    # Nothing of this is needed before the end, and no first verdict has to wait for it.
    from harness.commands.doing.kept import keep_report
    from harness.reports.console import Around, View, print_report
    from harness.reports.json_report import as_text
    from harness.reports.junit import write_junit
    from harness.reports.making import report_of

    report = report_of(found, allow_missing=asked.allow_missing)
    view = View(
        briefly=asked.quiet,
        matrix=asked.matrix,
        known=asked.verbose,
        skipped=asked.verbose,
        details=asked.verbose,
        tracebacks=asked.tracebacks,
    )
    around = Around(
        before=last.before,
        written=tuple(str(path) for path in (asked.json_path, asked.junit_path) if path is not None),
        shown_by="" if asked.json_path is None else shlex.join(("dbtls", "report", str(asked.json_path))),
        again=shlex.join(("dbtls", "run", "--failed", *request.options)),
    )
    print_report(report, page(), view=view, around=around)
    if asked.json_path is not None:
        asked.json_path.write_text(as_text(report), encoding="utf-8")
    if asked.junit_path is not None:
        write_junit(found, asked.junit_path)
    keep_report(report)
    return report.exit_code


def _those_that_failed(wanted: Wanted, last: LastRun) -> Wanted:
    """What is wanted where names were given; else the servers, clients and cases of what failed."""
    clients = dict.fromkeys(client for _, _, client in last.failed if client is not None)
    return replace(
        wanted,
        server_names=wanted.server_names or tuple(dict.fromkeys(server for _, server, _ in last.failed)),
        client_names=wanted.client_names or tuple(clients),
        patterns=wanted.patterns or tuple(dict.fromkeys(identity for identity, _, _ in last.failed)),
    )


def _list(selected: Selection, plan: Expected) -> None:
    """What would run, as far as that is known before a server is up."""
    clients = [client.name for client in selected.clients]
    for kind, names in (("server", [build.name for build in selected.servers]), ("client", clients)):
        click.echo(f"{len(names)} {kind}{'' if len(names) == 1 else 's'}: {', '.join(names)}")
    count = len(selected.scenarios)
    click.echo(f"{count} scenario{'' if count == 1 else 's'}, each on every server with every client that it is for:")
    for scenario in selected.scenarios:
        click.echo(f"  {scenario.id}  {scenario.claim}")
    if plan.cases is not None:
        click.echo(f"in all {plan.size}")
