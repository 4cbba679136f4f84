"""Values as a user types them."""

import click
import pytest

from harness.commands.values import Duration


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("90", 90), ("90s", 90), ("1m", 60), ("1.5h", 5400), (".5", 0.5), ("2 d", 172800), ("1W", 604800)],
)
def test_a_duration_has_a_unit_or_is_in_seconds(typed: str, seconds: float) -> None:
    assert Duration().convert(typed, None, None) == seconds


def test_a_bare_number_is_in_the_unit_of_the_option() -> None:
    assert Duration("d").convert("30", None, None) == 30 * 86400
    assert Duration("d").convert("30s", None, None) == 30
    assert Duration().convert(1.5, None, None) == 1.5


@pytest.mark.parametrize("typed", ["", "m", "1x", "1e3", "-1", "nan", "inf", "1m30s", "0", "0d"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(click.BadParameter):
        Duration().convert(typed, None, None)
    if typed.startswith("0"):
        assert Duration(zero=True).convert(typed, None, None) == 0
