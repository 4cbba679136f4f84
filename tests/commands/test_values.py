"""Values as a user types them."""

import click
import pytest

from harness.commands.values import Count, Days, Duration, Number, OneOf, Unusable, Version
from harness.model.tls import TlsVersion


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


@pytest.mark.parametrize(
    ("typed", "days"), [("30", 30), ("30d", 30), ("2w", 14), ("-1", -1), ("-1 W", -7), ("0", 0), ("+3", 3)]
)
def test_days_may_be_past(typed: str, days: int) -> None:
    assert Days(100).convert(typed, None, None) == days


@pytest.mark.parametrize("typed", ["soon", "1.5", "30h", "", "101", "-15w"])
def test_what_is_no_number_of_days_is_refused_with_what_is_one(typed: str) -> None:
    with pytest.raises(Unusable) as caught:
        Days(100).convert(typed, None, None)
    assert caught.value.remedy == "write days from -100 to 100: 30, 30d, 2w, -1"


@pytest.mark.parametrize(("typed", "number"), [("25", 25), ("0.5", 0.5), ("1e2", 100), (7, 7)])
def test_a_number_is_above_0(typed: object, number: float) -> None:
    assert Number().convert(typed, None, None) == number


@pytest.mark.parametrize("typed", ["0", "-1", "nan", "inf", "many", True])
def test_what_is_none_is_refused(typed: object) -> None:
    with pytest.raises(Unusable):
        Number().convert(typed, None, None)
    if typed == "0":
        assert Number(zero=True).convert(typed, None, None) == 0


@pytest.mark.parametrize("typed", ["0", "11", "1.0", "ten", ""])
def test_a_count_is_whole_and_among_its_bounds(typed: str) -> None:
    assert Count(1, 10).convert("10", None, None) == 10
    with pytest.raises(Unusable) as caught:
        Count(1, 10).convert(typed, None, None)
    assert caught.value.message == f"`{typed}` is no whole number from 1 to 10"


def test_a_word_is_taken_in_any_case_and_the_nearest_is_offered() -> None:
    words = OneOf(["in-place", "new-url", "JKS"])
    assert [words.convert(typed, None, None) for typed in ("In-Place", "jks")] == ["in-place", "JKS"]
    for typed, remedy in (("inplace", "did you mean `in-place`?"), ("x", "name one of in-place, new-url, JKS")):
        with pytest.raises(Unusable) as caught:
            words.convert(typed, None, None)
        assert caught.value.remedy == remedy


@pytest.mark.parametrize(
    ("typed", "version"),
    [("1.2", "TLSv1.2"), ("TLS 1.3", "TLSv1.3"), ("tlsv1.1", "TLSv1.1"), ("1.0", "TLSv1"), ("1", "TLSv1")],
)
def test_a_protocol_version_is_taken_as_people_write_it(typed: str, version: str) -> None:
    assert Version([one.value for one in TlsVersion]).convert(typed, None, None) == version


@pytest.mark.parametrize("typed", ["1.4", "2", "SSLv3", ""])
def test_a_version_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(Unusable):
        Version([one.value for one in TlsVersion]).convert(typed, None, None)
