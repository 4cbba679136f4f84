"""Work that goes on beside a lane's own, in threads, and ends with it."""

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from types import TracebackType
from typing import Self


class Beside:
    """Takes the steps of what is begun, each in a thread of its own. A context manager.

    Left without an error, it waits for all of it and raises the first error that one met; left by an error, it waits
    for the steps that are being taken, and takes no more.
    """

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._errors: list[BaseException] = []
        self._over = threading.Event()

    def begin(self, steps: Callable[[], Generator[object]]) -> None:
        """Take the steps of what ``steps`` returns."""
        thread = threading.Thread(target=self._take, args=(steps,), name="beside", daemon=True)
        self._threads.append(thread)
        thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._over.set()
        for thread in self._threads:
            thread.join()
        if error is None and self._errors:
            raise self._errors[0]

    def _take(self, steps: Callable[[], Generator[object]]) -> None:
        try:
            with closing(steps()) as taking:
                for _ in taking:
                    if self._over.is_set():
                        return
        except BaseException as error:  # raised where somebody waits for it
            self._errors.append(error)
