"""Probe: a client's process for as long as it is needed, spoken to by many threads, killed when it hangs."""

import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.clients.build import ClientBuild
from harness.clients.life import CHECK, Life, Masks, Silence, probe_environment
from harness.clients.protocol import AttemptRequest, Connected, DriverError, Hello, Unsupported, request_line
from harness.errors import ProbeFault

__all__ = ["Probe", "Silence"]


class Probe:
    """A client's probe; entered, it may be used by many threads at once, and restarts after a hang or a fault."""

    def __init__(self, build: ClientBuild, scratch: Path) -> None:
        self.build = build
        self._scratch = scratch
        self._masks = Masks()
        self._lock = threading.Lock()
        self._life: Life | None = None
        self._hello: Hello | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the probe's process, if there is one."""
        with self._lock:
            if self._life is not None:
                self._life.farewell()
            self._life = None

    @property
    def hello(self) -> Hello:
        """What the probe said of itself when it last started; starts it if need be. Raises ProbeFault."""
        return self._living()[1]

    def exchange(self, attempt: AttemptRequest, deadline_s: float) -> Connected | DriverError | Silence:
        """Have ``attempt`` made and wait for its answer, ``deadline_s`` seconds at most. Raises ProbeFault.

        The password is masked in every text that comes back.
        """
        self._masks.add(attempt.account.password)
        life, _ = self._living()
        match life.ask(lambda number: request_line(number, attempt), deadline_s):
            case Unsupported(reason=reason):
                what = f"client `{self.build.name}` does not know `attempt`: {self._masks.hide(reason)}"
                raise ProbeFault(what, place=str(self.build.folder), remedy=CHECK)
            case DriverError(chain=chain):
                masked = tuple(replace(link, message=self._masks.hide(link.message)) for link in chain)
                return DriverError(chain=masked)
            case Connected() | Silence() as answer:
                return answer

    def _living(self) -> tuple[Life, Hello]:
        with self._lock:
            if self._life is None or self._hello is None or self._life.over:
                environment = probe_environment(self._scratch, self.build.environment)
                self._life = Life(self.build.name, self.build.command, environment, self._masks)
                self._hello = self._life.greet()
                if self._hello.name != self.build.name:
                    stated = f"{self._hello.name}: {self._hello.driver}, {self._hello.tls_library}"
                    what = f"says that it is another client ({stated})"
                    self._life.end(what)
                    # Raised here: a probe that has also ended by itself would have given that as the reason.
                    raise ProbeFault(f"client `{self.build.name}` {what}", remedy=CHECK)
            return self._life, self._hello
