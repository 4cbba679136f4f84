"""One server from its build: made, started, running, everything closed at the end."""

import contextlib
from collections.abc import Callable, Iterator

from harness.model.tls import ServerTls
from harness.owner import Owner
from harness.servers.build import ServerBuild
from harness.servers.place import Place
from harness.servers.server import RunningServer


def quiet(text: str) -> None:
    """Say nothing of what is being done."""


@contextlib.contextmanager
def started(
    build: ServerBuild,
    tls: ServerTls,
    *,
    place: Place,
    owner: Owner,
    on_progress: Callable[[str], None] = quiet,
    port: int | None = None,
) -> Iterator[RunningServer]:
    """A server of ``build`` that serves ``tls``, on ``port`` if one is named.

    Raises BuildUnavailable, ServerStartError, EngineError, and UsageError for a port that is taken.
    """
    process = place.start(place.make(build, on_progress), owner, port=port)
    with contextlib.closing(process), RunningServer(build, process, tls) as server:
        yield server
