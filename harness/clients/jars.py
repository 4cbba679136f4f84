"""What a driver's jar says of itself: which product it is, of which version, and by which class it is loaded."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import javaproperties

from harness.clients.java import Java
from harness.errors import UsageError
from harness.knowledge.product import Product

_MANIFEST = "META-INF/MANIFEST.MF"
_SERVICES = "META-INF/services/java.sql.Driver"
_POMS = "META-INF/maven/*/*/pom.properties"
_VERSIONS = ("Implementation-Version", "Bundle-Version")


@dataclass(frozen=True, slots=True, kw_only=True)
class JarContent:
    """``coordinates`` are those that Maven wrote into it, ``classes`` its drivers, ``version`` its manifest's or ''."""

    coordinates: tuple[str, ...]
    classes: tuple[str, ...]
    version: str

    def product(self, java: Java) -> Product | None:
        """The product that it is, by its coordinates or else by its classes; None for one that is unknown."""
        found = next((found for each in self.coordinates if (found := java.product_of(each)) is not None), None)
        if found is not None:
            return found
        names = (name for name, jars in java.product.items() if set(self.classes) & set(jars.classes))
        return next((Product.of(name, self.version) for name in names), None)

    def __str__(self) -> str:
        drivers = f"its drivers are {', '.join(self.classes)}" if self.classes else f"it has no {_SERVICES}"
        return f"{drivers}; {f'its version is {self.version}' if self.version else 'it does not say its version'}"


def read_jar(jar: Path) -> JarContent:
    """Raises UsageError for a jar that is missing or cannot be read."""
    try:
        with zipfile.ZipFile(jar) as archive:
            names = frozenset(archive.namelist())
            poms = [_pom(archive.read(name)) for name in sorted(names) if fnmatchcase(name, _POMS)]
            classes = _classes(archive.read(_SERVICES)) if _SERVICES in names else ()
            manifest = _attributes(archive.read(_MANIFEST)) if _MANIFEST in names else {}
    except FileNotFoundError as error:
        raise UsageError("there is no such jar", place=str(jar), remedy="correct the path") from error
    except (OSError, zipfile.BadZipFile) as error:
        remedy = "name a JDBC driver's jar, or its coordinates"
        raise UsageError(f"is no jar that can be read: {error}", place=str(jar), remedy=remedy) from error
    return JarContent(
        coordinates=tuple(pom for pom in poms if pom),
        classes=classes,
        version=next((manifest[key] for key in _VERSIONS if key in manifest), ""),
    )


def _pom(content: bytes) -> str:
    """The coordinates that a pom.properties names; an empty text where it does not."""
    try:
        found = javaproperties.loads(content)
        return f"{found['groupId']}:{found['artifactId']}:{found['version']}"
    except (ValueError, KeyError):
        return ""


def _classes(content: bytes) -> tuple[str, ...]:
    """The classes of a file of services (java.util.ServiceLoader: one a line, # begins a comment)."""
    lines = (line.partition("#")[0].strip() for line in content.decode("utf-8", "replace").splitlines())
    return tuple(line for line in lines if line)


def _attributes(content: bytes) -> Mapping[str, str]:
    """The main attributes of a jar's manifest (JAR File Specification: a line that begins with a space goes on)."""
    return dict(_main_section(content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "")))


def _main_section(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n\n", 1)[0].split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()
