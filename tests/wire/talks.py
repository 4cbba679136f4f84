"""Conversations to read: real handshakes of OpenSSL's with itself, without a socket, and packets of MySQL's."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from harness.model.outcome import Side
from harness.model.wire import Parting, WireConnection
from harness.pki import Leaf
from harness.wire.conversation import Conversation

Said = tuple[Side, bytes | Parting]


def packet(number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


GREETING = packet(0, b"\x0a9.7.4\0" + bytes(40))
SSL_REQUEST = packet(1, (0x0800 | 0x0200).to_bytes(4, "little") + bytes(28))
LOGIN = packet(1, (0x0200).to_bytes(4, "little") + bytes(60))
BAD_HANDSHAKE = packet(2, b"\xff\x13\x04#08S01Bad handshake")
ASKS: tuple[Said, ...] = ((Side.SERVER, GREETING), (Side.CLIENT, SSL_REQUEST))
CLOSES: tuple[Said, ...] = ((Side.CLIENT, Parting.CLOSED), (Side.SERVER, Parting.CLOSED))


def read(talk: Sequence[Said]) -> WireConnection:
    """What a conversation makes of ``talk``."""
    conversation = Conversation()
    for by, what in talk:
        if isinstance(what, Parting):
            conversation.end(by, what)
        else:
            conversation.feed(by, what)
    return conversation.told()


def context(purpose: Side, folder: Path, *, leaf: Leaf | None = None, trusts: bytes | None = None) -> ssl.SSLContext:
    """What an end is configured with; a server that trusts somebody asks for a certificate."""
    server = purpose is Side.SERVER
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    if leaf is not None:
        path = folder / f"{purpose.value}.pem"
        path.write_bytes(leaf.chain_pem + leaf.oldest_key_pem())
        made.load_cert_chain(path)
    if trusts is not None:
        made.load_verify_locations(cadata=trusts.decode("ascii"))
        made.verify_mode = ssl.CERT_REQUIRED
    return made


def handshake(
    client: ssl.SSLContext, server: ssl.SSLContext, *, host: str = "localhost", session: ssl.SSLSession | None = None
) -> tuple[list[Said], ssl.SSLSession | None]:
    """What two ends say to each other until both have done with their handshake, or one has refused; and the session.

    The client asks for TLS first, as MySQL's does; after the handshake, each says a few words.
    """
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = {
        Side.CLIENT: client.wrap_bio(to_client, to_server, server_hostname=host, session=session),
        Side.SERVER: server.wrap_bio(to_server, to_client, server_side=True),
    }
    out = {Side.CLIENT: to_server, Side.SERVER: to_client}
    talk: list[Said] = list(ASKS)
    left = {Side.CLIENT, Side.SERVER}
    for _ in range(10):
        for by in (Side.CLIENT, Side.SERVER):
            before = out[by].pending
            said = _step(ends[by], left, by)
            new = out[by].pending - before
            if new:
                # What is read to be noted goes back, for the other end.
                everything = out[by].read()
                out[by].write(everything)
                talk.append((by, everything[len(everything) - new :]))
            if said is False:
                return talk, None
    return talk, ends[Side.CLIENT].session


def _step(end: ssl.SSLObject, left: set[Side], by: Side) -> bool | None:
    """One more step of an end; False where it refuses."""
    try:
        if by in left:
            end.do_handshake()
            left.discard(by)
            end.write(b"words")
        else:
            end.read(100)
    except ssl.SSLWantReadError:
        return None
    except ssl.SSLError:
        return False
    return True
