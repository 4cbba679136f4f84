"""What the harness keeps between runs: fetched and unpacked distributions, compiled probes, images."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.clients.build import ClientBuild
from harness.clients.image import recipe_of
from harness.containers.engine import OURS, Engine, KeptImage
from harness.containers.images import Images
from harness.locations import LOCKS, cache_folder
from harness.servers.build import ServerBuild
from harness.servers.container import ContainerPlace
from harness.servers.local import LocalPlace
from harness.servers.unpacked import Unpacked

ARTIFACTS, LOCAL, JARS, PYTHON = "artifacts", "local", "jars", "python"
_KINDS = {
    ARTIFACTS: "fetched distributions and drivers",
    LOCAL: "distributions unpacked for servers without a container",
    JARS: "drivers' jars of one's own",
    PYTHON: "drivers in Python of other versions",
    "java": "compiled probes",
    "last": "what `dbtls run` found when it last ran in a folder, and how long it took",
    "base": "images: systems to build on",
    "server": "images: servers",
    "seed": "images: servers with their first data",
    "client": "images: clients",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One thing that is kept. ``referred``: a build or client of today is made of it; ``in_use``: by what runs now.

    Of an image ``size_bytes`` is what it adds to the one that it was made on, if that is kept too.
    """

    kind: str
    name: str
    size_bytes: int
    made_at: float
    """In seconds since the epoch."""
    referred: bool
    in_use: bool
    remove: Callable[[], None] = field(repr=False, compare=False)

    @property
    def can_go(self) -> bool:
        return not self.referred and not self.in_use

    @property
    def about(self) -> str:
        """What its kind is, in words."""
        return _KINDS.get(self.kind, "")


def kept(servers: Sequence[ServerBuild], clients: Sequence[ClientBuild], engine: Engine | None) -> list[Kept]:
    """Everything that is kept, by kind; without an ``engine`` no images. Raises EngineError."""
    found = [*_in_cache(servers, clients)]
    if engine is not None:
        found += _as_images(servers, clients, engine)
    return found


def _in_cache(servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> Iterator[Kept]:
    if not cache_folder().is_dir():
        return
    # What a user once named is no part of a build.
    referred = {ARTIFACTS: _artifacts_of(servers, clients), LOCAL: _unpacked_of(servers), JARS: set(), PYTHON: set()}
    in_use = _used_by_servers()
    commands = _commands()
    for folder in sorted(path for path in cache_folder().glob("*") if path.is_dir() and path.name != LOCKS):
        for path in sorted(folder.iterdir()):
            size, made_at = _size(path)
            yield Kept(
                kind=folder.name,
                name=path.name,
                size_bytes=size,
                made_at=made_at,
                # Of a kind that this release does not know it cannot say what it is for.
                referred=folder.name not in referred or path.name in referred[folder.name],
                in_use=any(used.is_relative_to(path) for used in in_use) or any(str(path) in line for line in commands),
                remove=lambda path=path: _remove(path),  # type: ignore[misc]  # mypy has no type for such a lambda
            )


def _artifacts_of(servers: Sequence[ServerBuild], clients: Sequence[ClientBuild]) -> set[str]:
    """The names that what today's builds fetch has in the cache."""
    pinned = {artifact.sha256 for build in servers for artifact in build.manifest.artifact}
    for client in clients:
        pinned |= {artifact.sha256 for artifact in (client.image.artifact if client.image else ())}
        if client.java is not None:
            pinned |= {jar.sha256 for pool in client.java.java.pool for jar in pool.jar}
            pinned |= {client.java.pinned} if client.java.pinned is not None else set()
    return pinned


def _unpacked_of(servers: Sequence[ServerBuild]) -> set[str]:
    place = LocalPlace()
    return {Unpacked(build).seeded.parent.name for build in servers if place.takes(build) is None}


def _used_by_servers() -> list[Path]:
    """What servers that run as plain processes have linked into their folders."""
    return [link.resolve() for link in Path(tempfile.gettempdir()).glob("dbtls-run-*/seed") if link.is_symlink()]


def _commands() -> list[str]:
    """The command lines of all processes: those of probes name their driver's jar, or the environment it is in."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(path.read_bytes().decode("utf-8", "replace"))
    return lines


def _as_images(servers: Sequence[ServerBuild], clients: Sequence[ClientBuild], engine: Engine) -> Iterator[Kept]:
    referred = set(_images_of(servers, clients, engine))
    images = engine.kept_images()
    for number, image in enumerate(images):
        yield Kept(
            kind=image.tag.removeprefix(OURS).partition(":")[0],
            name=image.tag,
            size_bytes=image.size_bytes - _shared_bytes(image, images, images[:number]),
            made_at=image.made_at,
            referred=image.tag in referred,
            in_use=image.in_use,
            remove=lambda tag=image.tag: engine.remove_image(tag),  # type: ignore[misc]  # as above
        )


def _shared_bytes(image: KeptImage, images: Iterable[KeptImage], before: Iterable[KeptImage]) -> int:
    """What of it another image has too: the one that it was made on, or one ``before`` it that is the same."""
    below = (
        one.size_bytes
        for one in images
        if len(one.layers) < len(image.layers) and image.layers[: len(one.layers)] == one.layers
    )
    same = (one.size_bytes for one in before if one.layers == image.layers)
    return max((*below, *same), default=0)


def _images_of(servers: Sequence[ServerBuild], clients: Sequence[ClientBuild], engine: Engine) -> Iterator[str]:
    images, place = Images(engine), ContainerPlace(engine)
    for build in servers:
        yield from place.images_of(build)
        if build.manifest.base is not None:
            yield f"{OURS}base:{build.manifest.base.suite}"
    for client in clients:
        if client.image is None:
            continue
        yield f"{OURS}base:{client.image.base.suite}"
        tag = images.tag(recipe_of(client, client.image))
        if tag is not None:
            yield tag


def _size(path: Path) -> tuple[int, float]:
    """What a file or folder takes on disk, and when it was last changed."""
    inside: Iterable[Path] = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    statuses = [one.lstat() for one in (path, *inside)]
    return sum(one.st_blocks * 512 for one in statuses), max(one.st_mtime for one in statuses)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
