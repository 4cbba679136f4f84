"""A running server is what it says, serves what it was told, and shows nobody its secrets."""

import json
import time
from dataclasses import replace

import pymysql
import pytest
from docker.models.containers import Container

from harness.errors import ReloadRefused, ServerStartError
from harness.model.account import Credentials, Require
from harness.model.startup import Role
from harness.model.tls import ServerTls, TlsVersion
from harness.owner import Owner
from harness.pki import KeyType, LeafSpec
from harness.servers.build import ServerBuild
from harness.servers.container import ContainerProcess
from harness.servers.server import Applied, RunningServer
from tests.real.servers import Certificates, asked, containers_of, published, session

AT_ONCE_S = 15.0
"""A quarter of limits.SERVER_READY: what is refused is said, not waited for."""


def test_it_is_what_its_build_is_named_for(build: ServerBuild, server: RunningServer) -> None:
    vendor, version, *variant = build.name.split("-")
    facts = server.facts
    assert facts.vendor == vendor
    assert facts.version.startswith(version + ".")
    assert facts.tls_library.lower().startswith(variant[0] if variant else "openssl")
    assert {TlsVersion.TLS_1_2, TlsVersion.TLS_1_3} <= set(facts.versions)
    assert facts.reload_statement == {"mysql": "ALTER INSTANCE RELOAD TLS", "mariadb": "FLUSH SSL"}[vendor]


def test_it_serves_exactly_the_certificate_it_was_told(server: RunningServer, certificates: Certificates) -> None:
    assert server.served_serial() == certificates.leaf.serial
    assert server.live == certificates.good


def test_a_reload_brings_a_new_leaf_and_held_sessions_go_on(server: RunningServer, certificates: Certificates) -> None:
    with session(server.endpoint, server.account(Require())) as held:
        identity = asked(held, "SELECT CONNECTION_ID()")
        assert server.change(certificates.told(certificates.next_leaf)) is Applied.RELOADED
        assert server.served_serial() == certificates.next_leaf.serial
        assert asked(held, "SELECT CONNECTION_ID()") == identity
    assert server.apply(certificates.good) is Applied.RELOADED
    assert server.apply(certificates.good) is Applied.UNCHANGED


def test_a_key_that_does_not_match_is_refused_and_the_old_goes_on(
    server: RunningServer, certificates: Certificates
) -> None:
    # RSA: wolfSSL does not compare EC keys, so FLUSH SSL takes them there and no handshake succeeds any more.
    spec = LeafSpec.server(key_type=KeyType.RSA_2048)
    mismatched = certificates.authority.issue(spec).with_key_of(certificates.authority.issue(spec))
    with pytest.raises(ReloadRefused) as refused:
        server.change(certificates.told(mismatched))
    assert refused.value.code > 0
    assert refused.value.statement == server.facts.reload_statement
    assert server.served_serial() == certificates.leaf.serial
    assert server.live == certificates.good


def test_a_restart_keeps_accounts_and_the_port(server: RunningServer, certificates: Certificates) -> None:
    account, port = server.account(Require()), server.endpoint.port
    only = replace(certificates.good, versions=(TlsVersion.TLS_1_2.value,))
    assert server.change(only) is Applied.RESTARTED
    assert server.endpoint.port == port
    with session(server.endpoint, account) as connection:
        assert asked(connection, "SHOW STATUS LIKE 'Ssl_version'") == "TLSv1.2"
        assert asked(connection, "SELECT CURRENT_USER()") == f"{account.user}@%"
    assert server.account(Require()) == account


def test_a_server_told_nonsense_ends_at_once_with_its_own_words(
    server: RunningServer, certificates: Certificates
) -> None:
    start = time.monotonic()
    with pytest.raises(ServerStartError) as failed:
        server.apply(replace(certificates.good, versions=("TLSv9.9",)))
    assert time.monotonic() - start < AT_ONCE_S
    assert any("[ERROR]" in line for line in failed.value.detail), failed.value.detail
    assert server.live is None


def test_without_tls_it_serves_in_the_clear_alone(server: RunningServer) -> None:
    server.apply(ServerTls())
    assert server.served_serial() is None
    with session(server.endpoint, server.account(Require()), tls=False) as connection:
        assert asked(connection, "SHOW STATUS LIKE 'Ssl_version'") == ""


def test_required_secure_transport_refuses_the_clear(server: RunningServer, certificates: Certificates) -> None:
    server.apply(replace(certificates.good, require_secure_transport=True))
    account = server.account(Require())
    with session(server.endpoint, account) as connection:
        assert asked(connection, "SHOW STATUS LIKE 'Ssl_version'") in {"TLSv1.2", "TLSv1.3"}
    with pytest.raises(pymysql.MySQLError) as refused, session(server.endpoint, account, tls=False):
        pass
    # 10.11 answers as to a wrong password (its server.toml says so).
    assert refused.value.args[0] in {1045, 3159}


def _container(server: RunningServer, owner: Owner) -> Container:
    (found,) = (one for one in containers_of(owner.pid) if server.endpoint.port in {port for _, port in published(one)})
    return found


def _inside(container: Container, *command: str) -> str:
    status, output = container.exec_run(list(command))
    assert status == 0, output
    assert isinstance(output, bytes)
    return output.decode()


def test_secrets_are_the_servers_users_alone(server: RunningServer, owner: Owner) -> None:
    container = _container(server, owner)
    layout = ContainerProcess.layout
    files = layout.place(Role.KEY), layout.init_file, layout.place(Role.CERTIFICATE)
    listed = _inside(container, "stat", "-c", "%a %U", *files).splitlines()
    assert listed == ["600 mysql", "600 mysql", "644 mysql"]


def test_no_password_shows_in_the_container(server: RunningServer, owner: Owner) -> None:
    account: Credentials = server.account(Require())
    container = _container(server, owner)
    top = container.top()
    assert any("my.cnf" in " ".join(process) for process in top["Processes"])
    environment = _inside(container, "sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'")
    for shown in (json.dumps(top), json.dumps(container.attrs), environment, "\n".join(server.reads_log())):
        assert account.password not in shown
        assert "PRIVATE KEY" not in shown


def test_it_is_published_on_loopback_alone(server: RunningServer, owner: Owner) -> None:
    assert published(_container(server, owner)) == [("127.0.0.1", server.endpoint.port)]
    assert server.endpoint.host == "127.0.0.1"
