"""Markdown, for a job's summary, a ticket or a merge request: the verdict, themes, what is unsafe, what went wrong."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from harness.model.verdict import Status
from harness.reports.format import Format
from harness.reports.text import on_one_line, printable

if TYPE_CHECKING:
    from harness.reports.digest import Digest, Tally, Unsafe
    from harness.reports.marks import Mark
    from harness.reports.model import CaseReport, FaultReport, Report

MOST = 30
"""Failures that are shown whole; of the rest a line each."""
_ESCAPED = {character: f"&#{ord(character)};" for character in "\\`*_{}[]<>|~#@&"}
LIMIT = 900_000
"""Bytes: GitHub takes 1 MiB for all summaries of a step."""


def text(report: "Report") -> str:
    """``report`` as GitHub's and GitLab's Markdown, cut where it would be too long for a summary."""
    kept: list[str] = []
    left = LIMIT
    for line in _lines(report):
        left -= len(line.encode()) + 1
        if left < 0:
            kept.append("\n… and more: the JSON report has all of it.")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _lines(report: "Report") -> Iterator[str]:
    from harness.reports.digest import digest_of
    from harness.reports.words import amount, duration

    digest = digest_of(report)
    servers, clients = len(report.provenance.servers), len(report.provenance.clients)
    yield f"## dbtls: {digest.word.value}"
    yield ""
    counts = ", ".join(f"{count:,} {mark.word}" for mark, count in _marks(digest.tally))
    yield (
        f"{amount(digest.tally.total, 'case')} on {amount(servers, 'server')} with {amount(clients, 'client')} "
        f"in {duration(report.duration_s)}: {counts or 'none'}. Exit {int(report.exit_code)}."
    )
    yield from _themes(digest)
    for fault in report.faults:
        yield from _fault(fault)
    for missing in report.missing:
        yield f"\n**Missing: {_text(missing.name)}**: {_text(missing.reason)}. Hint: {_text(missing.remedy)}"
    wrong = (*digest.failed, *digest.inconclusive)
    if wrong:
        yield "\n### Failed and inconclusive"
    for case in wrong[:MOST]:
        yield from _case(case)
    yield from (f"- {_code(' '.join((case.id, *case.ends)))}: {_text(case.reason)}" for case in wrong[MOST:])
    if digest.unsafe:
        yield f"\n### Unsafe, and known: {digest.unsafe_count:,}"
        yield ""
    for unsafe in digest.unsafe:
        yield from _unsafe(unsafe)
    rest = {"known deviations": len(digest.known), "skipped": report.count(Status.SKIPPED)}
    rest |= {"not carried out because of a fault": len(digest.lost), "not reached": len(report.not_reached)}
    told = "; ".join(f"{count:,} {what}" for what, count in rest.items() if count)
    if told:
        yield f"\nBeside these: {told}."
    yield from _runs(report)


def _marks(tally: "Tally") -> list[tuple["Mark", int]]:
    from harness.reports.marks import Mark

    return [(mark, tally.counts[mark]) for mark in Mark if tally.counts.get(mark)]


def _themes(digest: "Digest") -> Iterator[str]:
    themes = digest.themes
    if not themes.themes:
        return
    yield ""
    yield f"| theme | cases | {' | '.join(map(_text, themes.servers))} |"
    yield "|---|---:|" + "---|" * len(themes.servers)
    for theme in themes.themes:
        cells = (_tally(themes.cells.get((theme, server))) for server in themes.servers)
        yield f"| {_text(theme)} | {themes.cases(theme):,} | {' | '.join(cells)} |"


def _tally(tally: "Tally | None") -> str:
    if tally is None:
        return ""
    if tally.deviating:
        return " ".join(f"{mark.symbol}&nbsp;{count}" for mark, count in tally.deviating)
    return "" if tally.worst is None else tally.worst.symbol


def _case(case: "CaseReport") -> Iterator[str]:
    yield f"\n**{_code(' '.join((case.id, *case.ends)))}** {case.status.value}: {_text(case.reason)}"
    yield f"\n- claim: {_text(case.claim)}"
    yield f"- again: {_code(case.rerun)}"
    lines = [printable(line) for line in case.lines()]
    if lines:
        fence = "`" * max(3, 1 + max(_ticks(line) for line in lines))
        yield "\n<details><summary>one difference, and both ends</summary>\n"
        yield from (f"{fence}text", *lines, fence)
        yield "\n</details>"


def _unsafe(unsafe: "Unsafe") -> Iterator[str]:
    yield f"- **{_text(unsafe.words)}**: {len(unsafe.cases):,} × ({_who({**unsafe.clients, **unsafe.servers})})"


def _who(names: Mapping[str, int]) -> str:
    return ", ".join(f"{_text(name)} {count}" for name, count in names.items())


def _fault(fault: "FaultReport") -> Iterator[str]:
    place = f" {_text(fault.place)}:" if fault.place else ""
    cost = f" It cost {len(fault.cases)} of the cases." if fault.cases else ""
    yield f"\n**Fault:**{place} {_text(fault.text)}. Hint: {_text(fault.remedy)}.{cost}"


def _runs(report: "Report") -> Iterator[str]:
    yield "\n<details><summary>What was run with what</summary>\n"
    for run in report.provenance.runs:
        shard = f", shard {run.shard}" if run.shard else ""
        yield f"- {_code(run.command)}{shard}: {_text(f'{run.harness} at {run.revision}, {run.engine}, {run.machine}')}"
    for server in report.provenance.servers:
        yield f"- {_text(f'{server.name}: {server.version}, {server.tls_library}')}"
    for client in report.provenance.clients:
        yield f"- {_text(f'{client.name}: {client.driver}, {client.runtime}, {client.tls_library}')}"
    yield "\n</details>"


def _ticks(line: str) -> int:
    longest = run = 0
    for character in line:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def _code(text_: str) -> str:
    """A span of code: as many ticks around it as none within it has."""
    line = on_one_line(text_)
    ticks = "`" * (1 + _ticks(line))
    return f"{ticks} {line} {ticks}" if "`" in line else f"{ticks}{line}{ticks}"


def _text(text_: str) -> str:
    """Text from elsewhere, on one line: no tag, no link, no emphasis, no cell of a table."""
    return "".join(_ESCAPED.get(character, character) for character in on_one_line(text_))


FORMAT = Format(name="markdown", title="Markdown", help="Write the report as Markdown.", text=text)
