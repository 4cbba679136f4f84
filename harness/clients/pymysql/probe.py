"""PyMySQL, through its own ``ssl_*`` options (https://pymysql.readthedocs.io/en/latest/modules/connections.html)."""

import platform
import ssl
from typing import Any

import pymysql

from harness.clients.python_probe import Attempt, Seen, serve
from harness.clients.python_socket import allow_legacy, rows_of, seen_through

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


def options(asked: Attempt) -> dict[str, Any]:
    """The driver's documented equivalents.

    Without any option PyMySQL takes TLS if the server has it; any option, be it only ``ssl_ca``, demands TLS, and
    nothing is verified unless ``ssl_verify_cert`` or ``ssl_verify_identity`` says so.
    """
    if asked.verify == "disabled":
        return {"ssl_disabled": True}
    given: dict[str, Any] = {"ssl_cert": asked.certificate, "ssl_key": asked.key}
    # A CA would turn "preferred" into "required".
    if asked.verify == "preferred":
        return given
    given["ssl_ca"] = asked.ca
    if asked.verify == "verify-ca":
        given["ssl_verify_cert"] = True
    if asked.verify == "verify-identity":
        given["ssl_verify_identity"] = True
    if asked.verify == "required" and not (asked.ca or asked.certificate):
        # No ssl_* option demands TLS and nothing else; the older `ssl` mapping does when it is not empty.
        return {"ssl": {"verify_mode": "none"}}
    return given


def attempt(asked: Attempt) -> Seen:
    # Any: the driver's types declare neither its context nor its socket.
    connection: Any = pymysql.connect(
        host=asked.host,
        port=asked.port,
        user=asked.user,
        password=asked.password,
        connect_timeout=asked.timeout_s,
        read_timeout=asked.timeout_s,
        write_timeout=asked.timeout_s,
        defer_connect=True,
        **options(asked),
    )
    # PyMySQL has no option for protocol versions, and none for ciphers beside ssl_ca: they are set on the context that
    # it made by itself from the options above. So is what legacy servers need; a user passes a context of their own.
    if asked.legacy and connection.ssl:
        allow_legacy(connection.ctx)
    if asked.versions and connection.ssl:
        if unknown := set(asked.versions) - VERSIONS.keys():
            raise ValueError(f"this probe sets no version named {', '.join(sorted(unknown))}: PyMySQL takes no names")
        wanted = sorted(VERSIONS[name] for name in asked.versions)
        connection.ctx.minimum_version, connection.ctx.maximum_version = wanted[0], wanted[-1]
    if asked.ciphers and connection.ssl:
        connection.ctx.set_ciphers(asked.ciphers)
    connection.connect()
    try:
        socket = connection._sock  # the driver shows its socket nowhere else
        with connection.cursor() as cursor:
            return seen_through(socket, rows_of(cursor, asked.queries))
    finally:
        connection.close()


if __name__ == "__main__":
    serve(
        {
            "name": "pymysql",
            "driver": f"PyMySQL {pymysql.VERSION_STRING}",
            "runtime": f"{platform.python_implementation()} {platform.python_version()}",
            "tls_library": ssl.OPENSSL_VERSION,
            "versions": ["TLSv1.2", "TLSv1.3"],
            "legacy_versions": list(VERSIONS),
            "can": [
                "disable",
                "prefer",
                "require",
                "verify-ca",
                "verify-identity",
                "client-certificate",
                "limit-versions",
                "choose-ciphers",
                "see-server-certificate",
                "legacy-crypto",
            ],
            "concurrency": 8,
        },
        attempt,
    )
