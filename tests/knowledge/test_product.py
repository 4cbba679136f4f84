"""Ranges of product versions: who is meant by a row of knowledge."""

import pytest

from harness.errors import UsageError
from harness.knowledge.product import Product, Range, version_in

YASSL = Product.of("mariadb", "10.2.11", parts=[Product.of("yassl", "2.4.4")])
WOLFSSL = Product.of("mariadb", "10.11.5", parts=[Product.of("wolfssl", "5.6.3")])
OLD_OPENSSL = Product.of("mysql", "8.0.31", parts=[Product.of("openssl", "1.1.1q")])
PERCONA = Product.of("percona-server", "8.0.36-28", derives=["mysql"])
CALENDAR = Product.of("mysql", "26.7.0")
SILENT = Product.of("mysql", "5.7.22", parts=[Product.of("yassl")])


@pytest.mark.parametrize(
    ("text", "product", "holds"),
    [
        ("mariadb <10.4", YASSL, True),
        ("mariadb <10.4", WOLFSSL, False),
        ("mysql <10.4", YASSL, False),
        ("mariadb with wolfssl <5.8", WOLFSSL, True),
        ("mariadb >=10.11,<10.12 with wolfssl <5.8", WOLFSSL, True),
        ("mariadb >=10.11,<10.12 with openssl", WOLFSSL, False),
        ("yassl", YASSL, True),
        ("yassl", SILENT, True),
        ("yassl >=2", SILENT, False),
        ("yassl", OLD_OPENSSL, False),
        ("openssl <3", OLD_OPENSSL, True),
        ("openssl >=1.1.1p,<1.1.1r", OLD_OPENSSL, True),
        ("openssl >1.1.1q", OLD_OPENSSL, False),
        ("mysql ==8.0.*", PERCONA, True),
        ("percona-server >=8.0.36", PERCONA, True),
        ("mysql >=9.7", CALENDAR, True),
    ],
)
def test_a_range_holds_of_the_products_that_it_means(text: str, product: Product, holds: bool) -> None:
    assert Range.parse(text).holds(product) is holds


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10.11.18-MariaDB-0+deb12u1", "10.11.18"),
        ("OpenSSL 1.1.1w  11 Sep 2023", "1.1.1.post23"),
        ("9.7.4-2", "9.7.4"),
        ("WolfSSL 5.6.3", "5.6.3"),
    ],
)
def test_a_version_is_the_first_number_in_what_a_product_says(text: str, wanted: str) -> None:
    assert str(version_in(text)) == wanted


def test_text_without_a_number_has_no_version() -> None:
    assert version_in("yaSSL") is None


def test_a_product_says_what_it_is_made_of() -> None:
    assert str(OLD_OPENSSL) == "mysql 8.0.31 with openssl 1.1.1q"
    assert str(SILENT) == "mysql 5.7.22 with yassl"


@pytest.mark.parametrize("text", ["", "8.0", "mysql with ", "mysql 8.0", "mysql >=x", "MySQL >=8"])
def test_what_is_no_range_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Range.parse(text)
    assert "mysql >=8.0.28" in caught.value.remedy


@pytest.mark.parametrize("product", [YASSL, WOLFSSL, OLD_OPENSSL, CALENDAR, SILENT])
def test_a_product_is_read_as_it_is_written(product: Product) -> None:
    assert Product.parse(str(product)) == product


@pytest.mark.parametrize("text", ["", "8.0", "mysql >=8", "MySQL 8.0", "mysql 8.0 with ", "mysql x"])
def test_what_names_no_product_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Product.parse(text)
    assert "mysql 5.7.22 with yassl" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "product", "seen"),
    [
        ("mysql 8.0.31", OLD_OPENSSL, True),
        ("mysql 8.0", OLD_OPENSSL, True),
        ("mysql", OLD_OPENSSL, True),
        ("mysql 8.0.3", OLD_OPENSSL, False),
        ("mysql 8.0.31.1", OLD_OPENSSL, False),
        ("mysql 8.0.31 with openssl 1.1.1q", OLD_OPENSSL, True),
        ("mysql 8.0.31 with openssl 1.1.1", OLD_OPENSSL, True),
        ("mysql 8.0.31 with openssl 1.1.1r", OLD_OPENSSL, False),
        ("mysql 8.0.31 with yassl", OLD_OPENSSL, False),
        ("openssl 1.1", OLD_OPENSSL, True),
        ("yassl 2.4", SILENT, False),
        ("mysql 8.0.36", PERCONA, True),
        ("percona-server 8.0.36", OLD_OPENSSL, False),
    ],
)
def test_a_product_is_seen_in_another_that_has_all_that_it_says(text: str, product: Product, seen: bool) -> None:
    assert Product.parse(text).is_seen_in(product) is seen
