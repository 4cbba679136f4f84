"""Every option of a server is spelled for every server, and is a field of a situation."""

from dataclasses import fields

import pytest

from harness.case.situation import ServerSide
from harness.knowledge.options import NO_TLS, names_of, server_spellings, spelling
from harness.knowledge.product import Product
from harness.model.startup import Role
from harness.model.tls import ServerTls
from tests.knowledge import reach

OPTIONS = [item.name for item in fields(ServerTls) if item.name != "serial"]
SEVERAL = {"server_leaf": {"certificate", "key"}, "server_trusts": {"authorities"}}
"""Fields of a situation that make other options than one of their name."""


def test_an_option_of_a_server_is_a_field_of_a_situation_and_the_other_way_round() -> None:
    made = [SEVERAL.get(item.name, {item.name.removeprefix("server_")}) for item in fields(ServerSide)]
    assert set().union(*made) == set(OPTIONS)


@pytest.mark.parametrize("option", [*OPTIONS, NO_TLS])
@pytest.mark.parametrize("server", reach.SERVERS.values(), ids=reach.SERVERS)
def test_each_option_is_spelled_for_each_server(option: str, server: Product) -> None:
    assert spelling(option, server).name in names_of(option)


def test_every_row_spells_an_option_that_there_is_and_is_met() -> None:
    rows = server_spellings()
    assert {row.option for row in rows} == {*OPTIONS, NO_TLS}
    assert {spelling(row.option, server).place for row in rows for server in reach.SERVERS.values()} == {
        row.place for row in rows
    }
    assert all(row.source for row in rows)


def test_a_line_names_the_role_of_its_file_or_has_a_place_for_its_value() -> None:
    files = {"certificate", "key", "authorities", "revocations"}
    for row in server_spellings():
        if row.option in files:
            assert row.line.partition("=")[2] in {f"{{{role.value}}}" for role in Role}
        else:
            assert "{" not in row.line.replace("{}", "")


@pytest.mark.parametrize(
    ("option", "value", "product", "line"),
    [
        ("versions", ("TLSv1", "TLSv1.2"), Product.of("mariadb", "10.11"), "tls-version=TLSv1.0,TLSv1.2"),
        ("versions", ("TLSv1", "TLSv1.2"), Product.of("mysql", "8.0"), "tls-version=TLSv1,TLSv1.2"),
        ("versions", (), Product.of("mysql", "8.0"), "tls-version="),
        ("ciphers", "A:B", Product.of("mysql", "8.0"), "ssl-cipher=A:B"),
        ("require_secure_transport", True, Product.of("mariadb", "11.8"), "require-secure-transport=ON"),
        ("revocations", b"a list", Product.of("mariadb", "11.8"), "ssl-crl={crl}"),
    ],
)
def test_a_value_stands_in_the_line_as_the_server_spells_it(
    option: str, value: bytes | str | tuple[str, ...] | bool, product: Product, line: str
) -> None:
    assert spelling(option, product).line_for(value) == line


def test_a_product_that_derives_from_another_spells_as_that_one() -> None:
    percona = Product.of("percona-server", "8.4.2", derives=("mysql",))
    assert spelling(NO_TLS, percona).line == "tls-version="
