"""Programs that the harness runs (Maven, debootstrap): bounded in time, and ended when the run is."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_running: set[int] = set()
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended. ``status`` None: it was ended by us at its time limit or at the run's end."""

    status: int | None
    lines: tuple[str, ...]


def run_tool(command: Sequence[str], *, timeout_s: float, folder: Path | None = None, typed: str = "") -> Done:
    """Run ``command`` in a process group of its own, ``typed`` on its input; its output, both streams together."""
    with _guard:  # so that whoever ends what runs does not miss what is just being started
        process = subprocess.Popen(  # noqa: S603  what callers make of what the user named; no shell
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        _running.add(process.pid)
    try:
        output, _ = process.communicate(typed, timeout=timeout_s)
        status = process.returncode if process.returncode >= 0 else None
    except subprocess.TimeoutExpired:
        _kill(process.pid)
        output, _ = process.communicate()
        status = None
    except BaseException:
        _kill(process.pid)
        raise
    finally:
        with _guard:
            _running.discard(process.pid)
    return Done(status, tuple(output.splitlines()))


def end_running_tools() -> None:
    """End every program that still runs, with all it has started."""
    with _guard:
        for group in _running:
            _kill(group)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
