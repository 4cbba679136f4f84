"""A forwarder on loopback that changes nothing: bytes, half-closes and resets pass as they came, and each is noted.

One thread, one loop. What passes is kept as it came and read when somebody asks, so that an attempt waits for nothing
but the passing on.
"""

import contextlib
import errno
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

from harness import limits
from harness.errors import EngineError
from harness.model.account import Endpoint
from harness.model.outcome import Side
from harness.model.wire import Parting, WireConnection, WireEvidence
from harness.wire.conversation import Conversation

_CHUNK = 1 << 16
_KEPT = 1 << 18
"""Bytes of each direction that are kept: a handshake and a login are a few thousand."""
_RESETS = struct.pack("ii", 1, 0)
"""SO_LINGER that has close() reset a connection instead of ending it (socket(7))."""
_GONE = {errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN, errno.ETIMEDOUT}


@dataclass(slots=True, eq=False)
class _End:
    """One end of a connection, as the forwarder has it."""

    by: Side
    socket: socket.socket
    number: int
    unsent: bytearray = field(default_factory=bytearray)
    """What the other end sent and this one has not taken yet."""
    sent: int = 0
    passed: int = 0
    read_out: bool = False
    """Whether it has said that it sends no more."""
    told_end: bool = False
    """Whether it has been told that the other end sends no more."""


@dataclass(slots=True, eq=False)
class _Passing:
    """One connection. ``events`` are what was sent and who left, in order."""

    client: _End
    server: _End
    events: list[tuple[Side, bytes | Parting]] = field(default_factory=list)
    kept: int = 0
    cut: bool = False
    over: bool = False

    def other(self, end: _End) -> _End:
        return self.server if end is self.client else self.client


