"""A container engine that can be made to die: a unix socket in front of the real one, cut when a test says so."""

import contextlib
import os
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_SCHEME = "unix://"
_DEFAULT = _SCHEME + "/var/run/docker.sock"


class Proxy:
    """Forwards to the engine, which has to be at a unix socket, until ``cut``. A context manager."""

    def __init__(self) -> None:
        self._engine = os.environ.get("DOCKER_HOST", _DEFAULT).removeprefix(_SCHEME)
        # Not pytest's folder: a unix socket's path is 107 bytes at most.
        self._folder = Path(tempfile.mkdtemp(prefix="proxy-"))
        self._guard = threading.Lock()
        self._alive = True
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = self._kept(socket.socket(socket.AF_UNIX))
        self._listener.bind(str(self._folder / "docker.sock"))
        self._listener.listen(64)
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()

    @property
    def host(self) -> str:
        """What DOCKER_HOST is set to."""
        return f"{_SCHEME}{self._folder}/docker.sock"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._acceptor.join()
        for thread in self._threads:
            thread.join()
        for one in self._sockets:
            one.close()
        shutil.rmtree(self._folder)

    def cut(self) -> None:
        """The engine dies: nobody listens, and every connection ends."""
        with self._guard:
            self._alive = False
            for one in self._sockets:
                _end(one)

    def _kept(self, one: socket.socket) -> socket.socket:
        with self._guard:
            self._sockets.append(one)
            if not self._alive:
                _end(one)
        return one

    def _accept(self) -> None:
        # OSError: the listener was shut down.
        with contextlib.suppress(OSError):
            while True:
                near = self._kept(self._listener.accept()[0])
                far = self._kept(socket.socket(socket.AF_UNIX))
                far.connect(self._engine)
                for source, target in ((near, far), (far, near)):
                    thread = threading.Thread(target=_forward, args=(source, target))
                    self._threads.append(thread)
                    thread.start()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
