"""Observer: what a server says of itself while it is under load."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from harness.model.account import Credentials, Endpoint
from harness.servers.admin import Admin


class Observer:
    """Watches a server's sessions and counters through a connection of its own. A context manager; one thread."""

    def __init__(self, endpoint: Endpoint, account: Credentials) -> None:
        self._admin = Admin(endpoint, account, tls=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admin.close()

    @property
    def made(self) -> int:
        """How many connections it has made itself."""
        return self._admin.made

    def sessions(self) -> Mapping[str, int]:
        """Open connections by user, the harness's own left out; one that has not logged in is ''."""
        return self._admin.sessions()

    def counters(self) -> Mapping[str, int]:
        """The server's counters."""
        return self._admin.counters()
