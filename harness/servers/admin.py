"""The harness's own connection to a server: settings, accounts, counters; and a handshake to see what it presents."""

import contextlib
import ssl
from collections.abc import Mapping
from typing import Any

import pymysql
from cryptography import x509
from pymysql.connections import Connection

from harness import limits
from harness.errors import EngineError
from harness.model.account import Credentials, Endpoint

COUNTERS = (
    "Connections",
    "Threads_connected",
    "Aborted_connects",
    "Access_denied_errors",
    "Ssl_accepts",
    "Ssl_finished_accepts",
)
# OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT; Python's ssl names it only from 3.12 on. yaSSL needs it.
_LEGACY_SERVER_CONNECT = 0x4
# PyMySQL's own 0 (closed before), and the client errors CR_SERVER_GONE_ERROR and CR_SERVER_LOST.
_CONNECTION_IS_GONE = {0, 2006, 2013}
_COUNTER_QUERY = f"SHOW GLOBAL STATUS WHERE Variable_name IN ({','.join(repr(name) for name in COUNTERS)})"


def observing_context() -> ssl.SSLContext:
    """A context that refuses nothing a server might present, old protocols and weak keys included: it observes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= _LEGACY_SERVER_CONNECT
    return context


class Admin:
    """One held connection, in the clear where the server takes that, so that it moves no TLS counter."""

    def __init__(self, endpoint: Endpoint, credentials: Credentials, *, tls: bool) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._tls = tls
        self._observer = observing_context()
        self._connection = self._connect(tls=tls)
        self._uncounted = 0

    def _connect(self, *, tls: bool) -> "Connection[Any]":
        return pymysql.connect(
            host=self._endpoint.host,
            port=self._endpoint.port,
            user=self._credentials.user,
            password=self._credentials.password,
            connect_timeout=limits.ATTEMPT,
            read_timeout=limits.RELOAD,
            autocommit=True,
            ssl=self._observer if tls else None,
            ssl_disabled=not tls,
        )

    def rows(self, statement: str) -> tuple[tuple[Any, ...], ...]:
        """Run one statement; its rows. Raises pymysql.MySQLError for what the server says, EngineError if it went."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement)
                return tuple(cursor.fetchall())
        except (pymysql.OperationalError, pymysql.InterfaceError) as error:
            if error.args[0] in _CONNECTION_IS_GONE:
                raise EngineError(
                    f"the harness lost its own connection to the server at {self._endpoint}: {error.args[-1]}",
                    remedy="see whether the container engine is still up, and the server's log",
                ) from error
            raise

    def pairs(self, statement: str) -> dict[str, str]:
        """A SHOW statement's rows as name -> value."""
        return {str(name): str(value) for name, value in self.rows(statement)}

    def counters(self) -> Mapping[str, int]:
        """The counters of COUNTERS that this server has."""
        return {name: int(value) for name, value in self.pairs(_COUNTER_QUERY).items()}

    def newest_connection(self, counters: Mapping[str, int]) -> int:
        """The id of the newest connection when ``counters`` were read; ``calibrate`` first."""
        return counters["Connections"] + self._uncounted

    def calibrate(self) -> None:
        """Find how ids relate to the count of connections: a server's own threads take ids too, while it starts."""
        identity = self.fence()
        self._uncounted = identity - self.counters()["Connections"]

    def fence(self) -> int:
        """Log in once more and return that connection's id: every connection made before has a smaller one."""
        connection = self._connect(tls=self._tls)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT CONNECTION_ID()")
                ((identity,),) = cursor.fetchall()
                return int(identity)
        finally:
            connection.close()

    def served_serial(self) -> int | None:
        """The serial of the certificate that a new TLS connection is shown; None where the server has no TLS."""
        try:
            connection = self._connect(tls=True)
        except pymysql.MySQLError:
            self.rows("SELECT 1")  # that the server is there at all, only without TLS
            return None
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            presented = connection._sock.getpeercert(binary_form=True)  # type: ignore[attr-defined]  # no public way
            return x509.load_der_x509_certificate(presented).serial_number
        finally:
            connection.close()

    def close(self) -> None:
        with contextlib.suppress(pymysql.MySQLError):
            self._connection.close()
