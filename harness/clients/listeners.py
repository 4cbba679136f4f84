"""Listeners that are no servers, for checking what a probe makes of them. All on 127.0.0.1."""

import contextlib
import socket
import threading
from collections.abc import Iterator


def closed_port() -> int:
    """A port that nobody listens on, so far as one can be known."""
    with silent() as listening:
        port: int = listening.getsockname()[1]
    return port


@contextlib.contextmanager
def silent() -> Iterator[socket.socket]:
    """A listener whose connections are made by the kernel and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@contextlib.contextmanager
def hanging_up() -> Iterator[int]:
    """The port of a listener that accepts and closes at once."""
    with silent() as listening:

        def work() -> None:
            with contextlib.suppress(OSError):
                while True:
                    listening.accept()[0].close()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            # shutdown, unlike close, ends an accept that another thread is in (Linux).
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join()
