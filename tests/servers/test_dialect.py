"""How servers are told things, and what their log lines are about."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from harness.errors import ServerStartError
from harness.knowledge.product import Product
from harness.model.startup import Access
from harness.model.tls import ServerTls
from harness.servers.dialect import (
    MARIADB,
    MARIADB_BEFORE_10_3,
    MYSQL,
    MYSQL_BEFORE_5_7,
    Dialect,
    configured,
    dialect_of,
    is_denial,
)
from harness.servers.process import Layout, PlacedFile
from harness.servers.startup import written

LAYOUT = Layout(root=PurePosixPath("/dbtls"), port=3306, bind_address="127.0.0.1", user="mysql")
MATERIAL = ServerTls(certificate=b"c", key=b"k", serial=1)
BOTH = ServerTls(certificate=b"c", key=b"k", authorities=b"a", serial=1)


@pytest.mark.parametrize(
    ("line", "connection"),
    [
        ("2026-11-23 21:02:03 5 [Warning] Aborted connection 5 to db: 'unconnected'", 5),
        ("2026-11-23  9:02:03 12 [Warning] Access denied for user 'x'@'y'", 12),
        ("2026-11-23 21:02:03 0 [Note] mariadbd: ready for connections.", None),
        ("2026-11-23T21:02:03.123456Z 12 [Note] [MY-010914] [Server] Aborted connection 12", 12),
        ("2026-11-23T21:02:03.123456Z 0 [System] [MY-010931] [Server] ready for connections", None),
        ("2026-11-23T21:02:03.123456+02:00 7 [Note] [MY-010926] [Server] Access denied for user", 7),
        ("dbtls: starting", None),
        ("", None),
        ("Version: '10.11.6-MariaDB'  socket: '/x'  port: 3306", None),
    ],
)
def test_a_log_line_is_about_the_connection_that_it_names(line: str, connection: int | None) -> None:
    assert MARIADB.connection_of(line) == connection


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("2026-11-23 21:02:03 140237 [Warning] Aborted connection 12 to db: 'unconnected' user: 'x'", True),
        ("2026-11-23 21:02:03 140237 [Warning] Aborted connection 10 to db: 'unconnected' user: 'x'", False),
        ("2026-11-23 21:02:03 140237 [Warning] Access denied for user 'x'@'y' (using password: YES)", True),
        ("2026-11-23 21:02:03 140237 [Note] X509 subject mismatch: should be '/CN=a' but is '/CN=b'", True),
        ("2026-11-23 21:02:03 140237 [Note] mysqld: ready for connections.", False),
    ],
)
def test_where_the_log_names_no_threads_a_line_counts_for_what_it_says(line: str, about: bool) -> None:
    assert MARIADB_BEFORE_10_3.is_about_one_since(line, 10) is about


@pytest.mark.parametrize(
    ("line", "denial"),
    [
        ("2026-11-23 21:02:03 5 [Warning] Access denied for user 'c_x509'@'172.17.0.1' (using password: YES)", True),
        ("2026-11-23 21:02:03 5 [Warning] Aborted connection 5", False),
    ],
)
def test_a_denied_login_is_told_from_other_lines(line: str, denial: bool) -> None:
    assert is_denial(line) is denial


OLD_MYSQL, NEW_MYSQL, A_MARIADB = (
    Product.of("mysql", "8.0.31"),
    Product.of("mysql", "9.7.4"),
    Product.of("mariadb", "10.11.6"),
)


def _own(dialect: Dialect, server: Product, tls: ServerTls) -> list[str]:
    """The configuration's lines that depend on what the server is told."""
    options, _ = written(configured(tls, server), LAYOUT)
    lines = dialect.configuration(options, LAYOUT).splitlines()
    assert lines[0] == "[mysqld]"
    return lines[1 : lines.index("user=mysql")]


@pytest.mark.parametrize(
    ("tls", "mysql", "mariadb"),
    [
        (ServerTls(), ["tls-version="], ["skip-ssl"]),
        (
            ServerTls(require_secure_transport=True),
            ["tls-version=", "require-secure-transport=ON"],
            ["skip-ssl", "require-secure-transport=ON"],
        ),
        (MATERIAL, *[["ssl-cert=/dbtls/tls/cert.pem", "ssl-key=/dbtls/tls/key.pem"]] * 2),
        (
            BOTH,
            *[["ssl-cert=/dbtls/tls/cert.pem", "ssl-key=/dbtls/tls/key.pem", "ssl-ca=/dbtls/tls/ca.pem"]] * 2,
        ),
        (
            ServerTls(certificate=b"c", key=b"k", serial=1, versions=("TLSv1", "TLSv1.1", "TLSv9.9"), ciphers="A:B"),
            [
                "ssl-cert=/dbtls/tls/cert.pem",
                "ssl-key=/dbtls/tls/key.pem",
                "tls-version=TLSv1,TLSv1.1,TLSv9.9",
                "ssl-cipher=A:B",
            ],
            [
                "ssl-cert=/dbtls/tls/cert.pem",
                "ssl-key=/dbtls/tls/key.pem",
                "tls-version=TLSv1.0,TLSv1.1,TLSv9.9",
                "ssl-cipher=A:B",
            ],
        ),
    ],
)
def test_each_family_is_told_the_same_in_its_own_words(tls: ServerTls, mysql: list[str], mariadb: list[str]) -> None:
    assert _own(MYSQL, NEW_MYSQL, tls) == ["log-error-verbosity=3", *mysql]
    assert _own(MARIADB, A_MARIADB, tls) == ["log-warnings=9", *mariadb]


