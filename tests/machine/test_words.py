"""Numbers in words."""

import pytest

from harness.machine.words import size


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_940, "9.9 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (3_372_248_221, "3.4 GB"),
        (73e9, "73 GB"),
        (4e15, "4000 TB"),
    ],
)
def test_a_size_has_two_or_three_digits(count: float, words: str) -> None:
    assert size(count) == words
