"""Values as words, and spans of time in words and back."""

from datetime import timedelta

import pytest

from harness.model.certificates import AuthoritySpec, LeafSpec, Usage
from harness.model.words import span, span_words, words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(days=30), "+30 d"),
        (timedelta(days=-1), "-1 d"),
        (timedelta(hours=-1, minutes=-30), "-1 h 30 min"),
        (timedelta(), "+0 s"),
        (timedelta(seconds=1.5), "+1.5 s"),
        (timedelta(microseconds=-1), "-0.000001 s"),
        (timedelta(days=400, seconds=7), "+400 d 7 s"),
        (timedelta.max, "+999999999 d 23 h 59 min 59.999999 s"),
        (timedelta.min, "-999999999 d"),
    ],
)
def test_a_span_is_written_and_read_without_loss(value: timedelta, text: str) -> None:
    assert span_words(value) == text
    assert span(text) == value


@pytest.mark.parametrize(("text", "value"), [("30 d", timedelta(days=30)), ("1 d 36 h", timedelta(days=2.5))])
def test_a_span_by_hand_needs_no_sign_and_no_largest_unit(text: str, value: timedelta) -> None:
    assert span(text) == value


@pytest.mark.parametrize(
    "text", ["", "30", "d", "30d", "1 week", "+-1 d", "1 d -1 h", "1.1234567 s", "9999999999 d", "P1D"]
)
def test_what_is_no_span_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="span of time"):
        span(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        ("none", "`none`"),
        ("", "``"),
        ("a", "a"),
        (True, "yes"),
        ((), "none"),
        (("a", "b"), "a, b"),
        (frozenset({Usage.SERVER, Usage.CLIENT}), "client, server"),
        (AuthoritySpec("a", key="b").intermediate("c"), "«c» below «a» (key b)"),
        (LeafSpec.server(), "CN=localhost"),
        (LeafSpec.client(None, organization=None), "no common name (organization none)"),
    ],
)
def test_values_in_words(value: object, text: str) -> None:
    assert words(value) == text
