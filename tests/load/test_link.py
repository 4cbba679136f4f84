"""The conductor's end of a channel: an answer to the very order, or what is wrong with the worker."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from harness.errors import HarnessError
from harness.load.control import Begin, Done, Ended, Here, Progress, Report, line_of
from harness.load.link import Link
from harness.model.history import Act, ActKind
from harness.waiting import wait_for

ORDER = Begin(id=7, act=Act(ActKind.BEGIN, 0.0, 0, "load"))
PATIENCE_S = 5.0


@pytest.fixture
def channels() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def link(channels: tuple[socket.socket, socket.socket]) -> Iterator[Link]:
    with closing(Link("worker-1", channels[0], lambda what: HarnessError(what, remedy="look"))) as made:
        yield made


@pytest.fixture
def worker(channels: tuple[socket.socket, socket.socket]) -> socket.socket:
    return channels[1]


def _say(worker: socket.socket, *reports: Report) -> None:
    worker.sendall(b"".join(map(line_of, reports)))


def test_an_answer_comes_back_and_progress_is_kept(link: Link, worker: socket.socket) -> None:
    _say(worker, Here(pid=4711), Progress(begun=1), Progress(begun=2), Done(id=7))
    assert link.greet(deadline_s=PATIENCE_S) == 4711
    link.send(ORDER)
    assert link.answer(ORDER, Done, deadline_s=PATIENCE_S) == Done(id=7)
    assert link.progress.begun == 2


def test_what_was_heard_of_one_load_says_nothing_of_the_next(link: Link, worker: socket.socket) -> None:
    _say(worker, Progress(lag_s=9.0, looks=7))
    assert wait_for(lambda: link.progress.looks or None, deadline_s=PATIENCE_S) == 7
    link.expect("w1")
    assert (link.name, link.progress) == ("w1", Progress())


@pytest.mark.parametrize("answer", [Done(id=6), Ended(id=7, begun=1), Here(pid=1)], ids=lambda answer: answer.said)
def test_another_answer_is_a_fault(link: Link, worker: socket.socket, answer: Report) -> None:
    _say(worker, answer)
    with pytest.raises(HarnessError, match=f"worker-1 answered `begin` with {answer.said}"):
        link.answer(ORDER, Done, deadline_s=PATIENCE_S)


def test_silence_is_a_fault(link: Link) -> None:
    with pytest.raises(HarnessError, match="worker-1 gave no answer in time"):
        link.answer(ORDER, Done, deadline_s=0.01)


def test_a_worker_that_ended_is_named_whatever_is_asked(link: Link, worker: socket.socket) -> None:
    worker.close()
    for _ in range(2):
        link.send(ORDER)
        with pytest.raises(HarnessError, match="worker-1 ended"):
            link.answer(ORDER, Done, deadline_s=PATIENCE_S)
    with pytest.raises(HarnessError, match="worker-1 ended"):
        _ = link.progress


def test_what_is_no_message_is_a_fault(link: Link, worker: socket.socket) -> None:
    worker.sendall(b'{"said":"dance"}\n')
    with pytest.raises(HarnessError, match=r"worker-1 said what is no message: .*dance"):
        link.greet(deadline_s=PATIENCE_S)


def test_closing_ends_the_worker(link: Link, worker: socket.socket) -> None:
    link.close()
    worker.settimeout(PATIENCE_S)
    assert worker.recv(1) == b""
    assert wait_for(lambda: True if link._over is not None else None, deadline_s=PATIENCE_S)
