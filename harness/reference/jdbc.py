"""JDBC URLs that carry everything: MySQL Connector/J 8.0.28 and later, MariaDB Connector/J 3.

https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html and
https://mariadb.com/docs/connectors/mariadb-connector-j/about-mariadb-connector-j/connection-parameters
"""

from collections.abc import Mapping

from harness.reference.environment import ServerUp
from harness.reference.form import Cannot, ClientForm, Form

_MYSQL = "MySQL Connector/J, a JDBC URL"
_MARIADB = "MariaDB Connector/J 3, a JDBC URL"


def connector_j(server: ServerUp) -> ClientForm:
    if server.old:
        reason = f"it takes no TLSv1 and TLSv1.1 since 8.0.28, and this server offers only {server.offers}"
        return Cannot(client="connector-j", title=_MYSQL, reason=reason)
    stores = server.stores
    told = {
        "sslMode": "VERIFY_IDENTITY",
        "trustCertificateKeyStoreUrl": f"file:{stores.truststore_jks}",
        "trustCertificateKeyStoreType": "JKS",
        "trustCertificateKeyStorePassword": stores.password,
    }
    if stores.client is not None:
        told |= {
            "clientCertificateKeyStoreUrl": f"file:{stores.client.keystore_jks}",
            "clientCertificateKeyStoreType": "JKS",
            "clientCertificateKeyStorePassword": stores.password,
        }
    return Form(client="connector-j", title=_MYSQL, file="connector-j.url", text=_url("mysql", server, told))


def mariadb_connector_j(server: ServerUp) -> ClientForm:
    stores = server.stores
    told = {"sslMode": "verify-full", "serverSslCert": str(stores.ca_pem)}
    if stores.client is not None:
        told |= {
            "keyStore": str(stores.client.keystore_p12),
            "keyStoreType": "PKCS12",
            "keyStorePassword": stores.password,
        }
    if server.old:
        told["enabledSslProtocolSuites"] = ",".join(str(version) for version in server.versions)
    text = java_needs(server) + _url("mariadb", server, told)
    return Form(client="mariadb-connector-j", title=_MARIADB, file="mariadb-connector-j.url", text=text)


def java_needs(server: ServerUp) -> str:
    """A comment on how the JVM is to be started, where that matters."""
    return f"# java -Djava.security.properties={server.java_legacy} …\n" if server.old else ""


def address(server: ServerUp) -> str:
    """Host and port as a URL has them (RFC 3986 3.2.2: an IPv6 address stands in brackets)."""
    return f"[{server.host}]:{server.port}" if ":" in server.host else f"{server.host}:{server.port}"


def _url(scheme: str, server: ServerUp, told: Mapping[str, str]) -> str:
    # Passwords and paths hold nothing that a URL would need escaped: see `material.portable_path`.
    everything = {"user": server.user, "password": server.password, **told}
    query = "&".join(f"{name}={value}" for name, value in everything.items())
    return f"jdbc:{scheme}://{address(server)}/?{query}\n"
