"""One server from its build: image, container, running server, everything closed at the end."""

import contextlib
from collections.abc import Callable, Iterator

from harness.model.tls import ServerTls
from harness.owner import Owner
from harness.servers.build import ServerBuild
from harness.servers.engine import Engine
from harness.servers.images import Images
from harness.servers.server import RunningServer


def quiet(text: str) -> None:
    """Say nothing of what is being done."""


@contextlib.contextmanager
def started(
    build: ServerBuild, tls: ServerTls, *, engine: Engine, owner: Owner, say: Callable[[str], None] = quiet
) -> Iterator[RunningServer]:
    """A server of ``build`` that serves ``tls``. Raises BuildUnavailable, ServerStartError, EngineError."""
    image = Images(engine).seeded(build, say)
    process = engine.start(image, owner)
    with contextlib.closing(process), RunningServer(build, process, tls) as server:
        yield server
