"""The end of a run, or of a stored report, on the console: the verdict first and last, and what is unsafe or wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness.knowledge.rows import Severity
from harness.model.verdict import Status
from harness.reports.assembling import meant
from harness.reports.before import Before
from harness.reports.digest import Digest, Unsafe, digest_of
from harness.reports.findings import Section, by_reason, case_section, fault_section, line, missing_section, row
from harness.reports.grid import paragraph
from harness.reports.marks import Mark
from harness.reports.model import Report
from harness.reports.names import builds_briefly, scenarios_briefly
from harness.reports.tables import alone_matrix, case_matrix, legend, property_table, theme_table
from harness.reports.text import on_one_line
from harness.reports.words import amount, duration
from harness.runner.results import Ended

SHOWN_WHOLE = 50
"""Of failures, and of cases without a verdict, so many with all evidence; of the rest a line each."""

NAMES_SHOWN = 5
"""Groups of names that stand beside an unsafe deviation; all are in the list of known deviations."""

SCENARIOS_SHOWN = 4
"""Likewise, of scenarios."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is shown beside what nobody may miss; ``briefly``: nothing.

    ``matrix``: each mark. ``known``, ``skipped``: each of these cases, by reason. ``details``: where the time went, and
    what was run with what. ``whole``: all evidence of each failure. ``tracebacks``: of a defect of dbtls the places
    that it came through.
    """

    briefly: bool = False
    matrix: bool = False
    known: bool = False
    skipped: bool = False
    details: bool = False
    whole: bool = False
    tracebacks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known beside a report: ``before`` of earlier runs; ``written``, where reports of it lie; ``shown_by``,
    the command that shows it again; ``again``, the one that carries out again what did not pass. Empty: none."""

    before: Before | None = None
    written: tuple[str, ...] = ()
    shown_by: str = ""
    again: str = ""


_ALL_THAT_MATTERS = View()
_NOTHING = Around()


def print_report(
    report: Report, console: Console, *, view: View = _ALL_THAT_MATTERS, around: Around = _NOTHING
) -> None:
    """The verdict; the themes; what is missing, failed or broke; what is unsafe; the rest, a line each; the verdict."""
    digest = digest_of(report, around.before)
    sections = [
        *([] if view.briefly else _beginning(report, digest, console.width, view)),
        *_wrong(report, digest, view, around),
        *([] if view.briefly else _expected(report, digest, console.width, view, around)),
        _ending(report, digest, console.width, view, around),
    ]
    for number, section in enumerate(filter(None, sections)):
        if number:
            console.print()
        for told in section:
            console.print(told, soft_wrap=True)


def _beginning(report: Report, digest: Digest, width: int, view: View) -> Iterator[Section]:
    yield paragraph(_headline(report, digest), width)
    if digest.themes.themes:
        yield [*theme_table(digest.themes, width), *legend(digest.themes, width)]
    if view.matrix:
        yield list(case_matrix([case for case in report.cases if case.client is not None], width))
        alone = [case for case in report.cases if case.client is None]
        yield alone_matrix(alone, width) if alone else []
    if (view.matrix or view.details) and report.properties:
        yield property_table(report.properties, width)


def _headline(report: Report, digest: Digest) -> Text:
    servers, clients = len(report.provenance.servers), len(report.provenance.clients)
    where = f"{amount(digest.tally.total, 'case')} on {amount(servers, 'server')} with {amount(clients, 'client')}"
    told = Text(digest.word.value, style=_style(digest))
    told.append(f"  {where}")
    if digest.unsafe_count:
        told.append(f"; {_deviations(digest.unsafe_count, 'known')} unsafe", style=Mark.UNSAFE.style)
    return told


def _deviations(count: int, sort: str) -> str:
    return f"{count:,} {sort} deviation{' is' if count == 1 else 's are'}"


def _style(digest: Digest) -> str:
    worst = {0: "bold green", 1: Mark.FAILED.style}
    return worst.get(digest.exit, "bold magenta")


def _wrong(report: Report, digest: Digest, view: View, around: Around) -> Iterator[Section]:
    yield from map(missing_section, report.missing)
    for cases in (digest.failed, digest.inconclusive):
        whole = len(cases) if view.whole else SHOWN_WHOLE
        yield from map(case_section, cases[:whole])
        if cases[whole:]:
            all_of_it = f", each with its evidence: {around.shown_by} --failed" if around.shown_by else ""
            yield [line(f"and {amount(len(cases) - whole, 'case')} more{all_of_it}"), *map(row, cases[whole:])]
    yield by_reason("Inconclusive, not carried out because of a fault", digest.lost)
    for fault in report.faults:
        yield fault_section(fault, traceback=view.tracebacks)


