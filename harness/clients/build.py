"""ClientBuild: a folder with a ``client.toml``. One probe may serve several clients, each a ``[[variant]]``."""

import re
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool
from pydantic_core import PydanticCustomError

from harness.clients.java import Driver, Java, JavaProbe
from harness.clients.table import ErrorRow, ErrorTable, TimeoutRow, read_tables
from harness.containers.source import Artifact, Base
from harness.errors import UsageError
from harness.knowledge.rows import Known, Lack
from harness.manifest import Manifest, read_manifest

BUILTIN_CLIENTS = Path(__file__).resolve().parent


def _one_group(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise PydanticCustomError("no_pattern", "is no regular expression: {error}", {"error": str(error)}) from error
    if groups != 1:
        raise PydanticCustomError("no_group", "needs one group, which is the version")
    return pattern


class Image(Manifest):
    """The image that a client runs in: its folder's Dockerfile, what ``containers.source`` says, and more files.

    ``files`` are paths from the manifest's folder; each is in the build's context by its own name. One that several
    clients share has a ``name``, a folder of its own below the manifest's for ``context``, and build ``arguments``.
    """

    base: Base
    artifact: tuple[Artifact, ...] = ()
    files: tuple[str, ...] = ()
    name: str = ""
    context: str = "."
    arguments: Mapping[str, str] = Field(default_factory=dict)

    def of_jdk(self, number: str) -> "Image":
        """This image with the JDK of that number in it."""
        arguments = {name: value.replace("{jdk}", number) for name, value in self.arguments.items()}
        return self.model_copy(update={"name": self.name.replace("{jdk}", number), "arguments": arguments})


class Variant(Manifest):
    """One of several clients that a probe can be, told apart by arguments, environment and image."""

    name: str
    product: str = ""
    image: Image | None = None
    driver: Driver | None = None
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = Field(default_factory=dict)
    lacks: tuple[Lack, ...] = ()
    known: tuple[Known, ...] = ()


class ClientManifest(Manifest):
    """The shape of ``client.toml``.

    In ``command`` and in environment values ``{python}`` is the harness's own interpreter, ``{site-packages}`` where
    its packages are and ``{folder}`` the manifest's folder; an argument that names a file of the folder is that file.
    A client with an image is started in a container of it, where ``command`` is looked for as it stands.
    With ``java``, each variant is a driver, once on each JDK, and ``command`` is the program looked for in its image.
    A ``lacks.what`` is a ``harness.model.tls.Can`` value. Without variants the client has its folder's name.
    ``product`` is what ranges of knowledge call it (without one: the client's own name), ``version`` a regular
    expression whose group finds its version in the driver that its hello names (without one: the first number there).
    Rows in it are about this client alone.
    """

    summary: str
    product: str = ""
    version: Annotated[str, AfterValidator(_one_group)] = r"(\d[\d.]*)"
    opt_in: StrictBool = False
    """Large, or long to make: meant by its name only, never by ``all``."""
    reach: tuple[str, ...] = ()
    """Texts that a pattern must hold to mean it, so that ``all`` does not."""
    image: Image | None = None
    command: tuple[str, ...] = Field(min_length=1)
    java: Java | None = None
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
    ``loaded`` is what stands for ``command`` where the probe is to bear a load; empty: that itself. A container of it
    sees ``mounts``. One in Java is made by ``harness.clients.jvm``, which then knows its command. ``product`` and
    ``version`` are as in the manifest.
    """

    name: str
    product: str = ""
    version: str = r"(\d[\d.]*)"
    summary: str
    opt_in: bool = False
    reach: tuple[str, ...] = ()
    image: Image | None = None
    mounts: tuple[Path, ...] = ()
    java: JavaProbe | None = None
    folder: Path
    command: tuple[str, ...]
    loaded: tuple[str, ...] = ()
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
        if manifest.java is not None and variant.driver is not None:
            for jdk in manifest.java.jdks:
                yield _in_java(path, manifest, manifest.java, variant, variant.driver, jdk, table)
            continue
        words = (*manifest.command, *variant.arguments)
        environment = {**manifest.environment, **variant.environment}
        yield ClientBuild(
            name=variant.name,
            product=variant.product or manifest.product or variant.name,
            version=manifest.version,
            summary=manifest.summary,
            folder=folder,
            opt_in=manifest.opt_in,
            reach=manifest.reach,
            image=image,
            command=words if image else tuple(_argument(text, folder) for text in words),
            environment=environment if image else {name: _filled(text, folder) for name, text in environment.items()},
            table=table,
            lacks=(*manifest.lacks, *variant.lacks),
            known=(*manifest.known, *variant.known),
        )


def _in_java(
    path: Path, manifest: ClientManifest, java: Java, variant: Variant, driver: Driver, jdk: str, table: ErrorTable
) -> ClientBuild:
    spelling = java.spelling.get(driver.spelling)
    if spelling is None:
        known = ", ".join(java.spelling)
        raise UsageError(f"no spelling `{driver.spelling}`", place=str(path), remedy=f"there are: {known}")
    usual = jdk == java.jdk
    folder = path.resolve().parent
    return ClientBuild(
        name=variant.name if usual else f"{variant.name}@{jdk}",
        product=variant.product or manifest.product or variant.name,
        version=manifest.version,
        summary=manifest.summary,
        folder=folder,
        opt_in=manifest.opt_in,
        reach=manifest.reach if usual else (*manifest.reach, "@"),
        image=None if manifest.image is None else manifest.image.of_jdk(jdk),
        java=JavaProbe(java=java, driver=driver, jdk=jdk, sources=folder / java.sources),
        command=manifest.command,
        environment={},
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
