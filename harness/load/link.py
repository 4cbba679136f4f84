"""Link: the conductor's end of the channel to one worker of its load."""

import contextlib
import socket
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import IO, TypeVar

from harness.errors import HarnessError
from harness.load.control import Answer, BadMessage, Fault, Here, Order, Progress, line_of, read_report

A = TypeVar("A", bound=Answer)


class Link:
    """Sends orders, one at a time, and takes what the worker says. ``progress`` is for any thread.

    ``fault`` makes the HarnessError that is raised where the worker ends or breaks the rules.
    """

    def __init__(self, name: str, channel: socket.socket, fault: Callable[[str], HarnessError]) -> None:
        self.name = name
        self._channel = channel
        self._fault = fault
        self._heard: SimpleQueue[Here | Answer | None] = SimpleQueue()
        self._over: str | None = None
        self._progress = Progress()
        # A daemon: what a worker's death left open must not keep the conductor alive.
        threading.Thread(target=self._listen, args=(channel.makefile("rb"),), name=f"load {name}", daemon=True).start()

    @property
    def progress(self) -> Progress:
        """The latest. Raises HarnessError where the worker has ended."""
        if self._over is not None:
            raise self._broken(self._over)
        return self._progress

    def expect(self, writer: str) -> None:
        """Another load begins, of that writer: what was heard of the one before it says nothing of this one."""
        self.name = writer
        self._progress = Progress()

    def greet(self, *, deadline_s: float) -> int:
        """Wait until the worker is there; its process. Raises HarnessError."""
        heard = self._next(deadline_s)
        if not isinstance(heard, Here):
            raise self._broken(f"said {heard.said} before it was there")
        return heard.pid

    def send(self, order: Order) -> None:
        """Send it. That the worker has gone is for ``answer`` to say."""
        with contextlib.suppress(OSError):
            self._channel.sendall(line_of(order))

    def answer(self, order: Order, kind: type[A], *, deadline_s: float) -> A | Fault:
        """What came of ``order``. Raises HarnessError where nothing came of it."""
        heard = self._next(deadline_s)
        if isinstance(heard, (kind, Fault)) and heard.id == order.id:
            return heard
        raise self._broken(f"answered `{order.op}` with {heard.said}")

    def close(self) -> None:
        """End the channel, and so the worker's load."""
        with contextlib.suppress(OSError):
            # The other thread's file would keep it open.
            self._channel.shutdown(socket.SHUT_RDWR)
        self._channel.close()

    def _next(self, deadline_s: float) -> Here | Answer:
        try:
            heard = self._heard.get(timeout=deadline_s)
        except Empty:
            raise self._broken("gave no answer in time") from None
        if heard is None:
            # Again for whoever asks next.
            self._heard.put(None)
            raise self._broken(self._over or "ended")
        return heard

    def _broken(self, what: str) -> HarnessError:
        return self._fault(f"{self.name} {what}")

    def _listen(self, lines: IO[bytes]) -> None:
        over = "ended"
        try:
            with lines:
                for line in lines:
                    report = read_report(line)
                    if isinstance(report, Progress):
                        self._progress = report
                    else:
                        self._heard.put(report)
        except BadMessage as error:
            over = f"said what is no message: {error}"
        except OSError as error:
            over = f"ended: {error.strerror}"
        self._over = over
        self._heard.put(None)
