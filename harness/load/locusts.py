"""Locusts: what makes each of locust's worker processes a worker of the conductor that started them."""

import functools
import logging
import os
import signal
import socket

import gevent
from gevent import monkey
from gevent.socket import wait_read
from locust import User, constant, events, task
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from harness.limits import LOAD_FAREWELL
from harness.load.counters import AttemptListener
from harness.load.process import SOCKET
from harness.load.worker_channel import ListeningWorkerOpener, serve
from harness.model.history import Kind

_log = logging.getLogger(__name__)


class Serving(User):
    """Makes no request: it is there because locust wants a user, and tells that its worker runs."""

    wait_time = constant(3600)

    @task
    def run_along(self) -> None:
        """Say in locust's log that this worker runs."""
        _log.info("worker process %d runs", os.getpid())


def serve_conductor(opens: ListeningWorkerOpener) -> None:
    """Have each worker of this locust serve the conductor, in the working folder's ``SOCKET``, until stdin ends.

    For a locustfile, which runs before locust makes its processes.
    """
    # A worker waits for its master before there is an init: with that gone it would wait for minutes.
    os.register_at_fork(after_in_child=_watch_stdin)

    def be_worker(environment: Environment, **_: object) -> None:
        """A connection that fails here is an exception in a listener for init, which ends locust."""
        if not isinstance(environment.runner, WorkerRunner):
            _watch_stdin()
        if not isinstance(environment.runner, MasterRunner):
            channel = socket.socket(socket.AF_UNIX)
            channel.connect(SOCKET)
            gevent.spawn(serve, channel, functools.partial(opens, show=show_in(environment)))
        gevent.spawn(_end_with_stdin, environment)

    events.init.add_listener(be_worker)  # type: ignore[no-untyped-call]  # locust's events are untyped


def show_in(environment: Environment) -> AttemptListener:
    """Shows attempts in locust's own statistics, which nothing judges."""
    fire = environment.events.request.fire

    def show(kind: Kind, pool: str, took_ms: float, failure: str | None) -> None:
        fire(  # type: ignore[no-untyped-call]  # as above
            request_type=kind.value,
            name=pool or "database",
            response_time=took_ms,
            response_length=0,
            exception=failure,
            context={},
        )

    return show


def _end_with_stdin(environment: Environment) -> None:
    """The conductor holds the other end of stdin, however it ends; no process of a load outlives it for long."""
    stdin = 0
    while True:
        wait_read(stdin)
        if not os.read(stdin, 1):
            break
    # A worker is ended by its master, after it has sent what its statistics still lack. Not `runner.quit`: in its first
    # second a master waits for its workers, and would do so for ever.
    if not isinstance(environment.runner, WorkerRunner):
        os.kill(os.getpid(), signal.SIGTERM)


def _watch_stdin() -> None:
    """Have this process end for certain a while after stdin has, whatever it does then: by a thread of its own."""
    monkey.get_original("_thread", "start_new_thread")(_end_for_certain, ())


def _end_for_certain() -> None:
    while os.read(0, 1):
        pass
    monkey.get_original("time", "sleep")(LOAD_FAREWELL)
    os._exit(1)
