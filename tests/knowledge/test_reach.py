"""What is recorded of builds and clients is compared with what they say, and a difference is found."""

import pytest

from harness.knowledge.product import Product
from tests.knowledge import reach


@pytest.mark.parametrize(
    ("said", "moves", "agrees"),
    [
        ("mariadb 10.11.18 with openssl 3.0.20", False, True),
        ("mariadb 10.11.19 with openssl 3.0.21", True, True),
        ("mariadb 10.11.19 with openssl 3.0.20", False, False),
        ("mariadb 10.12.18 with openssl 3.0.20", True, False),
        ("mariadb 10.11.18 with openssl 3.5.1", True, False),
        ("mariadb 10.11.18 with wolfssl 3.0.20", True, False),
        ("mysql 10.11.18 with openssl 3.0.20", True, False),
        ("mariadb 10.11.18", True, False),
    ],
)
def test_who_is_something_else_than_is_recorded_does_not_agree(said: str, moves: bool, agrees: bool) -> None:
    recorded = Product.parse("mariadb 10.11.18 with openssl 3.0.20")
    assert reach.agree(recorded, Product.parse(said), moves=moves) is agrees
