"""One connection, read as it passes: MySQL's packets until the client asks for TLS, TLS records from then on.

Without input or output of its own: it is given what each end sent, in order, and who left. What it cannot read it says
and reads no further in that direction; it never raises, whatever the bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.model.outcome import Side
from harness.model.wire import (
    Parting,
    WireAlert,
    WireCertificate,
    WireChoice,
    WireConnection,
    WireEnd,
    WireError,
    WireHello,
    WireTraffic,
)
from harness.wire import handshake, names
from harness.wire.reading import Reader, Short

# dev.mysql.com/doc/dev/mysql-server/latest, Protocol::SSLRequest: a login packet that ends after its flags.
_SSL_REQUEST = 32
_CLIENT_SSL = 0x0800
_ERROR = 0xFF

_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _DATA = 20, 21, 22, 23
_RECORD_HEADER = 5
_PACKET_HEADER = 4
# RFC 5246 section 6.2.3; RFC 8446 allows less.
_LONGEST_RECORD = 2**14 + 2048
_LONGEST_MESSAGE = 2**17
"""Of a handshake message; the longest seen is a chain of a few kilobytes."""
_HEAD = 64
"""Of a packet in the clear, bytes that are kept beyond its errors and greetings."""


@dataclass(slots=True)
class _Stream:
    """What one end sends."""

    by: Side
    read: Callable[["_Stream"], bool]
    """Reads one unit off ``buffer``; False where it is not there yet."""
    buffer: bytearray = field(default_factory=bytearray)
    messages: bytearray = field(default_factory=bytearray)
    bytes: int = 0
    passed: int = 0
    changed: bool = False
    """Whether it sent ChangeCipherSpec."""
    records: int = 0
    record_bytes: int = 0
    stopped: bool = False


class Conversation:
    """Reads one connection."""

    def __init__(self) -> None:
        self._client = _Stream(Side.CLIENT, self._client_packet)
        self._server = _Stream(Side.SERVER, self._server_packet)
        self._greeting = ""
        self._tls_asked = False
        self._login_in_clear = False
        self._answered = False
        self._hello: WireHello | None = None
        self._session = b""
        self._choice: WireChoice | None = None
        self._retry_asked = self._is_1_3 = False
        self._server_chain: tuple[WireCertificate, ...] = ()
        self._client_asked = False
        self._authorities: tuple[str, ...] = ()
        self._client_chain: tuple[WireCertificate, ...] | None = None
        self._alerts: list[WireAlert] = []
        self._error: WireError | None = None
        self._ends: list[WireEnd] = []
        self._last = "connecting"
        self._after = ""
        self._garbled: list[str] = []

    def feed(self, by: Side, data: bytes) -> None:
        """``by`` sent ``data``."""
        stream = self._stream(by)
        stream.bytes += len(data)
        if stream.stopped:
            return
        stream.buffer += data
        try:
            while not stream.stopped and stream.read(stream):
                pass
        except ValueError as error:  # Short among them
            self._stop(stream, str(error))

    def count(self, by: Side, *, sent: int, passed: int) -> None:
        """``by`` sent ``sent`` bytes in all, and ``passed`` of these were passed on: more than was fed, maybe."""
        stream = self._stream(by)
        stream.bytes, stream.passed = sent, passed

    def end(self, by: Side, how: Parting) -> None:
        """``by`` left."""
        if not self._ends:
            self._after = self._last
        self._ends.append(WireEnd(by=by, how=how))

    def unread(self, by: Side) -> None:
        """The rest of what ``by`` sends is not kept."""
        self._stop(self._stream(by), "not read to its end")

    def told(self) -> WireConnection:
        """What passed so far."""
        for stream in (self._client, self._server):
            if stream.buffer and not stream.stopped:
                self._stop(stream, f"{len(stream.buffer)} bytes of something unfinished")
        return WireConnection(
            greeting=self._greeting,
            tls_asked=self._tls_asked,
            login_in_clear=self._login_in_clear,
            hello=self._hello,
            retry_asked=self._retry_asked,
            choice=self._choice,
            server_chain=self._server_chain,
            client_asked=self._client_asked,
            authorities_named=self._authorities,
            client_chain=self._client_chain,
            alerts=tuple(self._alerts),
            error=self._error,
            client=_traffic(self._client),
            server=_traffic(self._server),
            ends=tuple(self._ends),
            after=self._after,
            garbled=tuple(self._garbled),
        )

    def _stream(self, by: Side) -> _Stream:
        return self._client if by is Side.CLIENT else self._server

    def _stop(self, stream: _Stream, why: str) -> None:
        stream.stopped = True
        stream.buffer.clear()
        stream.messages.clear()
        self._garbled.append(f"{stream.by.value}'s bytes: {why}")

    def _packet(self, stream: _Stream) -> bytes | None:
        """The payload of a packet of MySQL's protocol, if it is there; of a long one its head."""
        if len(stream.buffer) < _PACKET_HEADER:
            return None
        length = int.from_bytes(stream.buffer[:3], "little")
        if length > _LONGEST_MESSAGE:
            raise Short(f"a packet of {length} bytes before the login's end")
        if len(stream.buffer) < _PACKET_HEADER + length:
            return None
        payload = bytes(stream.buffer[_PACKET_HEADER : _PACKET_HEADER + length])
        del stream.buffer[: _PACKET_HEADER + length]
        return payload

    def _client_packet(self, stream: _Stream) -> bool:
        payload = self._packet(stream)
        if payload is None:
            return False
        if self._login_in_clear:
            self._last = "a packet of the client in the clear"
        elif len(payload) == _SSL_REQUEST and int.from_bytes(payload[:4], "little") & _CLIENT_SSL:
            self._tls_asked = True
            self._last = "SSLRequest of the client"
            self._client.read = self._server.read = self._record
        else:
            self._login_in_clear = True
            self._last = "the client's login in the clear"
        return True

    def _server_packet(self, stream: _Stream) -> bool:
        if self._answered:
            # Logged in, or refused: what follows is the session's own.
            stream.buffer.clear()
            return False
        payload = self._packet(stream)
        if payload is None:
            return False
        self._note_packet(payload)
        return True

    def _note_packet(self, payload: bytes) -> None:
        match payload[:1]:
            case b"\xff":
                self._note_error(payload)
            case b"\x0a" if not self._greeting:
                self._greeting = payload[1:].partition(b"\0")[0].decode("ascii", "backslashreplace")[:_HEAD]
                self._last = "the server's greeting"
            case b"\x00" if self._login_in_clear:
                self._answered = True
                self._last = "the server's OK in the clear"
            case _:
                self._last = "a packet of the server in the clear"

    def _note_error(self, payload: bytes) -> None:
        self._answered = True
        text = payload[3:].decode("utf-8", "backslashreplace").removeprefix("#")
        self._error = WireError(code=int.from_bytes(payload[1:3], "little"), message=text)
        self._last = f"the server's error {self._error.code} in the clear"

    def _record(self, stream: _Stream) -> bool:
        buffer = stream.buffer
        if len(buffer) < _RECORD_HEADER:
            return False
        kind, major, length = buffer[0], buffer[1], int.from_bytes(buffer[3:5], "big")
        if not (_CHANGE_CIPHER_SPEC <= kind <= _DATA and major == 3):
            return self._no_record(stream)
        if length > _LONGEST_RECORD:
            raise Short(f"a TLS record of {length} bytes")
        if len(buffer) < _RECORD_HEADER + length:
            return False
        content = bytes(buffer[_RECORD_HEADER : _RECORD_HEADER + length])
        del buffer[: _RECORD_HEADER + length]
        self._note_record(stream, kind, content)
        return True

    def _no_record(self, stream: _Stream) -> bool:
        """What is no TLS record: of a server that breaks off, an error packet in the clear."""
        payload = self._packet(stream) if stream.by is Side.SERVER else None
        if stream.by is Side.SERVER and payload is None and len(stream.buffer) < _HEAD:
            return False
        if payload is None or payload[:1] != bytes([_ERROR]):
            raise Short("no TLS record")
        self._note_error(payload)
        return True

    def _note_record(self, stream: _Stream, kind: int, content: bytes) -> None:
        who = stream.by.value
        # In TLS 1.3 that message says nothing: whatever is encrypted is _DATA.
        if kind == _DATA or (stream.changed and not self._is_1_3):
            stream.records += 1
            stream.record_bytes += len(content)
            self._last = f"encrypted record {stream.records} of the {who}"
        elif kind == _CHANGE_CIPHER_SPEC:
            stream.changed = True
            self._last = f"ChangeCipherSpec of the {who}"
        elif kind == _ALERT:
            self._note_alert(stream, content)
        else:
            stream.messages += content
            while self._message(stream):
                pass

    def _note_alert(self, stream: _Stream, content: bytes) -> None:
        if len(content) != 2:
            raise Short(f"an alert of {len(content)} bytes")
        alert = WireAlert(by=stream.by, name=names.alert(content[1]), fatal=content[0] == 2)
        self._alerts.append(alert)
        self._last = f"alert {alert.name} of the {stream.by.value}"

    def _message(self, stream: _Stream) -> bool:
        """One handshake message, if it is there."""
        if len(stream.messages) < 4:
            return False
        kind, length = stream.messages[0], int.from_bytes(stream.messages[1:4], "big")
        if length > _LONGEST_MESSAGE:
            raise Short(f"a handshake message of {length} bytes")
        if len(stream.messages) < 4 + length:
            return False
        body = bytes(stream.messages[4 : 4 + length])
        del stream.messages[: 4 + length]
        self._note_message(stream.by, kind, body)
        return True

    def _note_message(self, by: Side, kind: int, body: bytes) -> None:
        self._last = f"handshake message {kind} of the {by.value}"
        match by, kind:
            case Side.CLIENT, handshake.CLIENT_HELLO:
                self._hello = handshake.client_hello(Reader(body))
                self._session = handshake.session_id(Reader(body))
                self._last = "ClientHello"
            case Side.SERVER, handshake.SERVER_HELLO:
                self._note_server_hello(body)
            case Side.SERVER, handshake.CERTIFICATE:
                self._server_chain = handshake.certificates(Reader(body))
                self._last = "the server's certificates"
            case Side.SERVER, handshake.CERTIFICATE_REQUEST:
                self._client_asked = True
                version = "" if self._choice is None else self._choice.version
                self._authorities = handshake.authorities(Reader(body), version)
                self._last = "CertificateRequest"
            case Side.SERVER, handshake.SERVER_HELLO_DONE:
                self._last = "ServerHelloDone"
            case Side.CLIENT, handshake.CERTIFICATE:
                self._client_chain = handshake.certificates(Reader(body))
                self._last = "the client's certificates"
            case _:
                pass

    def _note_server_hello(self, body: bytes) -> None:
        choice = handshake.server_hello(Reader(body), self._session)
        if choice is None:
            self._retry_asked = self._is_1_3 = True
            self._last = "HelloRetryRequest"
        else:
            self._choice = choice
            self._is_1_3 = choice.version == "TLSv1.3"
            self._last = "ServerHello"


def _traffic(stream: _Stream) -> WireTraffic:
    return WireTraffic(
        bytes=stream.bytes,
        passed=stream.passed,
        encrypted_records=stream.records,
        encrypted_bytes=stream.record_bytes,
    )
