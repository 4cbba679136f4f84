"""Clients in Java: a driver's jar, how that driver is configured, and the JDK that it runs on.

A probe in Java serves every driver. Which *product* a driver is, is known before it is started: by its Maven
coordinates, or by what its jar says of itself. A *spelling* is how some versions of a product are configured: templates
of their own properties, in which ``{path}``, ``{type}`` and ``{password}`` are a key store's, ``{ca}`` a PEM file of
the authorities that the trust store holds, ``{list}`` names with commas between, ``{milliseconds}`` the time limit, and
``{host}`` and ``{port}`` the endpoint's. What is otherwise in other versions stands in the spelling's *changes*.

A client is a driver on a JDK; its name ends in ``@`` and the JDK's number unless that is the usual one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from harness.errors import UsageError
from harness.knowledge.product import Product, Range
from harness.manifest import Manifest
from harness.model.tls import Can, Verify

Properties = Mapping[str, str]

_COORDINATES = re.compile(r"(?P<artifact>[\w.-]+:[\w.-]+):(?P<version>[\w.-]+)")
_ON = re.compile(r"(?P<client>.+)@(?P<jdk>[0-9]+)")


def _range(text: str) -> str:
    try:
        Range.parse(text)
    except UsageError as error:
        raise ValueError(error.what) from error
    return text


Drivers = Annotated[str, AfterValidator(_range)]
"""A range of drivers, as ``harness.knowledge.product`` reads them."""


class Change(Manifest):
    """What is otherwise in the versions that ``drivers`` names: each member that is there replaces the spelling's.

    Of ``verify``, those that are named; ``can_also`` and ``cannot`` are added to what the drivers can, and taken away.
    """

    drivers: Drivers
    class_name: str | None = None
    oldest: int | None = None
    can_also: frozenset[Can] = frozenset()
    cannot: frozenset[Can] = frozenset()
    speaks: tuple[str, ...] | None = None
    speaks_legacy: tuple[str, ...] | None = None
    always: Properties | None = None
    verify: Mapping[Verify, Properties] = Field(default_factory=dict)
    trust: Properties | None = None
    keys: Properties | None = None
    shipped: Properties | None = None
    legacy: Properties | None = None
    versions: Properties | None = None
    ciphers: Properties | None = None
    aliases: tuple[str, ...] | None = None


class Spelling(Manifest):
    """How the drivers in a range are configured, and what they can.

    ``class_name`` is the driver's class, ``oldest`` the JDK that it needs. ``shipped`` and ``legacy`` are said where no
    versions are named. ``aliases`` are properties that the driver takes for others of its own, and does not list.
    ``change`` says what is otherwise in some of the versions; where several do, the last one holds.
    """

    drivers: Drivers
    class_name: str
    oldest: int = 8
    url: str
    can: frozenset[Can]
    speaks: tuple[str, ...]
    speaks_legacy: tuple[str, ...] = ()
    always: Properties
    verify: Mapping[Verify, Properties]
    trust: Properties
    keys: Properties
    shipped: Properties = Field(default_factory=dict)
    legacy: Properties = Field(default_factory=dict)
    versions: Properties
    ciphers: Properties
    aliases: tuple[str, ...] = ()
    change: tuple[Change, ...] = ()

    def of(self, product: Product) -> "Spelling":
        """The spelling of just that version of a product."""
        found = self.model_copy(update={"change": ()})
        for change in self.change:
            if Range.parse(change.drivers).holds(product):
                found = found.model_copy(update=_changed(found, change))
        return found


def _changed(spelling: Spelling, change: Change) -> Mapping[str, object]:
    apart = {"drivers", "can_also", "cannot", "verify"}
    return {
        **{name: getattr(change, name) for name in change.model_fields_set - apart},
        "can": (spelling.can | change.can_also) - change.cannot,
        "verify": {
            verify: properties
            for verify, properties in {**spelling.verify, **change.verify}.items()
            if verify_needs(verify) not in change.cannot
        },
    }


def verify_needs(verify: Verify) -> Can:
    """What a driver must be capable of to be asked for that."""
    return {
        Verify.DISABLED: Can.DISABLE,
        Verify.PREFERRED: Can.PREFER,
        Verify.REQUIRED: Can.REQUIRE,
        Verify.CA: Can.VERIFY_CA,
        Verify.IDENTITY: Can.VERIFY_IDENTITY,
    }[verify]


class ProductJars(Manifest):
    """By what a product is known: Maven's group and artifact, and the classes of its ``java.sql.Driver``."""

    artifacts: tuple[str, ...]
    classes: tuple[str, ...]


