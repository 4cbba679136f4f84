"""Clients in Java: a driver's jar, how that driver is told things, and the JDK that it runs on.

A probe in Java serves every driver. A *spelling* is how a family of drivers is told what a request asks for: templates
of their own properties, in which ``{path}``, ``{type}`` and ``{password}`` are a key store's, ``{list}`` names with
commas between, ``{milliseconds}`` the time limit, and ``{host}`` and ``{port}`` the endpoint's. A client is a driver on
a JDK; its name ends in ``@`` and the JDK's number unless that is the usual one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field

from harness.manifest import Manifest
from harness.model.tls import Can, Verify

Properties = Mapping[str, str]

_COORDINATES = re.compile(r"(?P<coordinates>[\w.-]+:[\w.-]+:[\w.-]+)")
_ON = re.compile(r"(?P<client>.+)@(?P<jdk>[0-9]+)")


class Spelling(Manifest):
    """How a family of drivers is told what a request asks for, and what those drivers can.

    ``shipped`` and ``legacy`` are said where no versions are named. ``socket`` are the members that lead from a
    connection to its socket, methods with parentheses: drivers have no other way to show the server's certificate.
    """

    url: str
    can: frozenset[Can]
    speaks: tuple[str, ...]
    speaks_legacy: tuple[str, ...] = ()
    socket: tuple[str, ...]
    always: Properties
    verify: Mapping[Verify, Properties]
    trust: Properties
    keys: Properties
    shipped: Properties = Field(default_factory=dict)
    legacy: Properties = Field(default_factory=dict)
    versions: Properties
    ciphers: Properties


class Driver(Manifest):
    """A driver's jar by its Maven coordinates; without ``sha256`` whatever the registry gives.

    ``also`` are fnmatch patterns over coordinates of other drivers that are the same in all that this manifest says.
    ``oldest`` is the JDK that its classes need.
    """

    coordinates: str
    sha256: str | None = None
    class_name: str
    spelling: str
    also: tuple[str, ...] = ()
    oldest: int = 8


class Jar(Manifest):
    """A jar by its Maven coordinates."""

    coordinates: str
    sha256: str


class JavaPool(Manifest):
    """HikariCP of one version: its jar first, then what that needs. ``oldest`` is the JDK that it runs on."""

    jar: tuple[Jar, ...] = Field(min_length=1)
    oldest: int


class Java(Manifest):
    """``[java]`` of a ``client.toml``: the probe's sources and main class, JDKs by number, spellings by name.

    ``options`` are the JVM's, and ``brief`` more of them where it serves cases and no load. ``relaxed`` are entries of
    its ``jdk.tls.disabledAlgorithms`` by how they begin, and what stands there instead where legacy crypto is allowed:
    nothing, or a lower bound. ``suites`` are TLS 1.2 suites in Java's words by OpenSSL's. In the manifest's image
    ``{jdk}`` stands for the number; a JDK that this machine has is taken instead.
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
    spelling: Mapping[str, Spelling]
    pool: tuple[JavaPool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JavaProbe:
    """What a client in Java is made of before it can be started; ``harness.clients.jvm`` makes it."""

    java: Java
    driver: Driver
    jdk: str
    sources: Path

    @property
    def spelling(self) -> Spelling:
        return self.java.spelling[self.driver.spelling]

    @property
    def pool(self) -> JavaPool | None:
        """The newest that runs on its JDK."""
        runs = (pool for pool in self.java.pool if int(self.jdk) >= pool.oldest)
        return max(runs, key=lambda pool: pool.oldest, default=None)


def split_jdk(name: str) -> tuple[str, str | None]:
    """A client's name and the JDK that it names after an ``@``."""
    found = _ON.fullmatch(name)
    return (found["client"], found["jdk"]) if found else (name, None)


def coordinates_in(name: str, family: str) -> str | None:
    """The Maven coordinates (group, artifact and version) that a client's name has after ``family:``."""
    found = _COORDINATES.fullmatch(name.removeprefix(f"{family}:")) if name.startswith(f"{family}:") else None
    return found and found["coordinates"]


def takes(driver: Driver, coordinates: str) -> bool:
    """Whether ``driver`` stands for a user's own of these coordinates."""
    return any(fnmatchcase(coordinates, pattern) for pattern in driver.also)
