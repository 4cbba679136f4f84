"""A running server's output, line by line, read from marks."""

import threading
from collections.abc import Callable

PREFIX = "dbtls: "


class ServerLog:
    """Lines as they arrive; one thread appends, others wait. A mark is the count of lines that were there."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._arrived = threading.Condition()
        self._ended = False

    def append(self, line: str) -> None:
        with self._arrived:
            self._lines.append(line)
            self._arrived.notify_all()

    def end(self) -> None:
        """No line will follow: the container is gone."""
        with self._arrived:
            self._ended = True
            self._arrived.notify_all()

    @property
    def ended(self) -> bool:
        return self._ended

    def mark(self) -> int:
        with self._arrived:
            return len(self._lines)

    def since(self, mark: int) -> tuple[str, ...]:
        with self._arrived:
            return tuple(self._lines[mark:])

    def tail(self, count: int) -> tuple[str, ...]:
        """The last ``count`` lines."""
        with self._arrived:
            return tuple(self._lines[-count:])

    def wait_for(self, wanted: Callable[[str], bool], *, mark: int, deadline_s: float) -> str | None:
        """The first line since ``mark`` that ``wanted`` takes; None when the deadline passes or the output ends."""

        def found() -> str | None:
            return next((line for line in self._lines[mark:] if wanted(line)), None)

        with self._arrived:
            self._arrived.wait_for(lambda: self._ended or found() is not None, timeout=deadline_s)
            return found()
