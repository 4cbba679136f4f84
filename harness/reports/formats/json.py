"""JSON: all of the report, stable, versioned, described by ``report.schema.json``; ``dbtls report`` reads it."""

from typing import TYPE_CHECKING

from harness.reports.format import Format

if TYPE_CHECKING:
    from harness.reports.model import Report


def text(report: "Report") -> str:
    """``report`` as its schema describes it."""
    from harness.reports.json_report import as_text

    return as_text(report)


FORMAT = Format(
    name="json", title="JSON", help="Write the report as JSON; `-`: to standard output.", text=text, readable=True
)
