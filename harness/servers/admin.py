"""The harness's own connection to a server: settings, accounts, counters; and a handshake to see what it presents."""

import contextlib
import ssl
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pymysql
from cryptography import x509
from pymysql.connections import Connection

from harness import limits
from harness.errors import EngineError
from harness.model.account import Credentials, Endpoint
from harness.model.tls import TlsVersion

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
_WIRE = {
    TlsVersion.TLS_1_0: ssl.TLSVersion.TLSv1,
    TlsVersion.TLS_1_1: ssl.TLSVersion.TLSv1_1,
    TlsVersion.TLS_1_2: ssl.TLSVersion.TLSv1_2,
    TlsVersion.TLS_1_3: ssl.TLSVersion.TLSv1_3,
}
# PyMySQL's own 0 (closed before), and the client errors CR_SERVER_GONE_ERROR and CR_SERVER_LOST.
_CONNECTION_IS_GONE = {0, 2006, 2013}
_NOT_LOGGED_IN = "unauthenticated user"
_SERVERS_OWN = {"system user", "event_scheduler"}
_COUNTER_QUERY = f"SHOW GLOBAL STATUS WHERE Variable_name IN ({','.join(repr(name) for name in COUNTERS)})"
_TRAFFIC = "Bytes_received", "Bytes_sent"
_OWN_TRAFFIC, _ALL_TRAFFIC = (
    f"SHOW {scope} STATUS WHERE Variable_name IN {_TRAFFIC}" for scope in ("SESSION", "GLOBAL")
)
# Its header, and all but the two texts; dev.mysql.com/doc/dev/mysql-server/latest, Protocol::HandshakeV10.
_GREETING = 4 + 45


# Second, without finite-field Diffie-Hellman: MySQL 5.6 has a group that OpenSSL takes at no security level, and yaSSL
# told one suite without it (`ssl-cipher=AES256-SHA`) fails whoever offers both.
_SUITES = ("ALL:@SECLEVEL=0", "ALL:!kDHE:@SECLEVEL=0")


def observing_context(version: TlsVersion | None = None, suites: str = _SUITES[0]) -> ssl.SSLContext:
    """A context that refuses nothing a server might present, old protocols and weak keys included: it observes.

    With ``version`` it speaks that alone.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(suites)
    with warnings.catch_warnings():
        # Python deprecates the old versions; that a server still speaks them is what is to be observed.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = _WIRE[version] if version else ssl.TLSVersion.MINIMUM_SUPPORTED
        if version:
            context.maximum_version = _WIRE[version]
    context.options |= _LEGACY_SERVER_CONNECT
    return context


@dataclass(frozen=True, slots=True)
class _Inside:
    """What PyMySQL keeps of a connection to itself: there is no public way to it."""

    connection: Any

    @property
    def tls(self) -> ssl.SSLSocket:
        """The socket of a connection over TLS."""
        socket = self.connection._sock
        if not isinstance(socket, ssl.SSLSocket):
            raise EngineError(
                f"PyMySQL {pymysql.__version__} shows no TLS socket of a connection, but {type(socket).__name__}",
                remedy="report this as a defect of dbtls, which has to follow PyMySQL",
            )
        return socket

    @property
    def greeting(self) -> tuple[str, str]:
        """The texts in the packet with which the server greeted: its version, and an authentication plugin's name."""
        return self.connection.server_version, self.connection._auth_plugin_name


class Unanswered(EngineError):
    """A statement got no answer in time; whether it will take effect is not known. There is a new connection."""