def _expected(report: Report, digest: Digest, width: int, view: View, around: Around) -> Iterator[Section]:
    """What deviates as it is known to, and what was skipped; with their lists where these are wanted."""
    yield [
        *_unsafe(digest, width),
        *_other_known(digest, width, "" if view.known else _command(around, "--known")),
        *_skipped(digest, width, "" if view.skipped else _command(around, "--skipped")),
    ]
    if view.known:
        yield from _known_lists(report)
    if view.skipped:
        yield by_reason("Skipped", [case for case in report.cases if case.status is Status.SKIPPED])
    if view.details:
        yield list(_details(report))


def _unsafe(digest: Digest, width: int) -> Iterator[Text]:
    if not digest.unsafe:
        return
    reasons = len(frozenset().union(*(group.reasons for group in digest.unsafe)))
    head = f"{Mark.UNSAFE.symbol} {_deviations(digest.unsafe_count, 'known')} unsafe, for {amount(reasons, 'reason')}"
    new = [group.new for group in digest.unsafe if group.new is not None]
    if new:
        head += f"; {sum(new) or 'none'} new since these cases last ran here"
    yield from paragraph(Text(head, style=Mark.UNSAFE.style), width)
    widest = max(cell_len(group.words) for group in digest.unsafe)
    for group in digest.unsafe:
        where = scenarios_briefly(group.scenarios, at_most=SCENARIOS_SHOWN)
        told = f"{len(group.cases):6,}  {on_one_line(group.words)}"
        yield from _beside(
            told, 8 + widest + 2, (Text(on_one_line(_who(group))), Text(on_one_line(where), "dim")), width
        )


def _who(group: Unsafe) -> str:
    """Who deviates so, and how much of it is new."""
    told = [builds_briefly(names, at_most=NAMES_SHOWN) for names in (group.clients, group.servers)]
    told += [f"{group.new} new"] if group.new else []
    return "; ".join(filter(None, told))


def _beside(left: str, column: int, right: Iterable[Text], width: int) -> Iterator[Text]:
    """``right`` beside ``left``, beginning at ``column`` and folded there; below it where that leaves little room."""
    if column > width // 2:
        yield from paragraph(Text(left), width)
        left, column = "", 10
    parts = (part for text in right for part in paragraph(text, width - column))
    for number, part in enumerate(parts):
        yield Text((left if number == 0 else "").ljust(column)) + part


def _other_known(digest: Digest, width: int, command: str) -> Sequence[Text]:
    if not digest.known:
        return []
    severities = Counter(case.known.severity for case in digest.known if case.known is not None)
    sorts = ", ".join(f"{severity.value} {severities[severity]}" for severity in Severity if severities[severity])
    what = "other known deviation" if digest.unsafe else "known deviation"
    head = f"{Mark.KNOWN.symbol} {amount(len(digest.known), what)}"
    return _hanging(f"{head}: {sorts}", command, width)


def _skipped(digest: Digest, width: int, command: str) -> Sequence[Text]:
    count = digest.tally.counts.get(Mark.SKIPPED, 0)
    if not count:
        return []
    classes = []
    for skips in digest.skipped:
        what = ", ".join(f"{name} {number}" for name, number in skips.what.items())
        classes.append(f"{skips.words} {skips.count}" + (f" ({what})" if what else ""))
    why = f": {'; '.join(classes)}" if classes else ""
    return _hanging(f"{Mark.SKIPPED.symbol} {count:,} skipped{why}", command, width)


def _command(around: Around, option: str) -> str:
    return f"each: {around.shown_by} {option}" if around.shown_by else ""


def _hanging(text: str, command: str, width: int) -> Sequence[Text]:
    """``text`` folded, what follows its first line indented; ``command``, which is not folded, at its end."""
    parts = paragraph(Text(on_one_line(text[2:])), width - 2)
    lines = [Text(text[:2] if number == 0 else "  ") + part for number, part in enumerate(parts)]
    if command and cell_len(lines[-1].plain) + 3 + cell_len(command) <= width:
        lines[-1] = lines[-1] + Text(f"   {command}", style="dim")
    elif command:
        lines.append(Text(f"  {command}", style="dim"))
    return lines


