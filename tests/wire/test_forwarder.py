"""The forwarder changes nothing, carries each way of leaving through, and tells of what passed."""

import contextlib
import errno
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from harness.model.account import Endpoint
from harness.model.outcome import Side
from harness.model.wire import Parting, WireEnd
from harness.wire.forwarder import Forwarder
from tests.wire.talks import GREETING

DEADLINE_S = 10
CLIENT_CLOSED = WireEnd(by=Side.CLIENT, how=Parting.CLOSED)
CLIENT_RESET = WireEnd(by=Side.CLIENT, how=Parting.RESET)
SERVER_CLOSED = WireEnd(by=Side.SERVER, how=Parting.CLOSED)
SERVER_RESET = WireEnd(by=Side.SERVER, how=Parting.RESET)

Serve = Callable[[socket.socket], None]


@contextlib.contextmanager
def server(serve: Serve) -> Iterator[Endpoint]:
    """A listener that has ``serve`` treat each connection, one after the other."""

    def accept() -> None:
        with contextlib.suppress(OSError):  # the listener was shut down
            while True:
                one, _ = listener.accept()
                with one, contextlib.suppress(ConnectionError):  # a client that has reset it
                    one.settimeout(DEADLINE_S)
                    serve(one)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        host, port = listener.getsockname()
        yield Endpoint(host, port)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@contextlib.contextmanager
def forwarded(serve: Serve) -> Iterator[Forwarder]:
    with server(serve) as endpoint, Forwarder(endpoint) as forwarder:
        yield forwarder


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)


def reset(one: socket.socket) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def say(one: socket.socket, words: bytes) -> None:
    one.sendall(words)
    one.shutdown(socket.SHUT_WR)


def everything(one: socket.socket) -> bytes:
    found = bytearray()
    while piece := one.recv(1 << 16):
        found += piece
    return bytes(found)


def greet(one: socket.socket) -> None:
    one.sendall(GREETING)
    everything(one)


def test_bytes_pass_unchanged_and_are_counted_at_both_sides() -> None:
    drawn = random.Random(1)  # noqa: S311  not for secrets
    up, down = drawn.randbytes(3_000_000), drawn.randbytes(5_000_000)
    heard: list[bytes] = []

    def serve(one: socket.socket) -> None:
        sender = threading.Thread(target=one.sendall, args=(down,))
        sender.start()
        heard.append(everything(one))
        sender.join()

    with forwarded(serve) as forwarder:
        with connect(forwarder.port) as client:
            sender = threading.Thread(target=say, args=(client, up))
            sender.start()
            got = everything(client)
            sender.join()
        (passed,) = forwarder.testimony(0).connections
    assert got == down
    assert heard == [up]
    assert (passed.client.bytes, passed.client.passed) == (len(up), len(up))
    assert (passed.server.bytes, passed.server.passed) == (len(down), len(down))
    assert passed.ends == (CLIENT_CLOSED, SERVER_CLOSED)
    assert any("not read to its end" in one for one in passed.garbled) or passed.garbled


def test_an_end_that_reads_nothing_holds_the_other_up_and_nothing_is_lost() -> None:
    sent = bytes(20_000_000)
    free = threading.Event()
    heard: list[int] = []

    def serve(one: socket.socket) -> None:
        free.wait(DEADLINE_S)
        heard.append(len(everything(one)))

    with forwarded(serve) as forwarder, connect(forwarder.port) as client:
        client.setblocking(False)
        took = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                took += client.send(sent)
        # What two kernels hold, not what a forwarder without end would.
        assert took < len(sent)
        free.set()
        client.settimeout(DEADLINE_S)
        client.shutdown(socket.SHUT_WR)
        everything(client)
        (passed,) = forwarder.testimony(0).connections
    assert heard == [took]
    assert passed.client.bytes == passed.client.passed == took


