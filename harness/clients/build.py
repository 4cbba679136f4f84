"""ClientBuild: a folder with a ``client.toml``. One probe may serve several clients, each a ``[[variant]]``."""

import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, StrictBool

from harness.clients.table import ErrorRow, ErrorTable, TimeoutRow, read_tables
from harness.containers.source import Artifact, Base
from harness.errors import UsageError
from harness.manifest import Known, Lack, Manifest, read_manifest

BUILTIN_CLIENTS = Path(__file__).resolve().parent


class Image(Manifest):
    """The image that a client runs in: its folder's Dockerfile, what ``containers.source`` says, and more files.

    ``files`` are paths from the manifest's folder; each is in the build's context by its own name.
    """

    base: Base
    artifact: tuple[Artifact, ...] = ()
    files: tuple[str, ...] = ()


class Variant(Manifest):
    """One of several clients that a probe can be, told apart by arguments, environment and image."""

    name: str
    image: Image | None = None
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = Field(default_factory=dict)
    lacks: tuple[Lack, ...] = ()
    known: tuple[Known, ...] = ()


class ClientManifest(Manifest):
    """The shape of ``client.toml``.

    In ``command`` and in environment values ``{python}`` is the harness's own interpreter, ``{site-packages}`` where
    its packages are and ``{folder}`` the manifest's folder; an argument that names a file of the folder is that file.
    A client with an image is started in a container of it, where ``command`` is looked for as it stands.
    A ``lacks.what`` is a ``harness.model.tls.Can`` value. Without variants the client has its folder's name.
    """

    summary: str
    opt_in: StrictBool = False
    """Large, or long to make: meant by its name only, never by ``all``."""
    image: Image | None = None
    command: tuple[str, ...] = Field(min_length=1)
    environment: Mapping[str, str] = Field(default_factory=dict)
    error_tables: tuple[str, ...] = ()
    error: tuple[ErrorRow, ...] = ()
    timeout: tuple[TimeoutRow, ...] = ()
    lacks: tuple[Lack, ...] = ()
    known: tuple[Known, ...] = ()
    variant: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientBuild:
    """A client that can be started: ``command`` and ``environment`` are complete but for what every probe gets.

    With an ``image`` they are what is started in it; ``harness.clients.image.prepare`` makes a build without one of it.
    """

    name: str
    summary: str
    opt_in: bool = False
    image: Image | None = None
    folder: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    table: ErrorTable
    lacks: tuple[Lack, ...] = ()
    known: tuple[Known, ...] = ()


def discover_clients(folders: Sequence[Path]) -> Mapping[str, ClientBuild]:
    """Every client below ``folders``, by name. Raises UsageError for a wrong manifest or a name that occurs twice."""
    found: dict[str, ClientBuild] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UsageError("no such folder", place=str(folder), remedy="name a folder that holds clients")
        for path in sorted(folder.glob("*/client.toml")):
            for build in _builds(path):
                if build.name in found:
                    raise UsageError(
                        f"client `{build.name}` is there twice",
                        place=f"{found[build.name].folder} and {build.folder}",
                        remedy="rename one of the folders or variants",
                    )
                found[build.name] = build
    return found


def _builds(path: Path) -> Iterator[ClientBuild]:
    manifest = read_manifest(path, ClientManifest)
    folder = path.resolve().parent
    table = read_tables(
        [folder / name for name in manifest.error_tables], errors=manifest.error, timeouts=manifest.timeout
    )
    for variant in manifest.variant or (Variant(name=folder.name),):
        image = variant.image or manifest.image
        for name in image.files if image else ():
            if not (folder / name).is_file():
                raise UsageError(f"`files`: there is no `{name}`", place=str(path), remedy="correct the path")
        words = (*manifest.command, *variant.arguments)
        environment = {**manifest.environment, **variant.environment}
        yield ClientBuild(
            name=variant.name,
            summary=manifest.summary,
            folder=folder,
            opt_in=manifest.opt_in,
            image=image,
            command=words if image else tuple(_argument(text, folder) for text in words),
            environment=environment if image else {name: _filled(text, folder) for name, text in environment.items()},
            table=table,
            lacks=(*manifest.lacks, *variant.lacks),
            known=(*manifest.known, *variant.known),
        )


def _filled(text: str, folder: Path) -> str:
    places = {"{python}": sys.executable, "{site-packages}": sysconfig.get_path("platlib"), "{folder}": str(folder)}
    for name, value in places.items():
        text = text.replace(name, value)
    return text


def _argument(text: str, folder: Path) -> str:
    beside = folder / text
    return str(beside) if text and beside.is_file() else _filled(text, folder)
