"""What becomes of a server that was just started: watched until it ends, or answers, with TLS or without."""

import contextlib
import re
import socket
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

import pymysql

from harness import limits
from harness.errors import EngineError
from harness.model.account import Credentials, Endpoint
from harness.model.startup import ServerConfiguration, Start, StartOutcome
from harness.model.tls import TlsVersion
from harness.servers.admin import Admin
from harness.servers.log import PREFIX, ServerLog
from harness.servers.process import Layout, PlacedFile
from harness.waiting import wait_for

_CLIENT_SSL = 0x800
_READY = "ready for connections"
_ABORTING = re.compile(r"\[ERROR\].* Aborting\s*$")
"""Its last word before it ends (MY-010119), which then takes MySQL 9.7 another one and a half seconds."""
_WARNS_OF_TLS = re.compile(r"\[Warning\].*(\b|_)(SSL|TLS|certificate|certficates|cipher|key)", re.IGNORECASE)
# The server's own answers. Of a handshake that failed it says ER_HANDSHAKE_ERROR, which is none to a login.
_SERVER_ERRORS = range(1000, 2000)
_HANDSHAKE_ERROR = 1043
_VARIABLES = "SHOW GLOBAL VARIABLES WHERE Variable_name LIKE '%ssl%' OR Variable_name LIKE '%tls%'"


def written(configuration: ServerConfiguration, layout: Layout) -> tuple[list[str], list[PlacedFile]]:
    """The option lines with the server's own paths, and the files there."""
    places = layout.places()
    files = [
        PlacedFile("/".join(filter(None, (places[file.role.value], file.inside))), file.content, file.access)
        for file in configuration.files
    ]
    return [line.format_map(places) for line in configuration.options], files


@dataclass(frozen=True, slots=True)
class Watch:
    """A server process since ``mark`` in its log, which was told ``options`` and answers, if it does, ``account``."""

    log: ServerLog
    mark: int
    _: KW_ONLY
    options: Sequence[str]
    endpoint: Endpoint
    account: Credentials

    def outcome(self) -> StartOutcome:
        """Wait until the server ends or answers, and see how it serves. Raises EngineError when its place went."""
        return wait_for(self._seen, deadline_s=limits.SERVER_READY) or StartOutcome(start=Start.HANGS, log=self._said())

    def _seen(self) -> StartOutcome | None:
        """The outcome, or None while it cannot be told."""
        if any(line.startswith(PREFIX + "exited") or _ABORTING.search(line) for line in self.log.since(self.mark)):
            return StartOutcome(start=Start.REFUSES, log=self._said())
        if self.log.ended:
            tail = self.log.tail(limits.LOG_TAIL_LINES)
            raise EngineError("a server's process is gone", remedy="see the engine's log", detail=tail)
        try:
            offers = self._offers_tls()
            plaintext = self._takes_plaintext()
        except OSError:
            return None
        # Said before the first connection is served, and so are the lines about TLS: they have arrived when it has.
        self.log.wait_for(lambda line: _READY in line, mark=self.mark, deadline_s=limits.SETTLE)
        if not offers:
            return StartOutcome(start=Start.WITHOUT, plaintext=plaintext, log=self._said())
        try:
            return self._served(None, plaintext=plaintext)
        except pymysql.MySQLError as error:
            if _is_an_answer(error):
                return None  # the account is not there yet
            failed = str(error.args[-1])
        for version in reversed(TlsVersion):
            with contextlib.suppress(pymysql.MySQLError):
                return self._served(version, plaintext=plaintext)
        return StartOutcome(start=Start.BREAKS, plaintext=plaintext, error=failed, log=self._said())

    def _served(self, alone: TlsVersion | None, *, plaintext: bool) -> StartOutcome:
        """What is served to a client that offers every version, or one alone. Raises pymysql.MySQLError."""
        with contextlib.closing(Admin(self.endpoint, self.account, tls=True, version=alone)) as session:
            return StartOutcome(
                start=Start.SERVES,
                version=session.tls_version(),
                alone=alone is not None,
                plaintext=plaintext,
                dropped=_dropped(session, self.options),
                log=self._said(),
            )

    def _offers_tls(self) -> bool:
        """Whether the greeting has CLIENT_SSL among its capabilities (protocol version 10). Raises OSError."""
        with (
            socket.create_connection((self.endpoint.host, self.endpoint.port), limits.ATTEMPT) as connection,
            connection.makefile("rb") as stream,
        ):
            body = stream.read(int.from_bytes(stream.read(4)[:3], "little"))
        # the version's number, its text, a zero; a connection id, 8 bytes of scramble, a zero; the lower capabilities
        after_version = body[1:].partition(b"\0")[2]
        if len(after_version) < 15:
            raise ConnectionResetError("no greeting")
        return bool(int.from_bytes(after_version[13:15], "little") & _CLIENT_SSL)

    def _takes_plaintext(self) -> bool:
        try:
            Admin(self.endpoint, self.account, tls=False).close()
        except pymysql.MySQLError:
            return False
        return True

    def _said(self) -> tuple[str, ...]:
        """The server's errors since its start, and its warnings about TLS."""
        lines = self.log.since(self.mark)
        said = [line for line in lines if "[ERROR]" in line or _WARNS_OF_TLS.search(line)]
        return tuple(said[-limits.LOG_TAIL_LINES :])


def _is_an_answer(error: pymysql.MySQLError) -> bool:
    code = error.args[0]
    return code in _SERVER_ERRORS and code != _HANDSHAKE_ERROR


def _dropped(session: Admin, options: Sequence[str]) -> tuple[str, ...]:
    """Those of ``options`` that give a value to a variable in which the server has none."""
    variables = session.pairs(_VARIABLES)
    told = [line.partition("=") for line in options]
    return tuple(name for name, _, value in told if value and variables.get(name.replace("-", "_"), value) == "")
