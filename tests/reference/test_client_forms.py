"""How a client is configured for one case, in its own words."""

import json
from pathlib import Path

import pytest

from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.clients.protocol import PROTOCOL, Hello
from harness.model.account import Credentials, Endpoint
from harness.model.tls import Can, ClientTls, KeyStore, Verify
from harness.reference.client_forms import Told, case_forms
from harness.reference.form import Form

CLIENTS = discover_clients([BUILTIN_CLIENTS])
FOLDER = Path("/out/client")
PASSWORD = "changeit"  # noqa: S105  of no store
TLS = ClientTls(verify=Verify.IDENTITY, ca=Path("/s/ca.pem"), certificate=Path("/s/cert.pem"), key=Path("/s/key.pem"))
OF_JAVA = ClientTls(
    verify=Verify.CA,
    ca=Path("/s/ca.pem"),
    trust_store=KeyStore(path=Path("/s/trust.jks"), type="JKS", password=PASSWORD),
    key_store=KeyStore(path=Path("/s/keys.jks"), type="JKS", password=PASSWORD),
)


def _forms(client: str | ClientBuild, tls: ClientTls, can: frozenset[Can] = frozenset(Can)) -> list[Form]:
    hello = Hello(
        protocol=PROTOCOL,
        name="some",
        driver="some 1.0",
        runtime="some",
        tls_library="some",
        versions=("TLSv1.2",),
        can=can,
        concurrency=1,
    )
    return case_forms(
        Told(
            client=CLIENTS[client] if isinstance(client, str) else client,
            hello=hello,
            endpoint=Endpoint("127.0.0.1", 3307),
            account=Credentials("someone", "s-e_cret"),
            tls=tls,
            folder=FOLDER,
        )
    )


def _text(client: str, tls: ClientTls, can: frozenset[Can] = frozenset(Can)) -> str:
    (form,) = _forms(client, tls, can)
    return form.text


@pytest.mark.parametrize("client", ["pymysql", "mysql-connector-pure", "mysql-connector-c"])
@pytest.mark.parametrize("verify", list(Verify))
def test_a_script_is_python_and_names_what_the_driver_is_given(client: str, verify: Verify) -> None:
    text = _text(client, ClientTls(verify=verify, ca=TLS.ca, certificate=TLS.certificate, key=TLS.key))
    compile(text, client, "exec")
    assert "host='127.0.0.1'" in text
    assert ("ssl_disabled=True" in text) == (verify is Verify.DISABLED)
    assert ("ssl_verify_cert=True" in text) == (verify in {Verify.CA, Verify.IDENTITY})
    assert ("ssl_verify_identity=True" in text) == (verify is Verify.IDENTITY)


def test_of_a_connector_it_says_which_of_the_two_it_is() -> None:
    assert "use_pure=True" in _text("mysql-connector-pure", TLS)
    assert "use_pure=False" in _text("mysql-connector-c", TLS)


def test_what_a_driver_has_no_option_for_is_set_on_its_context_before_it_connects() -> None:
    text = _text("pymysql", ClientTls(verify=Verify.CA, versions=("TLSv1.3", "TLSv1.2"), ciphers="AES256-SHA"))
    compile(text, "pymysql", "exec")
    before, _, _ = text.partition("connection.connect()")
    assert "defer_connect=True" in before
    assert "minimum_version = ssl.TLSVersion.TLSv1_2" in before
    assert "maximum_version = ssl.TLSVersion.TLSv1_3" in before
    assert "set_ciphers('AES256-SHA')" in before
    assert "OP_LEGACY_SERVER_CONNECT" in _text("pymysql", ClientTls(verify=Verify.CA, legacy=True))
    assert "defer_connect" not in _text("pymysql", TLS)


def test_a_command_line_has_its_family_s_own_options() -> None:
    assert "--ssl-mode=VERIFY_IDENTITY" in _text("mysql-cli-9.7", TLS)
    assert "--ssl-mode" not in _text("mysql-cli-5.6", TLS, frozenset(Can) - {Can.PREFER})
    assert "--ssl-verify-server-cert" in _text("mariadb-cli-11.8", TLS)


def test_a_mariadb_command_line_with_legacy_crypto_has_a_file_beside_it() -> None:
    command, file = _forms("mariadb-cli-11.8", ClientTls(verify=Verify.CA, legacy=True))
    assert command.text.startswith(f"OPENSSL_CONF={FOLDER / file.file} mariadb ")
    assert "MinProtocol = TLSv1\n" in file.text


def test_a_jdbc_driver_has_its_version_s_own_properties() -> None:
    new, old = _text("jdbc:connector-j-9", OF_JAVA), _text("jdbc:connector-j-5.1", OF_JAVA)
    assert "sslMode=VERIFY_CA\n" in new
    assert "useSSL=true\nrequireSSL=true\nverifyServerCertificate=true\n" in old
    for text in (new, old):
        assert "# jdbc:mysql://127.0.0.1:3307/" in text
        assert "trustCertificateKeyStoreUrl=file:/s/trust.jks\n" in text
        assert "clientCertificateKeyStoreUrl=file:/s/keys.jks\n" in text
        assert "{" not in text
    assert "keyStore=/s/keys.jks\n" in _text("jdbc:mariadb-3.5", OF_JAVA)


def test_properties_that_a_case_names_are_all_that_a_driver_is_given() -> None:
    tls = ClientTls(verify=Verify.CA, properties=(("useSSL", "true"),))
    lines = [line for line in _text("jdbc:connector-j-9", tls).splitlines() if not line.startswith("#")]
    assert lines == ["user=someone", "password=s-e_cret", "useSSL=true"]


def test_a_client_of_one_s_own_has_what_its_probe_is_sent(tmp_path: Path) -> None:
    own = ClientBuild(
        name="mine",
        product="mine",
        summary="mine",
        folder=tmp_path,
        command=("mine",),
        environment={},
        table=CLIENTS["pymysql"].table,
    )
    (form,) = _forms(own, TLS)
    request = json.loads(form.text)
    assert request["op"] == "attempt"
    assert request["tls"]["verify"] == "verify-identity"
    assert request["endpoint"] == {"host": "127.0.0.1", "port": 3307}
