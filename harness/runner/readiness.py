"""The clients of a run, made ready once for all lanes: those with an image of their own have it built."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.clients.build import ClientBuild
from harness.clients.image import prepare
from harness.containers.images import Images
from harness.errors import BuildUnavailable
from harness.owner import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyClients:
    """Those that can be started, and why others is not available today, by name."""

    ready: tuple[ClientBuild, ...]
    missing: Mapping[str, BuildUnavailable]


def make_ready(
    clients: Sequence[ClientBuild],
    images: Images | None,
    *,
    shared: Path,
    owner: Owner,
    on_progress: Callable[[str, str], None],
) -> ReadyClients:
    """Make every client ready to start; ``on_progress`` gets who does what. ``shared`` will hold what requests name.

    ``images`` is None where there is no engine. Raises EngineError.
    """

    def one(build: ClientBuild) -> ClientBuild | BuildUnavailable:
        try:
            return prepare(
                build, images, shared=shared, owner=owner, on_progress=lambda text: on_progress(build.name, text)
            )
        except BuildUnavailable as error:
            return error

    with ThreadPoolExecutor(max(1, len(clients))) as pool:
        made = list(pool.map(one, clients))
    return ReadyClients(
        ready=tuple(build for build in made if isinstance(build, ClientBuild)),
        missing={
            build.name: error for build, error in zip(clients, made, strict=True) if isinstance(error, BuildUnavailable)
        },
    )
