"""ServerBuild: a folder with a ``server.toml`` and a Dockerfile, or any image by name.

The folder listing is the support matrix.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import StrictBool

from harness.containers.source import Artifact, Base
from harness.errors import UsageError
from harness.knowledge.rows import Rows
from harness.locations import builtin_servers
from harness.manifest import read_manifest

BUILTIN_SERVERS = builtin_servers()


class ServerManifest(Rows):
    """The shape of ``server.toml``: where to get a server. Rows in it are about this build alone."""

    summary: str
    base: Base | None = None
    default: StrictBool = False
    opt_in: StrictBool = False
    """Large, or long to make: meant by its name only, never by ``all``."""
    starts_slowly: StrictBool = False
    """Takes the longest to start afresh, and so to carry a run's cases out: begins before the others."""
    artifact: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """A build that is made from a folder with a Dockerfile."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image that somebody else has made: ``mysql:8.4``, ``registry/vendor/mariadb@sha256:…``."""

    reference: str

    def __str__(self) -> str:
        return f"image {self.reference}"


Source = Folder | NamedImage


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerBuild:
    """A server that is available: a build is named for its folder, an image by its reference."""

    name: str
    source: Source
    manifest: ServerManifest

    @property
    def slug(self) -> str:
        """The name with nothing in it that a file or an image tag cannot have."""
        return re.sub(r"[^a-zA-Z0-9_.-]+", "-", self.name).strip("-.")

    @property
    def reach(self) -> tuple[str, ...]:
        """Every pattern reaches it."""
        return ()

    @property
    def opt_in(self) -> bool:
        """Meant by its name alone."""
        return self.manifest.opt_in


def discover_servers(folders: Sequence[Path]) -> Mapping[str, ServerBuild]:
    """Every build below ``folders``, by name. Raises UsageError for a wrong manifest or a name that occurs twice."""
    found: dict[str, ServerBuild] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UsageError("no such folder", place=str(folder), remedy="name a folder that holds server builds")
        for path in sorted(folder.glob("*/server.toml")):
            name = path.parent.name
            if name in found:
                raise UsageError(
                    f"server `{name}` is there twice",
                    place=f"{found[name].source} and {path.parent}",
                    remedy="rename one of the folders",
                )
            manifest = read_manifest(path, ServerManifest)
            found[name] = ServerBuild(name=name, source=Folder(path.parent), manifest=manifest)
    return found
