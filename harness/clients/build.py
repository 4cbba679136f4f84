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
from harness.clients.python_driver import Places, Python, PythonProbe
from harness.clients.table import ErrorRow, ErrorTable, TimeoutRow, read_tables
from harness.containers.source import Artifact, Base
from harness.errors import UsageError
from harness.knowledge.errors import table_file
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
    With ``python``, each variant may be named with another version of its driver.
    ``error_tables`` are names of ours (``harness.knowledge.errors``) and paths of files beside the manifest.
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
    python: Python | None = None
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
    ``load_command`` replaces ``command`` where the probe is to bear a load; empty: nothing does. A container of it sees
    ``mounts``. One in Java is made by ``harness.clients.jvm``, which then knows its command, and one in Python
    whose driver is of another version by ``harness.clients.environments``; ``says`` is what such a probe calls itself,
    empty for its name, and ``note`` is what is to be said of its driver. ``product`` and ``version`` are as in the
    manifest; of a driver in Java, ``product`` is what its coordinates or its jar say.
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
    python: PythonProbe | None = None
    says: str = ""
    note: str = ""
    folder: Path
    command: tuple[str, ...]
    load_command: tuple[str, ...] = ()
    environment: Mapping[str, str]
    table: ErrorTable
    lacks: tuple[Lack, ...] = ()
    known: tuple[Known, ...] = ()

    @property
    def folder_name(self) -> str:
        """Its name as one folder's: a client may be named by a path."""
        return self.name.replace("/", "+")


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
    tables = [table_file(name, place=path.resolve()) for name in manifest.error_tables]
    table = read_tables(tables, errors=manifest.error, timeouts=manifest.timeout)
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
        places = Places(sys.executable, sysconfig.get_path("platlib"), folder)
        python = None
        if manifest.python is not None:
            python = PythonProbe(python=manifest.python, words=words, environment=environment, folder=folder)
        yield ClientBuild(
            name=variant.name,
            product=variant.product or manifest.product or variant.name,
            version=manifest.version,
            summary=manifest.summary,
            folder=folder,
            opt_in=manifest.opt_in,
            reach=manifest.reach,
            image=image,
            python=python,
            command=words if image else tuple(map(places.argument, words)),
            environment=environment if image else {name: places.filled(text) for name, text in environment.items()},
            table=table,
            lacks=(*manifest.lacks, *variant.lacks),
            known=(*manifest.known, *variant.known),
        )


def _in_java(
    path: Path, manifest: ClientManifest, java: Java, variant: Variant, driver: Driver, jdk: str, table: ErrorTable
) -> ClientBuild:
    product = java.product_of(driver.coordinates)
    spelling = None if product is None else java.spelling_of(product)
    if product is None or spelling is None:
        raise UsageError(
            f"`{driver.coordinates}`: no spelling is for {product or 'this artifact'}",
            place=str(path),
            remedy=f"there are: {', '.join(each.drivers for each in java.spelling.values())}",
        )
    usual = jdk == java.jdk
    folder = path.resolve().parent
    return ClientBuild(
        name=variant.name if usual else f"{variant.name}@{jdk}",
        product=product.name,
        version=manifest.version,
        summary=manifest.summary,
        folder=folder,
        opt_in=manifest.opt_in,
        reach=manifest.reach if usual else (*manifest.reach, "@"),
        image=None if manifest.image is None else manifest.image.of_jdk(jdk),
        java=JavaProbe(
            java=java, driver=driver, product=product, spelling=spelling, jdk=jdk, sources=folder / java.sources
        ),
        command=manifest.command,
        environment={},
        table=table,
        lacks=(*manifest.lacks, *variant.lacks),
        known=(*manifest.known, *variant.known),
    )