def test_a_socket_lies_below_the_data_directory_whatever_its_path() -> None:
    deep = replace(LAYOUT, root=LAYOUT.root / ("x" * 200))
    assert "socket=server.sock" in MARIADB.configuration([], deep).splitlines()


def test_what_a_server_is_told_holds_no_material() -> None:
    secret = ServerTls(certificate=b"PEM-CERT", key=b"PEM-KEY", authorities=b"PEM-CA", serial=1)
    configuration = configured(secret, NEW_MYSQL)
    assert "PEM-" not in repr(configuration)
    assert "PEM-" not in MYSQL.configuration(written(configuration, LAYOUT)[0], LAYOUT)


@pytest.mark.parametrize(
    ("vendor", "version", "dialect"),
    [
        ("mysql", "5.6.14", MYSQL_BEFORE_5_7),
        ("mysql", "5.7.44", MYSQL),
        ("mysql", "8.0.31", MYSQL),
        ("mysql", "8.4.0", MYSQL),
        ("mysql", "9.7.4", MYSQL),
        ("mysql", "26.7.0", MYSQL),
        ("mariadb", "10.1.23", MARIADB_BEFORE_10_3),
        ("mariadb", "10.2.11", MARIADB_BEFORE_10_3),
        ("mariadb", "10.11.6", MARIADB),
    ],
)
def test_a_vendors_version_has_its_dialect(vendor: str, version: str, dialect: Dialect) -> None:
    assert dialect_of(vendor, version) == dialect


def test_another_vendor_has_none() -> None:
    with pytest.raises(ServerStartError, match="unknown vendor `oracle`"):
        dialect_of("oracle", "23.4")


def test_mysql_before_8_4_is_told_otherwise_to_have_no_tls() -> None:
    assert _own(MYSQL, OLD_MYSQL, ServerTls()) == ["log-error-verbosity=3", "skip-ssl"]


MATERIAL_AND_ALL = ServerTls(certificate=b"c", key=b"k", authorities=b"a", serial=1)


def _reload_brings(live: ServerTls, other: ServerTls) -> bool:
    return configured(live, NEW_MYSQL).reload_brings(configured(other, NEW_MYSQL))


@pytest.mark.parametrize(
    ("other", "reload_brings"),
    [
        (MATERIAL_AND_ALL, True),
        (ServerTls(certificate=b"c2", key=b"k2", authorities=b"a2", serial=2), True),
        (ServerTls(certificate=b"c", key=b"k", serial=1), False),
        (ServerTls(), False),
        (ServerTls(certificate=b"c", key=b"k", authorities=b"a", serial=1, versions=("TLSv1.2",)), False),
        (ServerTls(certificate=b"c", key=b"k", authorities=b"a", serial=1, ciphers="A"), False),
        (ServerTls(certificate=b"c", key=b"k", authorities=b"a", serial=1, require_secure_transport=True), False),
    ],
)
def test_a_reload_brings_other_material_and_no_other_option(other: ServerTls, reload_brings: bool) -> None:
    assert _reload_brings(MATERIAL_AND_ALL, other) is reload_brings
    assert _reload_brings(other, MATERIAL_AND_ALL) is reload_brings


def test_a_reload_switches_no_tls_on() -> None:
    assert not _reload_brings(ServerTls(), ServerTls())


def test_a_reload_brings_another_revocation_list_and_not_the_first() -> None:
    before, after = (replace(MATERIAL_AND_ALL, revocations=text) for text in (b"one", b"two"))
    assert _reload_brings(before, after)
    assert not _reload_brings(MATERIAL_AND_ALL, after)


def test_each_file_is_in_the_role_that_its_option_names_and_the_key_is_the_servers_alone() -> None:
    tls = ServerTls(certificate=b"c", key=b"k", authorities=b"a", revocations=b"r", serial=1)
    _, files = written(configured(tls, A_MARIADB), LAYOUT)
    assert files == [
        PlacedFile("/dbtls/tls/cert.pem", b"c"),
        PlacedFile("/dbtls/tls/key.pem", b"k", Access.SERVER_ALONE),
        PlacedFile("/dbtls/tls/ca.pem", b"a"),
        PlacedFile("/dbtls/tls/crl.pem", b"r"),
    ]


def test_a_server_without_tls_gets_no_file_and_no_option_of_tls() -> None:
    tls = ServerTls(versions=("TLSv1.2",), revocations=b"r", require_secure_transport=True)
    configuration = configured(tls, A_MARIADB)
    assert (configuration.options, configuration.files) == (("skip-ssl", "require-secure-transport=ON"), ())
