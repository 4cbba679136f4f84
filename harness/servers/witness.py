"""What a server counted and logged about one attempt: its half of the evidence.

A *mark* is taken before the attempt and the *testimony* after it; both wait until every connection but the harness's
own has ended, so that nothing is read too early. One attempt at a time: counters do not tell two apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from harness import limits
from harness.errors import EngineError
from harness.model.evidence import Seen, ServerEvidence
from harness.servers.admin import Admin
from harness.servers.dialect import Dialect, is_denial, precedes_denial
from harness.servers.log import ServerLog
from harness.waiting import wait_for

# A packet's header and body: SSLRequest, and `ERR 1043 #08S01 Bad handshake`, which a server writes as it breaks a
# handshake off (MySQL's protocol).
_SSL_REQUEST = 4 + 32
_BAD_HANDSHAKE = 4 + 22


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment from which the server's testimony about one attempt is read."""

    log: int
    counters: Mapping[str, int]
    newest_connection: int


class Witness:
    """Reads the counters of one server start through ``admin``, and its ``log``. Raises EngineError when it hangs."""

    def __init__(self, name: str, admin: Admin, log: ServerLog, dialect: Dialect, *, tls: bool) -> None:
        """``tls`` says that a TLS connection has been served since the start: whether that was counted tells."""
        self._name = name
        self._admin = admin
        self._log = log
        self._dialect = dialect
        counts_tls = not tls or admin.counters().get("Ssl_accepts", 0) > 0
        self._greeting = None if counts_tls else admin.greeting_bytes
        admin.calibrate()

    def mark(self) -> Mark:
        """The moment before an attempt."""
        counters = self._settled("an earlier connection did not end")
        return Mark(self._log.mark(), counters, self._admin.newest_connection(counters))

    def newest_connection(self) -> int:
        """The id of the latest connection that the server has counted."""
        return self._admin.newest_connection(self._admin.counters())

    def testimony(
        self, mark: Mark, *, refused: bool, logged: bool = True, claimed: int | None = None
    ) -> ServerEvidence:
        """What the server counted and logged about the attempt since ``mark``, read after its connection has ended.

        With ``refused`` (the client was not served) the counters are given time to say so as well: some builds count
        an aborted connection a moment after it has gone. Silence beyond that is the finding. With ``logged`` False the
        build is declared to log nothing about such a refusal, and no line is waited for. ``claimed`` is the connection
        id that the client was given: it is among the ids of the answer only if the server has given it out since.
        """
        counters = self._settled("the client's connection did not end")
        newest = self._admin.newest_connection(counters)
        if newest == mark.newest_connection:
            # Nothing counted yet, or nothing came: a later connection's own id tells which.
            newest = self._admin.fence() - 1
            counters = self._settled("the client's connection did not end")
            if newest == mark.newest_connection:
                return ServerEvidence(seen=Seen.NOTHING, connection_ids=())
        ids = tuple(range(mark.newest_connection + 1, newest + 1))
        if refused:
            counters = self._counted_as_aborted(mark) or counters
            if logged:
                # A line about any connection since the mark: only this attempt's can have one.
                self._log.wait_for(
                    lambda line: (
                        self._dialect.is_about_one_since(line, mark.newest_connection) and not precedes_denial(line)
                    ),
                    mark=mark.log,
                    deadline_s=limits.CORROBORATION,
                )
        lines = tuple(
            line for line in self._log.since(mark.log) if self._dialect.is_about_one_since(line, mark.newest_connection)
        )
        named = {one for one in (claimed, *map(self._dialect.connection_of, lines)) if one is not None}
        if not named <= set(ids):
            ids = self._renumbered(mark, ids, named)
        moved = {name: count - mark.counters[name] for name, count in counters.items() if count != mark.counters[name]}
        what = seen(moved, lines, greeting=self._greeting)
        return ServerEvidence(seen=what, connection_ids=ids, counters=moved, log=lines)

    def _renumbered(self, mark: Mark, counted: tuple[int, ...], named: set[int]) -> tuple[int, ...]:
        """The attempt's ids where the server has given some to threads of its own, which its count leaves out.

        Those ``named`` by client or log that were given out between the mark and a connection made now, if they are as
        many as were counted; else as counted.
        """
        given_out = range(mark.newest_connection + 1, self._admin.fence())
        self._admin.calibrate()
        found = tuple(identity for identity in given_out if identity in named)
        return found if len(found) == len(counted) else counted

    def _counters(self) -> Mapping[str, int]:
        counters = self._admin.counters()
        return counters if self._greeting is None else {**counters, **self._admin.traffic()}

    def _counted_as_aborted(self, mark: Mark) -> Mapping[str, int] | None:
        def moved() -> Mapping[str, int] | None:
            counters = self._counters()
            return counters if counters["Aborted_connects"] > mark.counters["Aborted_connects"] else None

        return wait_for(moved, deadline_s=limits.CORROBORATION)

    def _settled(self, otherwise: str) -> Mapping[str, int]:
        def settled() -> Mapping[str, int] | None:
            counters = self._counters()
            return counters if counters["Threads_connected"] == 1 else None

        counters = wait_for(settled, deadline_s=limits.SETTLE)
        if counters is None:
            raise EngineError(
                f"server `{self._name}`: {otherwise} in {limits.SETTLE} s",
                remedy="see its log",
                detail=self._log.tail(limits.LOG_TAIL_LINES),
            )
        return counters


def seen(moved: Mapping[str, int], log: tuple[str, ...], *, greeting: int | None) -> Seen:
    """What the counters' movement means; measured for every build, see FACTS-SERVERS, "Failed handshakes".

    ``greeting`` is the length of the server's greeting where it counts no TLS, not even what succeeds, as yaSSL's
    builds do: there the bytes of packets tell.
    """
    if moved.get("Aborted_connects", 0) == 0:
        return Seen.LOGGED_IN
    if moved.get("Access_denied_errors", 0) > 0 or any(is_denial(line) for line in log):
        return Seen.DENIED
    if greeting is not None:
        return _by_bytes(moved.get("Bytes_received", 0), moved.get("Bytes_sent", 0) - greeting)
    if moved.get("Ssl_accepts", 0) == 0:
        return Seen.LEFT_IN_CLEAR
    if moved.get("Ssl_finished_accepts", 0) == 0:
        return Seen.HANDSHAKE_FAILED
    return Seen.LEFT_AFTER_HANDSHAKE


def _by_bytes(received: int, sent_after_greeting: int) -> Seen:
    """What became of one connection that ended before its login, by its packets.

    Recorded on 5.6.14, 5.7.22, 10.1.23 and 10.2.11: a handshake that fails at the server has it say so in the clear; to
    a client that ends one with an alert, or leaves after it, it says nothing.
    """
    if received == 0:
        return Seen.LEFT_IN_CLEAR
    if received != _SSL_REQUEST:
        return Seen.LEFT_BEFORE_LOGIN
    # Half of it, because what the server has sent is known to a few bytes.
    return Seen.HANDSHAKE_FAILED if sent_after_greeting > _BAD_HANDSHAKE // 2 else Seen.LEFT_IN_TLS
