"""The live view: nothing without a terminal, how far a load is on one."""

import io

from rich.console import Console

from harness.load.control import Progress
from harness.reports.rotation.live import LiveRotation
from tests.reports.rotation.samples import RETIRED, TERMS


def _progress(begun: int) -> Progress:
    return Progress(
        begun=begun,
        ended=begun - 4,
        failed=2,
        served={"aa": begun - 100, "bb": 94, "stranger": 1},
        lag_s=0.0034,
        cpu=0.5,
        probe_cpu=0.25,
    )


def _shown(*, terminal: bool, step: str = RETIRED, generations: dict[str, int] | None = None) -> str:
    out = io.StringIO()
    console = Console(width=110, file=out, force_terminal=terminal, no_color=True, legacy_windows=False)
    with LiveRotation(console, TERMS) as live:
        for number in range(1, 9):
            live.show(step, _progress(100 + 150 * number), number / 2, generations or {"aa": 1, "bb": 2})
        before = out.getvalue()
    return before[before.rindex("both, in-place") :] if terminal else out.getvalue()


def test_without_a_terminal_it_is_silent() -> None:
    assert _shown(terminal=False) == ""


def test_on_a_terminal_it_shows_how_far_the_load_is() -> None:
    shown = _shown(terminal=True)
    for said in (
        "both, in-place: 1 rotation",
        "4 of 6 s",
        RETIRED,
        "1,300 begun, 300/s   in flight 4",
        "failed 2",
        "latest start 3.4 ms late   cores: load 0.50, client 0.25",
        "served by generation   1: 1,200   2: 94",
    ):
        assert said in shown


def test_the_rate_is_that_of_late() -> None:
    out = io.StringIO()
    with LiveRotation(Console(width=110, file=out, force_terminal=True, no_color=True), TERMS) as live:
        live.show(RETIRED, _progress(600), 2.0, {})
        first = out.getvalue()
        for number in range(9):
            live.show(RETIRED, _progress(600 + 10 * number), 2.0 + number / 2, {})
    assert "600 begun, 300/s" in first
    assert "680 begun, 20/s" in out.getvalue()


def test_of_many_generations_it_shows_the_latest() -> None:
    shown = _shown(terminal=True, generations={f"m{number}": number for number in range(1, 1001)})
    assert "served by generation   995: 0   996: 0   997: 0   998: 0   999: 0   1000: 0" in shown


def test_a_step_is_no_markup_and_cannot_drive_the_terminal() -> None:
    assert r"[red]x\x1b[2J" in _shown(terminal=True, step="[red]x\x1b[2J")
