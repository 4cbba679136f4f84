"""What each client is told: pure text. That it works is for tests/real/test_up.py to show."""

import ast
import shlex
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.model.tls import TlsVersion
from harness.reference import command_lines, dbconnector, jdbc, legacy, python_drivers
from harness.reference.environment import ServerUp
from harness.reference.form import Cannot, ClientForm, Form
from harness.reference.printed import forms
from tests.reference.environments import ONE_WAY, TODAYS, TWO_WAY, YASSL, server_up

NOT_OPENSSL = (jdbc.connector_j, jdbc.mariadb_connector_j, dbconnector.yaml, dbconnector.configdb)


def text(form: ClientForm) -> str:
    assert isinstance(form, Form)
    return form.text


def shell_words(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", ""))  # which shlex, other than a shell, does not join


@pytest.mark.parametrize("form", [command_lines.mysql, command_lines.mariadb])
def test_a_command_line_is_one_command_whose_words_survive_a_shell(form: Callable[[ServerUp], ClientForm]) -> None:
    words = shell_words(text(form(server_up(stores=TWO_WAY))))
    assert words[0] in {"mysql", "mariadb"}
    assert "--port=32770" in words
    assert "--password=s-e_cret" in words
    assert {"--ssl-ca=/out/stores/current/ca.pem", "--ssl-cert=/out/stores/current/cert.pem"} <= set(words)
    assert {"--ssl-mode=VERIFY_IDENTITY", "--ssl-verify-server-cert"} & set(words)


def test_an_options_file_says_the_same_as_its_command_line() -> None:
    server = server_up(stores=TWO_WAY)
    _, *words = shell_words(text(command_lines.mariadb(server)))
    assert text(command_lines.mariadb_file(server)).splitlines() == [
        "# mariadb --defaults-file=/out/some-server/mariadb.cnf",
        "[client]",
        *(word.removeprefix("--") for word in words),
    ]


@pytest.mark.parametrize("versions", [TODAYS, YASSL])
@pytest.mark.parametrize("stores", [ONE_WAY, TWO_WAY])
def test_what_is_printed_for_python_is_python_and_what_cannot_be_has_a_reason(
    versions: tuple[TlsVersion, ...], stores: object
) -> None:
    server = server_up(versions, TWO_WAY if stores is TWO_WAY else ONE_WAY)
    for form in (python_drivers.pymysql(server), python_drivers.mysql_connector(server)):
        match form:
            case Form():
                ast.parse(form.text)
                assert ("cert.pem" in form.text) == (stores is TWO_WAY)
            case Cannot():
                assert versions is YASSL
                assert form.reason.endswith("this server offers only TLSv1 and TLSv1.1")


def test_the_clients_that_no_setting_brings_to_an_old_server() -> None:
    cannot = [form.client for form in forms(server_up(YASSL)) if isinstance(form, Cannot)]
    assert cannot == ["mysql", "mysql.cnf", "mysql-connector-python", "connector-j"]
    assert [form for form in forms(server_up()) if isinstance(form, Cannot)] == []


def test_an_old_server_takes_configurations_beside_the_commands() -> None:
    server = server_up(YASSL)
    assert text(command_lines.mariadb(server)).startswith("OPENSSL_CONF=/out/some-server/openssl-legacy.cnf mariadb ")
    assert "MaxProtocol = TLSv1.1\n" in legacy.openssl_configuration(server)
    assert "TLSv1" not in legacy.java_security(server).splitlines()[-1]
    named = "# java -Djava.security.properties=/out/some-server/java-legacy.security …\n"
    assert text(jdbc.mariadb_connector_j(server)).startswith(named)
    assert text(dbconnector.yaml(server)).startswith(named)
    assert "&enabledSslProtocolSuites=TLSv1,TLSv1.1\n" in text(jdbc.mariadb_connector_j(server))


def test_a_server_with_one_old_version_and_today_s_is_none_of_the_old() -> None:
    server = server_up((TlsVersion.TLS_1_1, TlsVersion.TLS_1_2))
    assert not server.old
    assert "    enabledTLSProtocols: TLSv1.2\n" in text(dbconnector.yaml(server))


def test_openssl_is_told_of_a_server_without_rfc_5746_and_nobody_else_is() -> None:
    server = replace(server_up((TlsVersion.TLS_1_2,)), renegotiates_safely=False)
    configured = "OPENSSL_CONF=/out/some-server/openssl-legacy.cnf "
    for form in (command_lines.mysql(server), command_lines.mariadb(server)):
        assert text(form).startswith(configured)
    assert "SECLEVEL" not in legacy.openssl_configuration(server) + text(python_drivers.pymysql(server))
    assert text(python_drivers.mysql_connector(server)).index("OPENSSL_CONF") < text(
        python_drivers.mysql_connector(server)
    ).index("import mysql.connector")
    todays = server_up((TlsVersion.TLS_1_2,))
    assert [form(server) for form in NOT_OPENSSL] == [form(todays) for form in NOT_OPENSSL]


@pytest.mark.parametrize(
    ("versions", "named"),
    [
        (TODAYS, "TLSv1.2"),
        (YASSL, "TLSv1,TLSv1.1"),
        ((TlsVersion.TLS_1_0,), "TLSv1"),
    ],
)
def test_dbconnector_names_no_version_that_the_server_has_not(versions: tuple[TlsVersion, ...], named: str) -> None:
    assert f"    enabledTLSProtocols: {named}\n" in text(dbconnector.yaml(server_up(versions)))


def test_connector_j_5_cannot_reach_a_server_of_tls_1_3_alone() -> None:
    form = dbconnector.yaml(server_up((TlsVersion.TLS_1_3,)))
    assert isinstance(form, Cannot)


def test_a_program_that_is_too_new_for_tls_1_0_alone_is_named() -> None:
    server = server_up((TlsVersion.TLS_1_0,))
    assert text(command_lines.mariadb(server)).startswith("# A program of MariaDB 10")
    assert text(command_lines.mariadb_file(server)).splitlines()[1].startswith("# A program of MariaDB 10")


def test_one_way_names_no_key_store() -> None:
    for form in forms(server_up(stores=ONE_WAY)):
        assert "keystore" not in text(form).lower().replace("certificatekeystore", "")
        assert "key.pem" not in text(form)


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert "//[::1]:32770/" in text(jdbc.connector_j(server_up(host="::1")))
