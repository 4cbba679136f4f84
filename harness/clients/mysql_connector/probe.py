"""MySQL Connector/Python, pure or with its C extension (the argument: ``pure`` or ``c``), through its own options.

https://dev.mysql.com/doc/connector-python/en/connector-python-connectargs.html
"""

import ctypes
import importlib
import math
import platform
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mysql.connector

from harness.clients.python_probe import Attempt, Seen, serve_sessions
from harness.clients.python_socket import rows_of, seen_through

TIMEOUTS = [
    name for name in ("read_timeout", "write_timeout") if name in mysql.connector.constants.DEFAULT_CONFIGURATION
]
"""Those that the driver has: it refuses an option that it does not know."""
TLS_1_3_SUITES = ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256")


def extension_loads() -> bool:
    try:
        importlib.import_module("_mysql_connector")
    except ImportError as error:
        # mysql.connector would silently be pure now; hello says so, and the harness refuses the wrong name.
        sys.stderr.write(f"the C extension cannot be loaded: {error}\n")
        return False
    return True


IS_C = sys.argv[1:] == ["c"] and extension_loads()


def openssl() -> str:
    """The OpenSSL that the driver runs on: for the extension, the library that is really loaded."""
    if not IS_C:
        return ssl.OPENSSL_VERSION
    maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    loaded = sorted({line.split()[-1] for line in maps.splitlines() if "libcrypto" in line.rpartition("/")[2]})
    names = []
    for path in loaded:
        version = ctypes.CDLL(path).OpenSSL_version
        version.restype = ctypes.c_char_p
        names.append(version(0).decode())
    return " and ".join(names) or "OpenSSL, statically linked"


def options(asked: Attempt) -> dict[str, Any]:
    """The driver's documented equivalents.

    It has no option that demands TLS and verifies nothing: "required" is what a user can write, ``ssl_ca`` alone.
    """
    if asked.verify == "disabled":
        return {"ssl_disabled": True}
    given: dict[str, Any] = {}
    if asked.certificate or asked.key:
        given |= {"ssl_cert": asked.certificate, "ssl_key": asked.key}
    if asked.ca and asked.verify != "preferred":
        given["ssl_ca"] = asked.ca
    if asked.verify in {"verify-ca", "verify-identity"}:
        given["ssl_verify_cert"] = True
    if asked.verify == "verify-identity":
        given["ssl_verify_identity"] = True
    if asked.versions:
        given["tls_versions"] = list(asked.versions)
    if asked.ciphers:
        # The list asked for is TLS 1.2's, and TLS 1.3 is to stay as it was; a list without one of its suites would make
        # the extension offer none of them.
        given["tls_ciphersuites"] = [*asked.ciphers.split(":"), *([] if asked.versions else TLS_1_3_SUITES)]
    return given


def seconds(timeout_s: float) -> int:
    """The driver takes whole seconds."""
    return max(1, math.ceil(timeout_s))


class Connection:
    """One connection, made. The driver connects again only where ``ping`` or ``reconnect`` is called."""

    def __init__(self, asked: Attempt) -> None:
        timeout = seconds(asked.timeout_s)
        self._connection: Any = mysql.connector.connect(
            host=asked.host,
            port=asked.port,
            user=asked.user,
            password=asked.password,
            connection_timeout=timeout,
            **dict.fromkeys(TIMEOUTS, timeout),
            use_pure=not IS_C,
            **options(asked),
        )
        # One for all queries: the driver pings the server for each that is made.
        self._cursor = self._connection.cursor()

    def query(self, queries: Sequence[str], timeout_s: float) -> Sequence[Sequence[Sequence[Any]]]:
        if not IS_C:  # the extension takes time-outs when it connects, and then no more
            for name in TIMEOUTS:
                setattr(self._cursor, name, seconds(timeout_s))
        return rows_of(self._cursor, queries)

    def seen(self, rows: Sequence[Sequence[Sequence[Any]]]) -> Seen:
        if IS_C:
            # The extension shows the cipher, and neither the version nor the server's certificate.
            cipher = self._connection._cmysql.get_ssl_cipher() or ""
            return Seen(tls_version=None, cipher=cipher, server_serial=None, rows=rows)
        return seen_through(self._connection._socket.sock, rows)

    def close(self) -> None:
        self._connection.close()


if __name__ == "__main__":
    serve_sessions(
        {
            "name": "mysql-connector-c" if IS_C else "mysql-connector-pure",
            "driver": f"MySQL Connector/Python {mysql.connector.__version__}, {'C extension' if IS_C else 'pure'}",
            "runtime": f"{platform.python_implementation()} {platform.python_version()}",
            "tls_library": openssl(),
            "versions": ["TLSv1.2", "TLSv1.3"],
            "can": [
                "disable",
                "prefer",
                "require",
                "verify-ca",
                "verify-identity",
                "client-certificate",
                "limit-versions",
                "name-versions",
                "choose-ciphers",
                *([] if IS_C else ["see-server-certificate"]),
            ],
            "concurrency": 8,
        },
        Connection,
    )
