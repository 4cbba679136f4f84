"""A worker's end of the channel to its conductor: one order after the other, each with its answer."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Protocol, assert_never

from harness.clients.protocol import Hello
from harness.errors import HarnessError, defect
from harness.load.control import (
    Answer,
    Begin,
    Done,
    End,
    Ended,
    Fault,
    Here,
    Load,
    Order,
    Progress,
    Ready,
    Reload,
    ReloadAnswer,
    Report,
    Write,
    line_of,
    read_order,
)
from harness.load.counters import AttemptListener
from harness.load.plan import LoadPlan
from harness.load.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A worker that can begin, and what its client's probe says of itself."""

    worker: Worker
    facts: Hello


class WorkerOpener(Protocol):
    """Makes a worker of a plan; it is open until the context is left. Raises HarnessError."""

    def __call__(self, plan: LoadPlan, *, report: Callable[[Progress], None]) -> AbstractContextManager[Opened]: ...


class ListeningWorkerOpener(Protocol):
    """As ``WorkerOpener``; ``show`` is called for each attempt that has ended."""

    def __call__(
        self, plan: LoadPlan, *, show: AttemptListener, report: Callable[[Progress], None]
    ) -> AbstractContextManager[Opened]: ...


def serve(channel: socket.socket, opens: WorkerOpener) -> None:
    """Be a worker of the conductor at the other end of ``channel`` until that end is closed.

    What has been loaded and not ended by then is abandoned: its history gets no closing line. Raises BadMessage for a
    line that is no order.
    """
    answering = _Answering(channel, opens)
    with contextlib.closing(answering), channel.makefile("rb") as lines:
        answering.say(Here(pid=os.getpid()))
        # A conductor that was killed with something unread leaves a reset, not an end.
        with contextlib.suppress(ConnectionResetError):
            for line in lines:
                answering.answer(read_order(line))


class _Abandoned(Exception):
    """The conductor has gone before the end."""


class _Answering:
    def __init__(self, channel: socket.socket, opens: WorkerOpener) -> None:
        self._channel = channel
        self._opens = opens
        self._saying = threading.Lock()
        self._open = ExitStack()
        self._worker: Worker | None = None

    def say(self, report: Report) -> None:
        # That the conductor has gone is for the reader of orders to notice.
        with self._saying, contextlib.suppress(OSError):
            self._channel.sendall(line_of(report))

    def answer(self, order: Order) -> None:
        try:
            answer = self._done(order)
        except HarnessError as error:
            answer = Fault.of(order.id, error)
        except Exception as error:
            answer = Fault.of(order.id, defect(error))
        self.say(answer)

    def close(self) -> None:
        with contextlib.suppress(_Abandoned), self._taken():
            raise _Abandoned

    def _done(self, order: Order) -> Answer:
        match order:
            case Load(plan=plan):
                if self._worker is not None:
                    raise _out_of_turn(order.op, "the load before it has not ended")
                opened = self._open.enter_context(self._opens(plan, report=self.say))
                self._worker = opened.worker
                return Ready(id=order.id, facts=opened.facts)
            case Begin(act=act):
                self._loaded(order).begin(act)
                return Done(id=order.id)
            case Write(act=act):
                self._loaded(order).write(act)
                return Done(id=order.id)
            case Reload(act=act):
                reloaded = self._loaded(order).reload(act)
                return ReloadAnswer(id=order.id, told=reloaded.told, refused=reloaded.refused)
            case End(act=act, deadline_s=deadline_s):
                worker = self._loaded(order)
                with self._taken():
                    return Ended(id=order.id, begun=worker.end(act, deadline_s=deadline_s))
            case _:
                assert_never(order)

    def _loaded(self, order: Order) -> Worker:
        if self._worker is None:
            raise _out_of_turn(order.op, "nothing is loaded")
        return self._worker

    def _taken(self) -> ExitStack:
        """What is open, no longer this object's to close."""
        self._worker = None
        return self._open.pop_all()


def _out_of_turn(order: str, why: str) -> HarnessError:
    return HarnessError(f"`{order}` does not fit: {why}", remedy="the order is load, begin, then acts and reloads, end")
