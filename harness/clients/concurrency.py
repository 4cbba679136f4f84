"""A limit on how many requests a probe has at once."""

from queue import SimpleQueue


class ConcurrencyLimit:
    """``most`` at a time, whoever asks first is first; a context manager. Safe between threads."""

    def __init__(self, most: int) -> None:
        # Not threading.Semaphore, a condition and a lock in Python: py-spy saw a tenth of a load's worker in it.
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(most):
            self._free.put(None)

    def __enter__(self) -> None:
        self._free.get()

    def __exit__(self, *_: object) -> None:
        self._free.put(None)