class Admin:
    """One held connection, in the clear where the server takes that, so that it moves no TLS counter.

    Over TLS it is of ``version``, if one is named. Raises pymysql.MySQLError.
    """

    def __init__(
        self, endpoint: Endpoint, credentials: Credentials, *, tls: bool, version: TlsVersion | None = None
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._tls = tls
        self._made = 0
        self._connection = self._connect(tls=tls, version=version)
        self._uncounted = 0

    def _connect(self, *, tls: bool, version: TlsVersion | None = None) -> "Connection[Any]":
        """Log in. Raises pymysql.MySQLError, over TLS when it is not available with any list of suites."""
        if not tls:
            return self._log_in(None)
        first, second = _SUITES
        try:
            return self._log_in(observing_context(version, first))
        except pymysql.MySQLError:
            return self._log_in(observing_context(version, second))

    def _log_in(self, context: ssl.SSLContext | None) -> "Connection[Any]":
        self._made += 1
        return pymysql.connect(
            host=self._endpoint.host,
            port=self._endpoint.port,
            user=self._credentials.user,
            password=self._credentials.password,
            connect_timeout=limits.ATTEMPT,
            read_timeout=limits.RELOAD,
            autocommit=True,
            ssl=context,
            ssl_disabled=context is None,
        )

    def rows(self, statement: str) -> tuple[tuple[Any, ...], ...]:
        """Run one statement; its rows.

        Raises pymysql.MySQLError for what the server says, EngineError if it went, Unanswered if it is silent.
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement)
                return tuple(cursor.fetchall())
        except (pymysql.OperationalError, pymysql.InterfaceError) as error:
            if error.args[0] in _CONNECTION_IS_GONE:
                if isinstance(error.__context__, TimeoutError):
                    self._connection = self._connect(tls=self._tls)
                    raise Unanswered(
                        f"`{statement}` got no answer within {limits.RELOAD} s",
                        remedy="see what the server is busy with",
                    ) from error
                raise EngineError(
                    f"the harness lost its own connection to the server at {self._endpoint}: {error.args[-1]}",
                    remedy="see whether the container engine is still up, and the server's log",
                ) from error
            raise

    @property
    def made(self) -> int:
        """How many connections it has made so far, as the server counts them: its own, and those made to look."""
        return self._made

    def sessions(self) -> Mapping[str, int]:
        """How many connections the server has open for each user but this one; one that has not logged in is ''."""
        users = [str(row[1]) for row in self.rows("SHOW PROCESSLIST")]
        named = ["" if user == _NOT_LOGGED_IN else user for user in users]
        return Counter(user for user in named if user not in {self._credentials.user, *_SERVERS_OWN})

    def pairs(self, statement: str) -> dict[str, str]:
        """A SHOW statement's rows as name -> value."""
        return {str(name): str(value) for name, value in self.rows(statement)}

    def counters(self) -> Mapping[str, int]:
        """The counters of COUNTERS that this server has."""
        return {name: int(value) for name, value in self.pairs(_COUNTER_QUERY).items()}

    def traffic(self) -> Mapping[str, int]:
        """The bytes of packets that the server has had from and given to others than this connection, TLS taken off.

        Only differences tell; of ``Bytes_sent`` to a few bytes, as answers to this have more digits with time.
        """
        own = self.pairs(_OWN_TRAFFIC)
        return {name: int(value) - int(own[name]) for name, value in self.pairs(_ALL_TRAFFIC).items()}

    @property
    def greeting_bytes(self) -> int:
        """The length of the packet with which the server greets whoever connects (HandshakeV10 of MySQL's protocol)."""
        return _GREETING + sum(len(f"{text}\0") for text in _Inside(self._connection).greeting)

    def newest_connection(self, counters: Mapping[str, int]) -> int:
        """The id of the newest connection when ``counters`` were read; ``calibrate`` first."""
        return counters["Connections"] + self._uncounted

    def calibrate(self) -> None:
        """Find how ids relate to the count of connections: a server's own threads take ids too, while it starts."""
        identity = self.fence()
        self._uncounted = identity - self.counters()["Connections"]

    def fence(self) -> int:
        """Log in once more and return that connection's id: every connection made before has a smaller one.

        Raises EngineError where the server is gone.
        """
        try:
            connection = self._connect(tls=self._tls)
        except pymysql.MySQLError:
            self.rows("SELECT 1")
            raise
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT CONNECTION_ID()")
                ((identity,),) = cursor.fetchall()
                return int(identity)
        finally:
            connection.close()

    def tls_version(self) -> TlsVersion:
        """This connection's version by the library at this end: yaSSL's session status always names the same."""
        return TlsVersion.parse(str(_Inside(self._connection).tls.version()))

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
            presented = _Inside(connection).tls.getpeercert(binary_form=True)
            return None if presented is None else x509.load_der_x509_certificate(presented).serial_number
        finally:
            connection.close()

    def offers(self, version: TlsVersion) -> bool:
        """Whether the server answers a query over this protocol version."""
        try:
            self._connect(tls=True, version=version).close()
        except pymysql.MySQLError:
            self.rows("SELECT 1")  # that the server is there at all
            return False
        return True

    def close(self) -> None:
        with contextlib.suppress(pymysql.MySQLError):
            self._connection.close()
