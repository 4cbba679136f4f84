"""The guide's ``dbconnector.yaml`` and ``configdb.properties``, for Connector/J 5.1.49 as Open-Xchange has it.

https://github.com/open-xchange/appsuite-middleware (documentation/configuration/tags/Config_DB.md) names the
properties of the latter.
"""

from harness.model.tls import TlsVersion
from harness.reference.environment import ServerUp
from harness.reference.form import Cannot, ClientForm, Form
from harness.reference.jdbc import address, java_needs

_YAML = "dbconnector.yaml (Connector/J 5.1)"
_CONFIGDB = "configdb.properties (Connector/J 5.1)"
_DRIVER = "com.mysql.jdbc.Driver"
_DEFAULTS = """\
com.mysql.jdbc:
# The driver properties should be kept at their defaults
    useUnicode: true
    characterEncoding: UTF-8
    autoReconnect: false
    useServerPrepStmts: false
    useTimezone: true
    serverTimezone: UTC
    connectTimeout: 15000
    socketTimeout: 15000
# SSL/TLS
    useSSL: true
    requireSSL: true
    verifyServerCertificate: true
"""


def yaml(server: ServerUp) -> ClientForm:
    spoken = [version for version in server.versions if version is not TlsVersion.TLS_1_3]
    if not spoken:
        reason = "Connector/J 5.1 speaks no TLSv1.3, and this server offers nothing else"
        return Cannot(client="dbconnector.yaml", title=_YAML, reason=reason)
    stores = server.stores
    # Named, since for a server that greets as older than MySQL 5.7.28 (MariaDB 10 does) 5.1.49 offers TLSv1 and TLSv1.1
    # alone; and no more than the server has, since yaSSL may hang up on a hello that offers more.
    offered = [TlsVersion.TLS_1_2] if TlsVersion.TLS_1_2 in spoken else spoken
    told = {"enabledTLSProtocols": ",".join(map(str, offered))}
    if stores.client is not None:
        told |= {
            "clientCertificateKeyStoreUrl": f"file:{stores.client.keystore_jks}",
            "clientCertificateKeyStorePassword": stores.password,
            "clientCertificateKeyStoreType": "JKS",
        }
    told |= {
        "trustCertificateKeyStoreUrl": f"file:{stores.truststore_jks}",
        "trustCertificateKeyStorePassword": stores.password,
        "trustCertificateKeyStoreType": "JKS",
    }
    text = java_needs(server) + _DEFAULTS + "".join(f"    {name}: {value}\n" for name, value in told.items())
    return Form(client="dbconnector.yaml", title=_YAML, file="dbconnector.yaml", text=text)


def configdb(server: ServerUp) -> ClientForm:
    """The four things that the guide leaves in it since 7.10.1, for reading and writing alike."""
    lines = []
    for way in ("read", "write"):
        lines += [
            f"{way}DriverClass={_DRIVER}",
            f"{way}Url=jdbc:mysql://{address(server)}/",
            f"{way}Property.1=user={server.user}",
            f"{way}Property.2=password={server.password}",
        ]
    text = "\n".join(lines) + "\n"
    return Form(client="configdb.properties", title=_CONFIGDB, file="configdb.properties", text=text)