class Driver(Manifest):
    """A driver's jar by its Maven coordinates; without ``sha256`` whatever the registry gives."""

    coordinates: str
    sha256: str | None = None

    def __str__(self) -> str:
        return self.coordinates


@dataclass(frozen=True, slots=True, kw_only=True)
class JarFile:
    """A user's own jar; ``class_name`` is its driver's class where that is not its spelling's."""

    path: Path
    class_name: str = ""

    def __str__(self) -> str:
        return self.path.name


class Jar(Manifest):
    """A jar by its Maven coordinates."""

    coordinates: str
    sha256: str


class JavaPool(Manifest):
    """HikariCP of one version: its jar first, then what that needs. ``oldest`` is the JDK that it runs on."""

    jar: tuple[Jar, ...] = Field(min_length=1)
    oldest: int


class Java(Manifest):
    """``[java]`` of a ``client.toml``: the probe's sources and main class, JDKs by number, products and spellings.

    ``options`` are the JVM's, and ``brief`` more of them where it serves cases and no load. ``relaxed`` are entries of
    its ``jdk.tls.disabledAlgorithms`` by how they begin, and what stands there instead where legacy crypto is allowed:
    nothing, or a lower bound. ``suites`` are TLS 1.2 suites in Java's words by OpenSSL's. In the manifest's image
    ``{jdk}`` stands for the number; a JDK that this machine has is taken instead. ``product`` is by the name that
    ranges use, ``spelling`` by any.
    """

    sources: str
    main: str
    options: tuple[str, ...]
    brief: tuple[str, ...] = ()
    jdk: str
    jdks: tuple[str, ...]
    concurrency: int
    relaxed: Properties
    suites: Mapping[str, str]
    product: Mapping[str, ProductJars]
    spelling: Mapping[str, Spelling]
    pool: tuple[JavaPool, ...] = ()

    def product_of(self, coordinates: str) -> Product | None:
        """The product that the artifact of these coordinates is, None for one that is unknown."""
        found = _COORDINATES.fullmatch(coordinates)
        if found is None:
            return None
        names = (name for name, jars in self.product.items() if found["artifact"] in jars.artifacts)
        return next((Product.of(name, found["version"]) for name in names), None)

    def spelling_of(self, product: Product) -> Spelling | None:
        """How that version of a product is configured, None where nobody has said so."""
        found = (each for each in self.spelling.values() if Range.parse(each.drivers).holds(product))
        return next((each.of(product) for each in found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class JavaProbe:
    """What a client in Java is made of before it can be started; ``harness.clients.jvm`` makes it."""

    java: Java
    driver: Driver | JarFile
    product: Product
    spelling: Spelling
    jdk: str
    sources: Path

    @property
    def pinned(self) -> str | None:
        """The SHA-256 of the driver's jar where that is given."""
        return self.driver.sha256 if isinstance(self.driver, Driver) else None

    @property
    def class_name(self) -> str:
        """The driver's class."""
        own = self.driver.class_name if isinstance(self.driver, JarFile) else ""
        return own or self.spelling.class_name

    @property
    def pool(self) -> JavaPool | None:
        """The newest that runs on its JDK."""
        runs = (pool for pool in self.java.pool if int(self.jdk) >= pool.oldest)
        return max(runs, key=lambda pool: pool.oldest, default=None)


def split_jdk(name: str) -> tuple[str, str | None]:
    """A client's name and the JDK that it names after an ``@``."""
    found = _ON.fullmatch(name)
    return (found["client"], found["jdk"]) if found else (name, None)


def coordinates_in(name: str) -> str | None:
    """``name`` if it is Maven coordinates (group, artifact and version)."""
    return name if _COORDINATES.fullmatch(name) else None
