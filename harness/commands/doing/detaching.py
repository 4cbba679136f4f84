"""Leaving a process behind: it does what its terminal asked for, and goes on when the command has ended."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

import click

LetGo = Callable[[str], None]
"""Takes what the command prints; after it the process has no terminal, no input and no output any more."""


def detached(work: Callable[[LetGo], int]) -> int:
    """Do ``work`` in a process of its own, and wait until it lets go or ends; what it printed is printed then.

    The exit code: 0 once it has let go, else its own. Before that it has the terminal, so it may ask and shows what it
    does, and signals end it. In the other process this returns when ``work`` has ended.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reads, writes = os.pipe()
    child = os.fork()  # no thread has been started: nothing is opened yet
    if child == 0:
        os.close(reads)
        return work(lambda printed: _let_go(writes, printed))
    os.close(writes)
    with _signals_for(child), os.fdopen(reads, encoding="utf-8") as stream:
        printed = stream.read()
        if printed:
            click.echo(printed, nl=False)
            return 0
        _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _let_go(writes: int, printed: str) -> None:
    """Leave the terminal and tell whoever waits. Raises BrokenPipeError where nobody does: it was killed."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    with os.fdopen(writes, "w", encoding="utf-8") as stream:
        stream.write(printed)


@contextlib.contextmanager
def _signals_for(child: int) -> Iterator[None]:
    """Have ``child`` answer what this process is sent. Ctrl-C at a terminal has reached it already."""

    def passed_on(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT or not sys.stdin.isatty():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)

    before = {number: signal.signal(number, passed_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
