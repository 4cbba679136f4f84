"""PyMySQL, through its own ``ssl_*`` options (https://pymysql.readthedocs.io/en/latest/modules/connections.html)."""

import platform
import ssl
from collections.abc import Sequence
from typing import Any

import pymysql

from harness.clients.python_probe import Attempt, Seen, serve_sessions
from harness.clients.python_socket import Contexts, allow_legacy, material_of, rows_of, seen_through

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


def prefers_tls() -> bool:
    """Whether the driver without any option takes TLS if the server has it; before 1.2 it does without."""
    asking: Any = pymysql.connections.Connection
    return bool(asking(defer_connect=True).ssl)


def options(asked: Attempt) -> dict[str, Any]:
    """The driver's documented equivalents.

    Any option, be it only ``ssl_ca``, asks for TLS (from 1.2 on it demands it), and nothing is verified unless
    ``ssl_verify_cert`` or ``ssl_verify_identity`` says so.
    """
    if asked.verify == "disabled":
        return {"ssl_disabled": True}
    given: dict[str, Any] = {"ssl_cert": asked.certificate, "ssl_key": asked.key}
    # A CA would turn "preferred" into "required".
    if asked.verify == "preferred":
        return given
    given["ssl_ca"] = asked.ca
    if asked.verify in {"verify-ca", "verify-identity"}:
        given["ssl_verify_cert"] = True
    if asked.verify == "verify-identity":
        # Alone it is refused by Python before 1.2: the name would be compared, and no chain verified.
        given["ssl_verify_identity"] = True
    if asked.verify == "required" and not (asked.ca or asked.certificate):
        # No ssl_* option demands TLS and nothing else; the older `ssl` mapping does when it is not empty.
        return {"ssl": {"verify_mode": "none"}}
    return given


def adjust(connection: Any, asked: Attempt) -> None:
    """Set on the driver's context what it has no option for: versions, ciphers, and what legacy servers need.

    A user passes a context of their own.
    """
    if not connection.ssl:
        return
    if asked.legacy:
        allow_legacy(connection.ctx)
    if asked.versions:
        if unknown := set(asked.versions) - VERSIONS.keys():
            raise ValueError(f"this probe sets no version named {', '.join(sorted(unknown))}: PyMySQL takes no names")
        wanted = sorted(VERSIONS[name] for name in asked.versions)
        connection.ctx.minimum_version, connection.ctx.maximum_version = wanted[0], wanted[-1]
    if asked.ciphers:
        connection.ctx.set_ciphers(asked.ciphers)


CONTEXTS = Contexts()


def new_connection(asked: Attempt) -> Any:
    """A connection that has been told everything and has not connected; Any: the driver's types say nothing of TLS.

    The driver makes a context of its own for each connection from the options above; one that it made of the same
    options and the same bytes serves again.
    """
    # With these two verifications the options name no authority.
    material = None if asked.verify in {"disabled", "preferred"} else material_of(asked)
    context = None if material is None else CONTEXTS.of(material)
    connection: Any = pymysql.connect(
        host=asked.host,
        port=asked.port,
        user=asked.user,
        password=asked.password,
        connect_timeout=asked.timeout_s,
        read_timeout=asked.timeout_s,
        write_timeout=asked.timeout_s,
        # Its default is another round trip to switch autocommit off, which no query of a probe needs.
        autocommit=None,
        defer_connect=True,
        **(options(asked) if context is None else {"ssl": context}),
    )
    if context is None:
        adjust(connection, asked)
        # A file that changed meanwhile: nobody knows which of the two the driver has read.
        if material is not None and material == material_of(asked):
            CONTEXTS.keep(material, connection.ctx)
    return connection


class Connection:
    """One connection, made. PyMySQL connects again only where ``ping`` is asked to, which nothing here does."""

    def __init__(self, asked: Attempt) -> None:
        self._connection = new_connection(asked)
        self._connection.connect()
        self._socket = self._connection._sock  # the driver shows its socket nowhere else

    def query(self, queries: Sequence[str], timeout_s: float) -> Sequence[Sequence[Sequence[Any]]]:
        # What the driver looks at before each read and write; it has an option for the whole connection alone.
        self._connection._read_timeout = self._connection._write_timeout = timeout_s
        with self._connection.cursor() as cursor:
            return rows_of(cursor, queries)

    def seen(self, rows: Sequence[Sequence[Sequence[Any]]]) -> Seen:
        return seen_through(self._socket, rows)

    def close(self) -> None:
        self._connection.close()


if __name__ == "__main__":
    serve_sessions(
        {
            "name": "pymysql",
            "driver": f"PyMySQL {pymysql.VERSION_STRING}",
            "runtime": f"{platform.python_implementation()} {platform.python_version()}",
            "tls_library": ssl.OPENSSL_VERSION,
            "versions": ["TLSv1.2", "TLSv1.3"],
            "legacy_versions": list(VERSIONS),
            "can": [
                "disable",
                *(["prefer"] if prefers_tls() else []),
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
        Connection,
    )
