"""How a command ends that has judged a rotation: the result printed, reports written, its exit code."""

import re
from pathlib import Path

from rich.console import Console

from harness.errors import UsageError
from harness.exits import Exit
from harness.model.rotated import Rotated
from harness.model.verdict import exit_for
from harness.reports.outputs import check_folder
from harness.reports.rotation.console import print_rotated
from harness.reports.rotation.json_report import write_json
from harness.reports.rotation.picture import write_picture


def check_reports(
    history: Path, *, picture: Path | None, json_path: Path | None, html_path: Path | None = None
) -> None:
    """What cannot be written is better found at the start than at the end. Raises UsageError."""
    written = history.resolve()
    taken = {written: "the history"}
    for path, what in ((json_path, "the JSON report"), (picture, "the picture"), (html_path, "the page")):
        if path is None:
            continue
        check_folder(path)
        where = path.resolve()
        of_a_worker = where.parent == written.parent and re.fullmatch(rf"{re.escape(written.name)}\.w\d+", where.name)
        other = "a worker's history" if of_a_worker else taken.setdefault(where, what)
        if other != what:
            raise UsageError(f"{what} would be written over {other}", place=str(path), remedy="name another file")


def conclude(
    rotated: Rotated,
    *,
    history: Path,
    picture: Path | None,
    json_path: Path | None,
    html_path: Path | None = None,
    console: Console,
) -> Exit:
    """Print the result to ``console``, write the reports that were asked for; the exit code.

    In this order, so that a disk which has become full in the meantime does not take the result with it.
    """
    print_rotated(rotated, console, history=history, picture=picture)
    if json_path is not None:
        write_json(rotated, json_path)
    if picture is not None:
        write_picture(rotated, picture)
    if html_path is not None:
        from harness.reports.html.rotation import write_page  # a template engine is loaded where a page is wanted

        write_page(rotated, html_path)
    return exit_for(rotated.verdict.status)
