"""An environment as values: nothing of it is up."""

from datetime import UTC, datetime
from pathlib import Path

from harness.model.tls import TlsVersion
from harness.reference.environment import ClientStores, Environment, ServerUp, Stores

FOLDER = Path("/out")
CURRENT = FOLDER / "stores" / "current"
CLIENT = ClientStores(
    cert_pem=CURRENT / "cert.pem",
    key_pem=CURRENT / "key.pem",
    keystore_p12=CURRENT / "keystore.p12",
    keystore_jks=CURRENT / "keystore.jks",
)
ONE_WAY = Stores(
    folder=CURRENT,
    ca_pem=CURRENT / "ca.pem",
    truststore_p12=CURRENT / "truststore.p12",
    truststore_jks=CURRENT / "truststore.jks",
    client=None,
)
TWO_WAY = Stores(
    folder=CURRENT,
    ca_pem=ONE_WAY.ca_pem,
    truststore_p12=ONE_WAY.truststore_p12,
    truststore_jks=ONE_WAY.truststore_jks,
    client=CLIENT,
)
TODAYS = (TlsVersion.TLS_1_2, TlsVersion.TLS_1_3)
YASSL = (TlsVersion.TLS_1_0, TlsVersion.TLS_1_1)


def server_up(versions: tuple[TlsVersion, ...] = TODAYS, stores: Stores = ONE_WAY, host: str = "127.0.0.1") -> ServerUp:
    return ServerUp(
        name="some-server",
        vendor="mariadb",
        version="11.8.9-MariaDB",
        tls_library="OpenSSL 3.5.9",
        versions=versions,
        host=host,
        port=32770,
        user="c_none_1",
        password="s-e_cret",  # noqa: S106  of no account
        serial=0xABC,
        not_after=datetime(2026, 12, 24, 18, 30, tzinfo=UTC),
        folder=FOLDER / "some-server",
        stores=stores,
    )


def environment(server: ServerUp) -> Environment:
    return Environment(
        folder=FOLDER, names=("localhost", "127.0.0.1"), stores=server.stores, servers=(server,), notes=("up",)
    )
