"""The report of the run that was last made in a folder: kept in the cache, for ``dbtls report``."""

import gzip
import zlib
from pathlib import Path

from harness.commands.doing.last import file_of
from harness.errors import UsageError
from harness.locations import cache, cache_folder, replace_file
from harness.reports.json_report import as_text
from harness.reports.model import Report
from harness.reports.reading import report_from


def keep_report(report: Report) -> None:
    """Keep the report of the run that was last made in the working directory. Raises OSError."""
    file = _report_file(cache())
    file.parent.mkdir(exist_ok=True)
    replace_file(file, gzip.compress(as_text(report).encode(), compresslevel=1))


def kept_report() -> Report:
    """What ``keep_report`` last kept here. Raises UsageError where there is none that can be read."""
    file = _report_file(cache_folder())
    try:
        content = gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        what = "`dbtls run` has not run in this folder yet, so there is no report of it"
        raise UsageError(what, remedy="run it, or name a report that `dbtls run --json` wrote") from error
    return report_from(content, place=str(file))


def _report_file(cache_: Path) -> Path:
    file = file_of(cache_, Path.cwd())
    return file.with_name(f"{file.stem}.report.json.gz")