class Forwarder:
    """Listens on a port of its own and passes what comes to ``target``. A context manager; safe between threads."""

    def __init__(self, target: Endpoint) -> None:
        self._target = (target.host, target.port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(self._woken, select.EPOLLIN)
        self._ends: dict[int, tuple[_Passing, _End]] = {}
        self._made: list[_Passing] = []
        self._told = threading.Condition()
        self._asked = 0
        self._answered = 0
        self._closing = False
        self._broken: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="dbtls-wire", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Forwarder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every connection that still passes, and the loop."""
        with self._told:
            if self._closing:
                return
            self._closing = True
        self._wake.send(b"\0")
        self._thread.join()

    def mark(self) -> int:
        """The moment before an attempt."""
        return len(self._made)

    def testimony(self, mark: int) -> WireEvidence:
        """What passed since ``mark``, once both ends of each connection have left, or ``limits.SETTLE`` has passed.

        Told once: what passed is then kept no longer. Raises EngineError where the forwarder has broken.
        """
        until = time.monotonic() + limits.SETTLE
        with self._told:
            # A connection that the client has made, and perhaps left again, may still wait to be accepted.
            self._asked += 1
            asked = self._asked
            self._wake.send(b"\0")
            self._told.wait_for(
                lambda: (
                    self._broken is not None or (self._answered >= asked and all(one.over for one in self._made[mark:]))
                ),
                timeout=until - time.monotonic(),
            )
            if self._broken is not None:
                raise EngineError(
                    f"the forwarder between clients and server broke: {self._broken}",
                    remedy="report this as a defect of dbtls",
                )
            passed = [(one, list(one.events)) for one in self._made[mark:]]
            for one, _ in passed:
                if one.over:
                    one.events = []
        return WireEvidence(connections=tuple(_read(one, events) for one, events in passed), told="", faults=())

    def _run(self) -> None:
        try:
            while not self._closing:
                for number, event in self._epoll.poll():
                    self._serve(number, event)
        except Exception as error:
            with self._told:
                self._broken = error
                self._told.notify_all()
        finally:
            for passing, _ in list(self._ends.values()):
                self._drop(passing)
            for one in (self._listener, self._woken, self._wake):
                one.close()
            self._epoll.close()

    def _serve(self, number: int, event: int) -> None:
        if number == self._listener.fileno():
            self._accept_all()
            return
        if number == self._woken.fileno():
            self._woken.recv(_CHUNK)
            with self._told:
                asked = self._asked
            self._accept_all()
            with self._told:
                self._answered = asked
                self._told.notify_all()
            return
        found = self._ends.get(number)
        if found is None:  # ended by an event before this one, of the same poll
            return
        passing, end = found
        if event & select.EPOLLOUT and not self._flush(passing, end):
            return
        if event & (select.EPOLLIN | select.EPOLLERR | select.EPOLLHUP):
            self._read(passing, end)

    def _accept_all(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                client, _ = self._listener.accept()
                self._accept(client)

    def _accept(self, client: socket.socket) -> None:
        server = socket.socket()
        refused = False
        try:
            server.settimeout(limits.SETTLE)
            server.connect(self._target)
        except OSError:
            refused = True
        for one in (client, server):
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        passing = _Passing(
            _End(Side.CLIENT, client, client.fileno()),
            _End(Side.SERVER, server, server.fileno()),
        )
        with self._told:
            self._made.append(passing)
        if refused:
            self._reset(passing, passing.server)
            return
        for end in (passing.client, passing.server):
            self._ends[end.number] = (passing, end)
            self._epoll.register(end.number, select.EPOLLIN)

    def _read(self, passing: _Passing, end: _End) -> None:
        try:
            data = end.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno not in _GONE:
                raise
            self._reset(passing, end)
            return
        if not data:
            if not end.read_out:
                end.read_out = True
                passing.events.append((end.by, Parting.CLOSED))
                self._watch(passing, end)
                self._flush(passing, passing.other(end))
            return
        end.sent += len(data)
        if passing.kept < _KEPT:
            passing.events.append((end.by, data))
            passing.kept += len(data)
        else:
            passing.cut = True
        other = passing.other(end)
        if not other.unsent:
            try:
                took = other.socket.send(data)
            except BlockingIOError:
                took = 0
            except OSError as error:
                if error.errno not in _GONE:
                    raise
                self._reset(passing, other)
                return
            end.passed += took
            if took == len(data):
                return
            data = data[took:]
        other.unsent += data
        self._flush(passing, other)

    def _flush(self, passing: _Passing, end: _End) -> bool:
        """Give ``end`` what it has not taken, and the other's end after it. False where the connection is over."""
        source = passing.other(end)
        waiting = bool(end.unsent)
        while end.unsent:
            try:
                took = end.socket.send(end.unsent)
            except BlockingIOError:
                self._watch(passing, end)
                self._watch(passing, source)
                return True
            except OSError as error:
                if error.errno not in _GONE:
                    raise
                self._reset(passing, end)
                return False
            source.passed += took
            del end.unsent[:took]
        if source.read_out and not end.told_end:
            end.told_end = True
            with contextlib.suppress(OSError):  # it has reset: its next event says so
                end.socket.shutdown(socket.SHUT_WR)
            if source.told_end:
                self._drop(passing)
                return False
            self._watch(passing, end)
        if waiting:
            self._watch(passing, end)
            self._watch(passing, source)
        return True

    def _watch(self, passing: _Passing, end: _End) -> None:
        """Read of ``end`` only while the other takes what comes, and write to it while it has not."""
        if end.number in self._ends:
            reads = not end.read_out and not passing.other(end).unsent
            wanted = (select.EPOLLIN if reads else 0) | (select.EPOLLOUT if end.unsent else 0)
            # What has ended both ways is always ready (EPOLLHUP): said once, while the other takes its rest.
            done = select.EPOLLET if end.read_out and end.told_end else 0
            self._epoll.modify(end.number, wanted | done)

    def _reset(self, passing: _Passing, end: _End) -> None:
        """``end`` has reset the connection: so is the other end's."""
        passing.events.append((end.by, Parting.RESET))
        with contextlib.suppress(OSError):
            passing.other(end).socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
        self._drop(passing)

    def _drop(self, passing: _Passing) -> None:
        for end in (passing.client, passing.server):
            self._ends.pop(end.number, None)
            end.socket.close()
        with self._told:
            passing.over = True
            self._told.notify_all()


def _read(passing: _Passing, events: list[tuple[Side, bytes | Parting]]) -> WireConnection:
    conversation = Conversation()
    for by, what in events:
        if isinstance(what, Parting):
            conversation.end(by, what)
        else:
            conversation.feed(by, what)
    for end in (passing.client, passing.server):
        if passing.cut:
            conversation.unread(end.by)
        conversation.count(end.by, sent=end.sent, passed=end.passed)
    return conversation.told()
