"""Clients that no folder lists: a driver of a version of its own, by coordinates, version, jar or checkout.

In Java: ``jdbc:GROUP:ARTIFACT:VERSION`` is a driver as the registry gives it, not pinned, ``jdbc:./path/driver.jar`` a
jar of one's own; ``@17`` after either, or after the name of a client in Java, is the JDK. In Python: ``pymysql@1.0.2``
is a listed client with that version of its driver, ``pymysql:./checkout`` with a project or a wheel of one's own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.version import Version

from harness.clients.build import ClientBuild
from harness.clients.jars import JarContent, read_jar
from harness.clients.java import Driver, JarFile, Java, JavaProbe, Spelling, coordinates_in, split_jdk
from harness.clients.python_driver import Own, Release
from harness.errors import UsageError
from harness.knowledge.product import Product

FAMILY = "jdbc"
_PYTHON = re.compile(r"(?P<client>[^@:]+)(?:@(?P<version>[0-9][\w.+!-]*)|:(?P<path>.+))")
_PROJECT = ("pyproject.toml", "setup.py")
_NONE = Version("0")


def with_named(builds: Mapping[str, ClientBuild], names: Sequence[str]) -> Mapping[str, ClientBuild]:
    """``builds`` and, for each of ``names`` that says so itself, the client that it names.

    Raises UsageError for a driver that nobody has said how to configure, and for a file that is none.
    """
    found = dict(builds)
    for name in names:
        if name not in found and (build := _in_java(builds, name) or _in_python(builds, name)) is not None:
            found[name] = build
    return found


def _in_python(builds: Mapping[str, ClientBuild], name: str) -> ClientBuild | None:
    listed = _PYTHON.fullmatch(name)
    like = None if listed is None else builds.get(listed["client"])
    if listed is None or like is None or like.python is None:
        return None
    driver: Release | Own
    if listed["version"] is not None:
        driver = Release(version=listed["version"])
    else:
        path = Path(listed["path"]).expanduser().resolve()
        if not path.exists():
            raise UsageError("there is no such file or folder", place=str(path), remedy="correct the path")
        if path.is_dir() and not any((path / each).is_file() for each in _PROJECT):
            what = f"is no Python project: it has no {' and no '.join(_PROJECT)}"
            raise UsageError(what, place=str(path), remedy="name a driver's checkout, or a wheel")
        driver = Own(path=path)
        # So that it means the same from wherever it is named again.
        name = f"{like.name}:{path}"
    return replace(like, name=name, says=like.name, python=replace(like.python, driver=driver))


def _in_java(builds: Mapping[str, ClientBuild], name: str) -> ClientBuild | None:
    client, jdk = split_jdk(name)
    listed = builds.get(client)
    if listed is not None and listed.java is not None and jdk == listed.java.java.jdk:
        return replace(listed, name=name)
    if not client.startswith(f"{FAMILY}:"):
        return None
    rest = client.removeprefix(f"{FAMILY}:")
    in_java = [(build, build.java) for build in builds.values() if build.java is not None]
    if "/" in rest or rest.endswith(".jar"):
        path = Path(rest).expanduser().resolve()
        # So that it means the same from wherever it is named again.
        return _of(f"{FAMILY}:{path}{f'@{jdk}' if jdk else ''}", _Jar(path, read_jar(path)), jdk, in_java)
    coordinates = coordinates_in(rest)
    return None if coordinates is None else _of(name, _Published(coordinates), jdk, in_java)


@dataclass(frozen=True, slots=True)
class _Published:
    """A driver by its coordinates."""

    coordinates: str

    def product(self, java: Java) -> Product | None:
        return java.product_of(self.coordinates)

    def driver(self, _: Spelling) -> Driver:
        return Driver(coordinates=self.coordinates)

    def __str__(self) -> str:
        return f"`{self.coordinates}`"


@dataclass(frozen=True, slots=True)
class _Jar:
    """A driver by its jar."""

    path: Path
    content: JarContent

    def product(self, java: Java) -> Product | None:
        return self.content.product(java)

    def driver(self, spelling: Spelling) -> JarFile:
        classes = self.content.classes
        renamed = classes and spelling.class_name not in classes
        return JarFile(path=self.path, class_name=classes[0] if renamed else "")

    def __str__(self) -> str:
        return f"{self.path} ({self.content})"


_Listed = Sequence[tuple[ClientBuild, JavaProbe]]


def _of(name: str, named: _Published | _Jar, jdk: str | None, listed: _Listed) -> ClientBuild:
    """The client of that driver; in all that is not the driver's own it is as a listed one of the same product."""
    every = list({id(probe.java): probe.java for _, probe in listed}.values())
    for java in every:
        product = named.product(java)
        spelling = None if product is None else java.spelling_of(product)
        if product is None or spelling is None:
            continue
        if jdk is not None and jdk not in java.jdks:
            numbers = ", ".join(f"@{each}" for each in java.jdks)
            raise UsageError(f"client `{name}`: there is no such JDK", remedy=f"name one of {numbers}, or none")
        ours = [(build, probe) for build, probe in listed if probe.java is java and probe.jdk == (jdk or java.jdk)]
        like, probe = min(ours, key=lambda each: _distance(each[1].product, product))
        driver = named.driver(spelling)
        return replace(like, name=name, java=replace(probe, driver=driver, product=product, spelling=spelling))
    ranges = dict.fromkeys(spelling.drivers for java in every for spelling in java.spelling.values())
    artifacts = dict.fromkeys(name for java in every for jars in java.product.values() for name in jars.artifacts)
    raise UsageError(
        f"client `{name}`: dbtls does not know this driver: {named}",
        remedy=f"it knows {', '.join(ranges)} (published as {', '.join(artifacts)}); for another, write a client.toml "
        "(`--client-dir DIR`)",
    )


def _distance(listed: Product, wanted: Product) -> tuple[bool, bool, tuple[int, ...]]:
    """The next version from the wanted one on comes first, then the newest of the older ones, then other products."""
    version, from_here = listed.version or _NONE, wanted.version or _NONE
    older = version < from_here
    return listed.name != wanted.name, older, tuple(-part if older else part for part in version.release)
