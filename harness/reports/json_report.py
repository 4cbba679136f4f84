"""The JSON report as text, and its schema: both are made of the model."""

import json
from pathlib import Path

from harness.reports.model import Report
from harness.reports.shape import described

SCHEMA = Path(__file__).parent / "report.schema.json"


def as_text(report: Report) -> str:
    """``report`` as the schema describes it, in ASCII, with a newline at its end."""
    return report.model_dump_json(indent=1, ensure_ascii=True) + "\n"


def schema() -> str:
    """What ``report.schema.json`` holds; ``python -m harness.reports.json_report`` writes it."""
    made = described("dbtls report", Report, identity="urn:dbtls:report:3")
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema(), encoding="utf-8")
