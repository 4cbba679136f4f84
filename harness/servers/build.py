"""ServerBuild: a folder with a ``server.toml`` and a Dockerfile. The folder listing is the support matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import StrictBool

from harness.errors import UsageError
from harness.locations import builtin_servers
from harness.manifest import Known, Lack, Manifest, read_manifest

BUILTIN_SERVERS = builtin_servers()


class Base(Manifest):
    """The image to build on: the official one where a registry answers, else a debootstrapped ``suite``."""

    image: str
    suite: str


class Artifact(Manifest):
    """A published binary distribution, fetched with Maven on the host and unpacked into the build as ``into``.

    ``inner`` is a tar inside the archive that holds the distribution, ``root`` the folder that becomes ``into``;
    ``keep`` are fnmatch patterns below it.
    """

    coordinates: str
    sha256: str
    inner: str | None = None
    root: str = ""
    into: str
    keep: tuple[str, ...] = ("*",)
    executable: tuple[str, ...] = ("bin/*",)


class Behaviour(Manifest):
    """Something a build does differently from others, that an expectation is computed from."""

    does: str
    reason: str
    source: str


class ServerManifest(Manifest):
    """The shape of ``server.toml``."""

    summary: str
    base: Base
    default: StrictBool = False
    artifact: tuple[Artifact, ...] = ()
    behaviour: tuple[Behaviour, ...] = ()
    lacks: tuple[Lack, ...] = ()
    known: tuple[Known, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerBuild:
    """A server that can be built: its name is its folder's."""

    name: str
    folder: Path
    manifest: ServerManifest


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
                    place=f"{found[name].folder} and {path.parent}",
                    remedy="rename one of the folders",
                )
            manifest = read_manifest(path, ServerManifest)
            found[name] = ServerBuild(name=name, folder=path.parent, manifest=manifest)
    return found
