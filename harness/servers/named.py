"""Servers that no build folder describes: any image by its reference, any folder with a Dockerfile."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import UsageError
from harness.manifest import read_manifest
from harness.servers.build import Folder, NamedImage, ServerBuild, ServerManifest


def with_named(builds: Mapping[str, ServerBuild], names: Sequence[str]) -> Mapping[str, ServerBuild]:
    """``builds`` and, for each of ``names`` that says so itself, the image or folder that it names.

    An image has a tag, a digest or a registry in its name (``mysql:8.4``, ``registry/vendor/mariadb@sha256:…``); a
    folder begins with a dot or a slash. Raises UsageError for a folder without a Dockerfile.
    """
    found = dict(builds)
    for name in names:
        if name not in found and (build := _named(name)) is not None:
            found[name] = build
    return found


def _named(name: str) -> ServerBuild | None:
    if name.startswith((".", "/")):
        return _folder(name)
    if any(mark in name for mark in ":/@"):
        return ServerBuild(name=name, source=NamedImage(name), manifest=ServerManifest(summary=f"image {name}"))
    return None


def _folder(name: str) -> ServerBuild:
    path = Path(name).resolve()
    if not path.is_dir():
        raise UsageError("there is no such folder", place=str(path), remedy="name one that holds a Dockerfile")
    if not (path / "Dockerfile").is_file():
        raise UsageError("there is no Dockerfile", place=str(path), remedy="name a folder that holds one")
    described = path / "server.toml"
    manifest = (
        read_manifest(described, ServerManifest)
        if described.is_file()
        else ServerManifest(summary=f"Dockerfile of {name}")
    )
    return ServerBuild(name=name, source=Folder(path), manifest=manifest)
