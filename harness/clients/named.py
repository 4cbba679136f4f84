"""Clients that no folder lists: a driver in Java by its Maven coordinates, or one on the usual JDK, named in full."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.clients.build import ClientBuild
from harness.clients.java import JavaProbe, coordinates_in, split_jdk, takes
from harness.errors import UsageError

FAMILY = "jdbc"


def with_named(builds: Mapping[str, ClientBuild], names: Sequence[str]) -> Mapping[str, ClientBuild]:
    """``builds`` and, for each of ``names`` that says so itself, the client that it names.

    ``jdbc:GROUP:ARTIFACT:VERSION`` is a driver as the registry gives it, not pinned. ``@17`` after it, or after the
    name of a client in Java, is the JDK. Raises UsageError for a driver that nobody has said how to tell things.
    """
    found = dict(builds)
    for name in names:
        if name not in found and (build := _named(builds, name)) is not None:
            found[name] = build
    return found


def _named(builds: Mapping[str, ClientBuild], name: str) -> ClientBuild | None:
    client, jdk = split_jdk(name)
    coordinates = coordinates_in(client, FAMILY)
    for build in builds.values():
        probe = build.java
        if probe is None or probe.jdk != (jdk or probe.java.jdk):
            continue
        if build.name == client:
            return replace(build, name=name)
        if coordinates is not None and takes(probe.driver, coordinates):
            return replace(build, name=name, java=_of(probe, coordinates))
    if coordinates is None:
        return None
    listed = [build.java for build in builds.values() if build.java is not None]
    if any(takes(probe.driver, coordinates) for probe in listed):
        numbers = ", ".join(dict.fromkeys(f"@{probe.jdk}" for probe in listed))
        raise UsageError(f"client `{name}`: there is no such JDK", remedy=f"name one of {numbers}, or none")
    patterns = ", ".join(dict.fromkeys(pattern for probe in listed for pattern in probe.driver.also))
    raise UsageError(
        f"client `{name}`: nobody has said how that driver is told about TLS",
        remedy=f"name one of {patterns}; or write a client.toml (`--clients DIR`)",
    )


def _of(probe: JavaProbe, coordinates: str) -> JavaProbe:
    """The same for a driver of other coordinates, which nothing pins."""
    driver = probe.driver.model_copy(update={"coordinates": coordinates, "sha256": None})
    return replace(probe, driver=driver)
