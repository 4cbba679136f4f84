"""Products, by what servers and clients say of themselves."""

import pytest

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.client import product_of
from harness.clients.protocol import PROTOCOL, Hello
from harness.knowledge.naming import server_product
from harness.knowledge.product import Range

CLIENTS = discover_clients([BUILTIN_CLIENTS])


@pytest.mark.parametrize(
    ("said", "product"),
    [
        (("mysql", "9.7.4-2", "(Debian)", "OpenSSL 3.6.5 29 Sep 2026"), "mysql 9.7.4 with openssl 3.6.5"),
        (("mysql", "5.7.22", "MySQL Community Server (GPL)", "yaSSL"), "mysql 5.7.22 with yassl"),
        (("mysql", "26.7.0", "MySQL Community Server - GPL", ""), "mysql 26.7.0"),
        (
            ("mariadb", "10.11.18-MariaDB-0+deb12u1-log", "Debian 12", "OpenSSL 1.1.1w  11 Sep 2023"),
            "mariadb 10.11.18 with openssl 1.1.1w",
        ),
        (("mariadb", "10.11.5-MariaDB", "MariaDB Server", "WolfSSL 5.6.3"), "mariadb 10.11.5 with wolfssl 5.6.3"),
        (("mariadb", "10.2.11-MariaDB", "MariaDB Server", "YaSSL 2.4.4"), "mariadb 10.2.11 with yassl 2.4.4"),
        (("mariadb", "10.6.1-MariaDB", "mine", "LibreSSL 3.8.2"), "mariadb 10.6.1 with libressl 3.8.2"),
        (
            ("mysql", "8.0.36-28", "Percona Server (GPL), Release 28, Revision 47601f19", "OpenSSL 3.0.13 30 Jan 2024"),
            "percona-server 8.0.36 with openssl 3.0.13",
        ),
        (
            ("mysql", "8.0.35-27.1", "Percona XtraDB Cluster (GPL), Release rel27, Revision 84d9464", "OpenSSL 3.0.2"),
            "percona-xtradb-cluster 8.0.35 with openssl 3.0.2",
        ),
    ],
)
def test_a_server_is_what_it_says(said: tuple[str, str, str, str], product: str) -> None:
    assert str(server_product(*said)) == product


def test_what_derives_from_a_product_is_meant_by_its_ranges_and_by_its_own() -> None:
    cluster = server_product("mysql", "8.0.35-27.1", "Percona XtraDB Cluster (GPL)", "OpenSSL 3.0.2")
    for text in ("mysql >=8.0.28", "percona-server", "percona-xtradb-cluster ==8.0.35", "openssl >=3"):
        assert Range.parse(text).holds(cluster)
    assert not Range.parse("mysql <8.0.28").holds(cluster)


@pytest.mark.parametrize(
    ("client", "driver", "runtime", "library", "product"),
    [
        (
            "pymysql",
            "PyMySQL 1.2.4",
            "CPython 3.11.7",
            "OpenSSL 3.0.19 27 Jan 2026",
            "pymysql 1.2.4 with python 3.11.7",
        ),
        (
            "mysql-connector-c",
            "MySQL Connector/Python 26.10.0, C extension",
            "CPython 3.11.7",
            "OpenSSL 3.5.8 25 Aug 2026 and OpenSSL 3.0.19 27 Jan 2026",
            "mysql-connector-python 26.10.0 with python 3.11.7 with c-extension with openssl 3.5.8",
        ),
        (
            "mysql-connector-pure",
            "MySQL Connector/Python 26.10.0, pure",
            "CPython 3.11.7",
            "OpenSSL 3.0.19 27 Jan 2026",
            "mysql-connector-python 26.10.0 with python 3.11.7 with pure",
        ),
        (
            "mariadb-cli-10.11",
            "mariadb Ver 15.1 Distrib 10.11.18-MariaDB, for debian-linux-gnu (x86_64) using EditLine wrapper",
            "Debian GNU/Linux 12 (bookworm)",
            "OpenSSL 3.0.20",
            "mariadb-cli 10.11.18",
        ),
        (
            "mariadb-cli-11.8",
            "mariadb from 11.8.9-MariaDB, client 15.2 for debian-linux-gnu (x86_64) using EditLine wrapper",
            "Debian GNU/Linux 13 (trixie)",
            "OpenSSL 3.5.9",
            "mariadb-cli 11.8.9",
        ),
        (
            "mysql-cli-5.6",
            "mysql Ver 14.14 Distrib 5.6.14, for Linux (x86_64) using EditLine wrapper",
            "Debian GNU/Linux 12 (bookworm)",
            "yaSSL",
            "mysql-cli 5.6.14 with yassl",
        ),
        (
            "mysql-cli-8.0",
            "mysql Ver 8.0.33 for Linux on x86_64 (MySQL Community Server - GPL)",
            "Debian GNU/Linux 12 (bookworm)",
            "OpenSSL 1.1.1t",
            "mysql-cli 8.0.33",
        ),
        (
            "mysql-cli-9.7",
            "mysql Ver 9.7.4-2 for Linux on x86_64 ((Debian))",
            "Debian GNU/Linux forky/sid",
            "OpenSSL 3.6.5",
            "mysql-cli 9.7.4",
        ),
        (
            "jdbc:connector-j-5.1@8",
            "mysql:mysql-connector-java:5.1.49, says it is 5.1",
            "OpenJDK Runtime Environment 1.8.0_504-b01, Debian",
            "JSSE 1.8.0_504; legacy crypto allowed: nothing and more",
            "connector-j 5.1.49 with jdk 8.0 with jsse 1.8.0",
        ),
        (
            "jdbc:mariadb-3.5",
            "org.mariadb.jdbc:mariadb-java-client:3.5.2, not pinned, SHA-256 00, says it is 3.5",
            "OpenJDK Runtime Environment 17.0.19+10-Debian-1deb12u1, Debian",
            "JSSE 17.0.19",
            "mariadb-connector-j 3.5.2 with jdk 17.0.19 with jsse 17.0.19",
        ),
    ],
)
def test_a_client_is_what_its_hello_says(client: str, driver: str, runtime: str, library: str, product: str) -> None:
    hello = Hello(
        protocol=PROTOCOL,
        name=client,
        driver=driver,
        runtime=runtime,
        tls_library=library,
        versions=(),
        can=frozenset(),
        concurrency=1,
    )
    assert str(product_of(CLIENTS[client], hello)).startswith(product)