def _known_lists(report: Report) -> Iterator[Section]:
    known = [case for case in report.cases if case.status is Status.KNOWN]
    yield by_reason("Known deviations", [case for case in known if not case.divergences])
    for heading in dict.fromkeys(case.divergences for case in known if case.divergences):
        yield by_reason(heading, [case for case in known if case.divergences == heading])


def _details(report: Report) -> Iterator[Text]:
    for server in report.provenance.servers:
        said = (server.version, server.tls_library, *server.protocols, server.reload or "no reload", server.image)
        yield line(f"{server.name}: {', '.join(map(str, said))}", "dim")
    for client in report.provenance.clients:
        yield line(f"{client.name}: {client.driver}, {client.runtime}, {client.tls_library}", "dim")
    for origin in report.provenance.runs:
        yield line(f"{origin.harness} at {origin.revision}, {origin.engine}, {origin.machine}", "dim")
    if report.first_verdict_s is not None:
        yield line(f"first verdict after {duration(report.first_verdict_s)}", "dim")
    by_kind = {_WORK.get(kind, kind): seconds for kind, seconds in report.spent_s.items()}
    for what, spent in (("kind of work", by_kind), ("theme", report.spent_by_theme_s)):
        if spent:
            longest_first = sorted(spent.items(), key=lambda one: -one[1])
            told = ", ".join(f"{name} {seconds:.1f}" for name, seconds in longest_first)
            yield line(f"seconds by {what}, all servers together: {told}", "dim")


_WORK = {
    "clients": "attempts by clients",
    "harness": "dbtls itself",
    "load": "rotations under load",
    "servers": "configuring servers",
    "start": "starting servers",
    "testimony": "asking servers",
}
"""Kinds of work, as a report names them, for a reader."""


def _ending(report: Report, digest: Digest, width: int, view: View, around: Around) -> Section:
    told: list[Text] = []
    if around.written and not view.briefly:
        told.append(line(f"reports: {'  '.join(around.written)}"))
    told += _unfinished(report)
    if report.missing and not report.allow_missing:
        names = ", ".join(missing.name for missing in report.missing)
        told.append(line(f"not available: {names} (--allow-missing to do without)", "magenta"))
    for one in report.fail_on:
        if cases := meant(one, report.cases):
            told.append(line(f"--fail-on {one.value}: {amount(len(cases), 'case')}", Mark.FAILED.style))
    if around.again and (digest.failed or digest.inconclusive or digest.lost):
        told.append(line(f"again: {around.again}"))
    return [*told, _sum(report, digest)]


def _sum(report: Report, digest: Digest) -> Text:
    """The last line: word, counts, duration, exit code."""
    counts = digest.tally.counts
    known = report.count(Status.KNOWN)
    parts = [f"{report.count(Status.PASS):,} as expected"] if report.cases else []
    if known:
        parts.append(f"{known:,} known" + (f" ({digest.unsafe_count:,} unsafe)" if digest.unsafe_count else ""))
    parts += [f"{counts[mark]:,} {mark.word}" for mark in (Mark.SKIPPED, Mark.INCONCLUSIVE) if counts.get(mark)]
    parts.append(f"{counts.get(Mark.FAILED, 0):,} failed")
    if report.faults:
        parts.append(amount(len(report.faults), "fault"))
    told = Text(digest.word.value, style=_style(digest))
    told.append(f"  {amount(len(report.cases), 'case')}: {', '.join(parts)}")
    return told.append(f"   {duration(report.duration_s)}   exit {int(digest.exit)}")


def _unfinished(report: Report) -> Sequence[Text]:
    match report.ended:
        case Ended.FINISHED:
            return []
        case Ended.INTERRUPTED:
            how = "interrupted by Ctrl-C"
        case Ended.TERMINATED:
            how = "ended by SIGTERM"
        case Ended.FIRST_FAILURE:
            how = "ended by the first case that did not pass"
        case Ended.KILLED:
            how = "killed: what it had streamed breaks off"
        case _:
            assert_never(report.ended)
    left = Counter(one.server for one in report.not_reached)
    where = f" ({', '.join(f'{server} {count}' for server, count in sorted(left.items()))})" if left else ""
    return [line(f"{how}; not reached: {amount(left.total(), 'case')}{where}", "magenta")]
