"""HTML: one file that needs nothing beside it, for people; each case has an address within it."""

from typing import TYPE_CHECKING

from harness.reports.format import Format

if TYPE_CHECKING:
    from harness.reports.model import Report


def text(report: "Report") -> str:
    """``report`` as one document; the same report always gives the same bytes."""
    from harness.reports.html.page import page

    return page(report)


FORMAT = Format(name="html", title="HTML", help="Write the report as one HTML page, which needs no network.", text=text)
