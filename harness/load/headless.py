"""Headless: locust itself, as a process with its workers, from its start to its end."""

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from harness.clients.probe_process import probe_environment
from harness.errors import HarnessError, UsageError
from harness.installed import command_to_add
from harness.limits import LOAD_FAREWELL, LOG_TAIL_LINES
from harness.waiting import wait_for

_NO_LOCUST = "locust is not installed"


def locust_is_installed() -> bool:
    """Whether it is there beside this program; it comes with the extra ``load``."""
    return importlib.util.find_spec("locust") is not None


def why_no_load() -> str:
    """Why nothing can be put under load here, with what to type; empty where something can."""
    return "" if locust_is_installed() else f"{_NO_LOCUST}: `{command_to_add('load', 'locust')}`"


class Headless:
    """Runs ``locustfile`` in the working folder ``place``; all that it says goes to ``log``. Safe between threads."""

    def __init__(self, locustfile: Path, *, workers: int, place: Path, log: Path) -> None:
        """Raises UsageError where locust is not installed."""
        if not locust_is_installed():
            raise UsageError(_NO_LOCUST, remedy=f"install it: `{command_to_add('load', 'locust')}`")
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  this Python, with a file of ours
                [sys.executable, "-m", "locust", "-f", str(locustfile), *_options(workers)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Nothing of the user's: LOCUST_ variables and ~/.locust.conf would change the load.
                env=probe_environment(place, {}),
                cwd=place,
                # A group of its own: its workers die with it, and Ctrl-C reaches the conductor alone.
                start_new_session=True,
            )

    @property
    def over(self) -> bool:
        """Whether it has ended by itself."""
        return self._exited() is not None

    def fault(self, what: str) -> HarnessError:
        """That something is wrong with it, with what it said last."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return HarnessError(
            f"the load's {what}",
            place=str(self._log),
            remedy="that log has what locust and its workers said",
            detail=lines[-LOG_TAIL_LINES:],
        )

    def close(self) -> None:
        """End it: the end of stdin tells it to, and after a while it is killed with all its workers."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        wait_for(self._exited, deadline_s=LOAD_FAREWELL)
        # Also where it has ended: a worker may have outlived it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _exited(self) -> bool | None:
        if self._process.returncode is not None:
            return True
        # The process is left a zombie, so that its number, and so its group's, is still its own.
        found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return None if found is None else True


def _options(workers: int) -> list[str]:
    told = ["--headless", "--only-summary", "--users", str(workers)]
    if workers > 1:
        port = str(_free_port())
        own = "127.0.0.1"
        told += ["--processes", str(workers)]
        told += ["--master-bind-host", own, "--master-bind-port", port, "--master-host", own, "--master-port", port]
    return told


def _free_port() -> int:
    """Taken by another in the meantime, it ends locust, which says so."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