def test_a_half_close_leaves_the_other_direction_open() -> None:
    def serve(one: socket.socket) -> None:
        said = everything(one)
        one.sendall(said[::-1])

    with forwarded(serve) as forwarder, connect(forwarder.port) as client:
        client.sendall(b"abc")
        client.shutdown(socket.SHUT_WR)
        assert everything(client) == b"cba"


def test_what_is_on_its_way_arrives_after_both_have_said_that_they_send_no_more() -> None:
    free = threading.Event()
    heard: list[int] = []

    def serve(one: socket.socket) -> None:
        one.shutdown(socket.SHUT_WR)
        free.wait(DEADLINE_S)
        heard.append(len(everything(one)))

    with forwarded(serve) as forwarder, connect(forwarder.port) as client:
        assert everything(client) == b""
        sender = threading.Thread(target=say, args=(client, bytes(12_000_000)))
        sender.start()
        assert heard == []
        free.set()
        sender.join()
        (passed,) = forwarder.testimony(0).connections
    assert heard == [12_000_000]
    assert passed.client.passed == 12_000_000
    assert passed.ends == (SERVER_CLOSED, CLIENT_CLOSED)


def test_a_servers_end_comes_first_where_it_did() -> None:
    with forwarded(lambda one: one.sendall(GREETING)) as forwarder:
        with connect(forwarder.port) as client:
            assert everything(client) == GREETING
        (passed,) = forwarder.testimony(0).connections
    assert passed.greeting == "9.7.4"
    assert passed.ends == (SERVER_CLOSED, CLIENT_CLOSED)
    assert passed.after == "the server's greeting"


def test_a_reset_of_the_client_is_one_at_the_server() -> None:
    met: list[int | None] = []

    def serve(one: socket.socket) -> None:
        one.sendall(GREETING)
        try:
            everything(one)
        except OSError as error:
            met.append(error.errno)

    with forwarded(serve) as forwarder:
        client = connect(forwarder.port)
        assert client.recv(100)
        reset(client)
        (passed,) = forwarder.testimony(0).connections
    assert met == [errno.ECONNRESET]
    assert passed.ends == (CLIENT_RESET,)


def test_a_reset_of_the_server_is_one_at_the_client() -> None:
    with forwarded(reset) as forwarder:
        with connect(forwarder.port) as client, pytest.raises(ConnectionResetError):
            everything(client)
        (passed,) = forwarder.testimony(0).connections
    assert passed.ends == (SERVER_RESET,)
    assert passed.words() == "no greeting; reset first by the server after connecting"


def test_a_server_that_is_not_there_resets() -> None:
    with server(greet) as endpoint:
        pass
    with Forwarder(endpoint) as forwarder:
        with contextlib.suppress(ConnectionResetError), connect(forwarder.port) as client:
            everything(client)
        (passed,) = forwarder.testimony(0).connections
    assert passed.ends == (SERVER_RESET,)


def test_each_connection_since_the_mark_is_told_in_order() -> None:
    with forwarded(greet) as forwarder:
        for count in (1, 3, 2):
            mark = forwarder.mark()
            for _ in range(count):
                connect(forwarder.port).close()
            told = forwarder.testimony(mark)
            assert len(told.connections) == count
            assert all(CLIENT_CLOSED in one.ends or CLIENT_RESET in one.ends for one in told.connections)
        assert forwarder.testimony(forwarder.mark()).connections == ()


def test_a_connection_that_nobody_leaves_is_told_as_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.limits.SETTLE", 0.05)
    with forwarded(greet) as forwarder, connect(forwarder.port) as client:
        assert client.recv(100)
        (passed,) = forwarder.testimony(0).connections
        assert passed.ends == ()
        assert passed.words() == "TLS not asked for; closed by neither"


def test_closing_ends_what_still_passes_and_is_done_once() -> None:
    with server(greet) as endpoint:
        forwarder = Forwarder(endpoint)
        with connect(forwarder.port) as client:
            assert client.recv(100)
            forwarder.close()
            forwarder.close()
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(100) == b""
        with pytest.raises(ConnectionRefusedError):
            connect(forwarder.port)
