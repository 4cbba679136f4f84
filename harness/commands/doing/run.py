"""Running the matrix."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

import click

from harness.commands.doing.asking import agree_to_build, not_built
from harness.commands.doing.expecting import Expected, expected
from harness.commands.doing.last import LastRun
from harness.commands.doing.telling import github
from harness.engines import AUTO
from harness.errors import UsageError
from harness.exits import Exit
from harness.names import unknown
from harness.reports.live import telling
from harness.reports.outputs import Outputs, Target, check, on_stdout, readable
from harness.reports.outputs import opened as opened_outputs
from harness.reports.streams import page, stderr
from harness.runner.events import Event, LaneEnded
from harness.runner.results import Ended, RunReport
from harness.runner.run import RunRequest, longest_first, run
from harness.runner.shard import Shard, Share
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
    shard: str | None
    list_only: bool
    quiet: bool
    verbose: bool
    matrix: bool
    targets: tuple[Target, ...]
    fail_on: tuple[str, ...]
    allow_missing: bool
    tracebacks: bool


def run_asked(asked: Asked) -> Exit:
    """Run it, print what was found and write the reports; the exit code. Raises UsageError before anything starts."""
    check(asked.targets)
    last = LastRun.here()
    if asked.failed and not last.failed:
        if not last.known:
            raise UsageError("`dbtls run` has not run in this folder yet", remedy="run it without --failed")
        click.echo("nothing is left that failed when `dbtls run` last ran here")
        return Exit.PASSED
    wanted = _those_that_failed(asked.wanted, last) if asked.failed else asked.wanted
    selected, share = _shared(select(wanted), asked.shard)
    request = RunRequest(
        servers=selected.servers,
        clients=selected.clients,
        scenarios=selected.scenarios,
        knowledge=selected.knowledge,
        patterns=selected.patterns,
        only=last.failed if asked.failed else None,
        share=share,
        exit_first=asked.exit_first,
        options=(*wanted.options(), *(() if asked.engine == AUTO else ("--engine", asked.engine))),
        command=("dbtls", *sys.argv[1:]),
    )
    if asked.list_only:
        _list(selected, expected(request, last))
        return Exit.PASSED
    with opened_outputs(asked.targets, *github(selected.scenarios)) as outputs:
        with opened_place(asked.engine) as place:
            agree_to_build(place, selected.servers, selected.clients, yes=asked.yes)
            request = replace(request, servers=servers_for(place, asked.engine, selected.servers, selected.others))
            plan = expected(request, last, to_build=len(not_built(place, request.servers, request.clients)))
            work: dict[str, Mapping[str, float]] = {}
            console = stderr(quiet=asked.quiet)
            with telling(console, plan=str(plan), expected=plan.cases, verbose=asked.verbose) as progress:

                def listen(event: Event) -> None:
                    if isinstance(event, LaneEnded):
                        work[event.server] = event.spent_by_theme_s
                    progress(event)
                    outputs.hear(event)

                found = run(request, place, listen)
        if selected.patterns and not found.results and not found.faults and found.ended is Ended.FINISHED:
            raise unknown("case", " ".join(selected.patterns), [scenario.id for scenario in selected.scenarios])
        code = _end(asked, request, found, last, outputs)
    last.and_now(found.results, work if found.ended is Ended.FINISHED else None, found.duration_s).keep()
    return code


def _end(asked: Asked, request: RunRequest, found: RunReport, last: LastRun, outputs: Outputs) -> Exit:
    """Print the report and write it, in this order: a disk that is full by now does not take the result with it."""
    # Nothing of this is needed before the end, and no first verdict has to wait for it.
    from harness.commands.doing.kept import keep_report
    from harness.commands.doing.telling import write
    from harness.reports.console import Around, View, print_report
    from harness.reports.making import report_of
    from harness.reports.model import FailOn

    report = report_of(found, allow_missing=asked.allow_missing, fail_on=[FailOn(word) for word in asked.fail_on])
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
        written=tuple(str(target.path) for target in asked.targets if not target.is_stdout),
        shown_by=shlex.join(("dbtls", "report", *map(str, readable(asked.targets)[:1]))),
        again=shlex.join(("dbtls", "run", "--failed", *request.options)),
    )
    print_report(report, stderr() if on_stdout(asked.targets) else page(), view=view, around=around)
    code = write(report, outputs)
    keep_report(report)
    return code


def _shared(selected: Selection, shard: str | None) -> tuple[Selection, Share | None]:
    """The part of what is selected that ``shard`` has, as far as that is known by the servers' names."""
    if shard is None:
        return selected, None
    share = Share.of(Shard.parse(shard), [build.name for build in longest_first(selected.servers)])
    servers = tuple(build for build in selected.servers if share.reaches(build.name))
    return replace(selected, servers=servers, others=()), share


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
