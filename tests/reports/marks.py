"""Runs with every mark, of any size, with names that nobody should choose."""

from collections.abc import Sequence
from dataclasses import replace

from harness.knowledge.rows import Known, Severity
from harness.model.verdict import Status
from harness.runner.results import CellResult, RunReport
from tests.runner.reports import report, result

HOSTILE = [
    "x" * 200,
    "[red]server[/red]",
    "<script>alert(1)</script>",
    "漢字の名前",
    "a\nb\tc",
    "\u202eesrever\x1b[31m",
    "cases",
    "theme",
    " ",
    "‮",
    "e\u0301" * 40,
    "a-b_c.d:e@f",
    "server",
    "\U0001f600" * 30,
]
"""Fourteen. None of them has a mark in it but such as letters have."""


def _row(severity: Severity) -> Known:
    return Known(scenario="*", instead="*", severity=severity, reason="it is old", source="s")


def many(*, servers: int, clients: int, names: Sequence[str] | None = None) -> RunReport:
    """A run of five cases with each of ``clients`` and one without a client, on each of ``servers`` named ``names``."""
    cases: list[CellResult] = []
    for server in (names or [f"mariadb-10.{number}" for number in range(14)])[:servers]:
        for number in range(clients):
            client = names[number] if names and number < len(names) else f"client-{number}"
            cases += [
                replace(made, server=server, client=client)
                for made in (
                    result(Status.PASS, "one-way::good"),
                    result(Status.FAIL, "two-way::bad"),
                    result(Status.INCONCLUSIVE, "chain::strange"),
                    result(Status.SKIPPED, "legacy::none"),
                    replace(result(Status.KNOWN, "identity::taken"), known=_row(Severity.UNSAFE)),
                    replace(result(Status.KNOWN, "identity::words"), known=_row(Severity.TEXT)),
                )
            ]
        alone = replace(
            result(Status.KNOWN, "start-up::key"), known=_row(Severity.UNSAFE), outcome="starts without TLS"
        )
        cases.append(replace(alone, server=server, client=None))
    return report(*cases)
