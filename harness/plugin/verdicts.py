"""Verdicts in pytest's terms: several cases are one test, the worst of them its outcome, the evidence its text."""

from collections.abc import Sequence

import pytest

from harness.model.verdict import Status
from harness.plugin import KNOWN
from harness.reports.evidence import result_lines
from harness.reports.text import printable
from harness.runner.opened import RunningLane
from harness.runner.results import CellResult


def note(item: pytest.Item, opened: RunningLane, results: Sequence[CellResult]) -> None:
    """Have the test's report say what each case came to, with which server and client, and what was known."""
    server = opened.server_provenance()
    clients = [client for client in opened.client_provenance() if client.name in {one.client for one in results}]
    lines = [f"{one.verdict.status.value} {one.id}: {one.verdict.reason}" for one in results]
    lines.append(f"{server.name}: {server.version}, {server.tls_library}, {server.image}")
    lines += [f"{client.name}: {client.driver}, {client.runtime}, {client.tls_library}" for client in clients]
    item.add_report_section("call", "dbtls", printable("\n".join(lines)))
    item.user_properties += [
        (KNOWN, printable(f"{' × '.join((one.id, *one.ends))}: {one.verdict.reason}"))
        for one in results
        if one.verdict.status is Status.KNOWN
    ]


def conclude(results: Sequence[CellResult], *, again: Sequence[str], traceback: bool) -> None:
    """Return for PASS and KNOWN; skip, or fail with both ends' evidence, where the worst is worse.

    ``again`` is for each result the command that runs it again.
    """
    __tracebackhide__ = True
    by_status = sorted(zip(results, again, strict=True), key=lambda pair: pair[0].verdict.status, reverse=True)
    worst = by_status[0][0].verdict.status
    if worst in {Status.PASS, Status.KNOWN}:
        return
    if worst is Status.SKIPPED:
        reasons = [result.verdict.reason for result in results if result.verdict.status is worst]
        share = "" if len(reasons) == len(results) else f"{len(reasons)} of {len(results)} cases: "
        pytest.skip(printable(share + "; ".join(dict.fromkeys(reasons))))
    bad = [_told(result, command) for result, command in by_status if result.verdict.status > Status.SKIPPED]
    pytest.fail("\n\n".join(bad), pytrace=traceback)


def _told(result: CellResult, again: str) -> str:
    head = f"{result.verdict.status.value}: {'  '.join((result.id, *result.ends))}: {result.verdict.reason}"
    lines = (f"claim: {result.claim}", *result_lines(result), f"again: {again}")
    return printable("\n".join((head, *(f"  {line}" for line in lines))))
