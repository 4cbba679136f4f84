"""Who owns what a run creates, so that the next run can tell debris from a neighbour's work."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self


def _started(pid: int) -> str | None:
    """A process's start in clock ticks since boot (proc(5), field 22); with pid and boot it names one process.

    None when it is no more; a zombie, dead and not yet reaped, is no more.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else fields[19]


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


@dataclass(frozen=True, slots=True)
class Owner:
    """One harness process: host, boot, pid and start time. Its text form is a label or a file's content."""

    host: str
    boot: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.host} {self.boot} {self.pid} {self.started}"

    @classmethod
    def this_process(cls) -> Self:
        pid = os.getpid()
        return cls(host=socket.gethostname(), boot=_boot(), pid=pid, started=_started(pid) or "")

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read the text form back; None when it is none."""
        parts = text.split()
        if len(parts) != 4 or not parts[2].isdigit():
            return None
        return cls(host=parts[0], boot=parts[1], pid=int(parts[2]), started=parts[3])

    def alive(self) -> bool:
        """Whether that process may still run; one on another host is taken to be alive."""
        if self.host != socket.gethostname():
            return True
        return self.boot == _boot() and _started(self.pid) == self.started
