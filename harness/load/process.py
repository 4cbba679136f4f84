"""LoadProcess: the conductor's side of a load. locust runs in a process of its own, and its workers take orders."""

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from harness.clients.protocol import Hello
from harness.errors import HarnessError
from harness.limits import LOAD_ANSWER, LOAD_START
from harness.load.control import (
    Answer,
    Begin,
    Done,
    End,
    Ended,
    Fault,
    Load,
    Order,
    Progress,
    Ready,
    Reload,
    ReloadAnswer,
    Write,
)
from harness.load.headless import Headless
from harness.load.link import Link
from harness.load.plan import LoadPlan
from harness.model.history import Act
from harness.pool.client import Reloaded

SOCKET = "conductor"
"""In the working folder of locust, where its workers find the conductor."""
LOCUSTFILE = Path(__file__).with_name("locustfile.py")

A = TypeVar("A", bound=Answer)


class LoadProcess:
    """A load of ``workers`` processes; they live while the context is entered. For one thread, ``progress`` for any.

    Leaves locust's log in ``folder``. Every method raises HarnessError: the fault of a worker as that worker met it; a
    worker that ended or gave no answer in time, with what locust said last. After that a load can only be left.
    """

    def __init__(self, folder: Path, *, workers: int = 1, locustfile: Path = LOCUSTFILE) -> None:
        self.log = folder / "locust.log"
        self._workers = workers
        self._locustfile = locustfile
        self._links: list[Link] = []
        self._ids = count(1)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Start locust and wait for its workers. Raises UsageError where locust is not installed."""
        place = self.log.parent / "locust"
        place.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            with _listening(place / SOCKET, backlog=self._workers) as listener:
                locust = Headless(self._locustfile, workers=self._workers, place=place, log=self.log)
                stack.enter_context(closing(locust))
                self._links = [stack.enter_context(closing(link)) for link in self._meet(listener, locust)]
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End locust and its workers, if they run."""
        self._open.close()

    @property
    def progress(self) -> Progress:
        """The latest of all workers together. Raises HarnessError where one has ended."""
        return Progress.total([link.progress for link in self._links])

    def load(self, plans: Sequence[LoadPlan]) -> tuple[Hello, ...]:
        """Open histories and clients, one plan a worker; what each client's probe says of itself."""
        for link, plan in zip(self._links, plans, strict=True):
            link.expect(plan.writer)
        remaining = iter(plans)
        answers = self._all(lambda number: Load(id=number, plan=next(remaining)), Ready)
        return tuple(answer.facts for answer in answers)

    def begin(self, act: Act) -> None:
        """Arrivals begin at the time of ``act``."""
        self._all(lambda number: Begin(id=number, act=act), Done)

    def write(self, act: Act) -> None:
        """Have every worker write ``act`` among its attempts."""
        self._all(lambda number: Write(id=number, act=act), Done)

    def reload(self, act: Act) -> Reloaded:
        """Have all clients reload at once. ``refused`` if one refused, naming each where not all said the same.

        Raises HarnessError where they told different pools, since they have one configuration.
        """
        answers = self._all(lambda number: Reload(id=number, act=act), ReloadAnswer)
        refused = {answer.refused for answer in answers}
        if len(refused) > 1:
            return Reloaded(told=(), refused=self._each(answers, lambda answer: answer.refused or "reloaded"))
        told = {answer.told for answer in answers}
        if len(told) > 1:
            each = self._each(answers, lambda answer: ", ".join(answer.told) or "none")
            raise HarnessError(
                f"clients of one configuration told different pools of its reload: {each}",
                remedy="compare the acts in the workers' histories",
            )
        return Reloaded(told=told.pop(), refused=refused.pop())

    def end(self, act: Act, *, deadline_s: float) -> Mapping[str, int]:
        """Stop arrivals, wait ``deadline_s`` seconds for what is under way, close all; attempts begun, by writer."""
        answers = self._all(
            lambda number: End(id=number, act=act, deadline_s=deadline_s), Ended, deadline_s=deadline_s + LOAD_ANSWER
        )
        return {link.name: answer.begun for link, answer in zip(self._links, answers, strict=True)}

    def _meet(self, listener: socket.socket, locust: Headless) -> list[Link]:
        end = time.monotonic() + LOAD_START
        listener.settimeout(0.1)
        links: list[Link] = []
        while len(links) < self._workers:
            try:
                channel, _ = listener.accept()
            except TimeoutError:
                if locust.over:
                    raise locust.fault("process ended while starting") from None
                if time.monotonic() > end:
                    raise locust.fault(f"workers are not all there after {LOAD_START} s") from None
                continue
            channel.settimeout(None)
            links.append(Link(f"worker {len(links) + 1}", channel, locust.fault))
        for link in links:
            link.greet(deadline_s=LOAD_ANSWER)
        return links

    def _all(self, order_of: Callable[[int], Order], kind: type[A], *, deadline_s: float = LOAD_ANSWER) -> list[A]:
        """What each worker answers to its order; they carry them out at the same time."""
        end = time.monotonic() + deadline_s
        sent = [(link, order_of(next(self._ids))) for link in self._links]
        for link, order in sent:
            link.send(order)
        heard = [link.answer(order, kind, deadline_s=max(0.0, end - time.monotonic())) for link, order in sent]
        for answer in heard:
            if isinstance(answer, Fault):
                raise answer.raised()
        return [answer for answer in heard if not isinstance(answer, Fault)]

    def _each(self, answers: Sequence[ReloadAnswer], said: Callable[[ReloadAnswer], str]) -> str:
        return "; ".join(f"{link.name}: {said(answer)}" for link, answer in zip(self._links, answers, strict=True))


@contextmanager
def _listening(path: Path, *, backlog: int) -> Iterator[socket.socket]:
    """A socket at ``path``, however long that is: unix(7) has room for 107 bytes, so the folder is named by a number.

    Who connects does so from that folder.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"/proc/self/fd/{folder}/{path.name}")
            listener.listen(backlog)
            yield listener
    finally:
        os.close(folder)
        path.unlink(missing_ok=True)
