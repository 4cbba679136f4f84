"""The container engine: images, and what earlier runs left behind."""

import contextlib
import io
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
import docker.errors
import requests.exceptions
import urllib3.exceptions
from docker.utils import parse_repository_tag

from harness import limits
from harness.errors import EngineError
from harness.owner import Owner

OWNER_LABEL = "dbtls.owner"
ENGINE_FAULTS = (docker.errors.DockerException, requests.exceptions.RequestException, OSError)

OURS = "dbtls/"
"""What the names of all images begin with that are made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """What an engine says of itself."""

    name: str
    version: str
    rootless: bool
    folder: Path
    """Where it keeps images; of an engine elsewhere, a folder of that machine."""
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptImage:
    """An image that was made here: ``layers``, the lowest first, are its own and those of what it was made on."""

    tag: str
    size_bytes: int
    """Of all its layers, which others may have as well."""
    layers: tuple[str, ...]
    made_at: float
    """In seconds since the epoch."""
    in_use: bool


@contextlib.contextmanager
def engine_call(doing: str) -> Iterator[None]:
    """Turn whatever the engine's client raises into EngineError; ``doing`` completes "failed while"."""
    try:
        yield
    except ENGINE_FAULTS as error:
        text = str(getattr(error, "explanation", None) or error)
        remedy = "start the container engine (`dbtls doctor` says how), or point DOCKER_HOST at one"
        if "no space left" in text.lower():
            remedy = "free some disk space (`docker system df` tells what images hold)"
        raise EngineError(f"the container engine failed while {doing}: {text}", remedy=remedy) from error


@dataclass(frozen=True, slots=True)
class NotPulled:
    """Why an image did not come from its registry, in the registry's or the engine's own words."""

    reason: str

    @property
    def remedy(self) -> str:
        """What to do, as far as the words tell."""
        said = self.reason.lower()
        # A limit first: Docker Hub's says "You may increase the limit by authenticating".
        if "toomanyrequests" in said or "rate limit" in said:
            return "wait until the registry's limit allows it, or log in to the registry (`docker login`)"
        if any(word in said for word in ("unauthorized", "denied", "authentication required", "no basic auth")):
            return "check its name, and log in to its registry (`docker login`) if it is a private one"
        return "check its name, or load it first (`docker load`, `docker pull`)"


class Engine:
    """The engine that DOCKER_HOST names, or the local one. Raises EngineError when none answers."""

    def __init__(self) -> None:
        with engine_call("connecting to it"):
            self._docker = docker.from_env(timeout=limits.ENGINE_CALL)
            self.version = str(self._docker.version()["Version"])

    def close(self) -> None:
        self._docker.close()

    def facts(self) -> EngineFacts:
        """What it is."""
        with engine_call("asking what it is"):
            about, version = self._docker.info(), self._docker.version()
        parts = [str(part["Name"]) for part in version.get("Components") or ()]
        return EngineFacts(
            name="Podman" if any("podman" in part.lower() for part in parts) else "Docker",
            version=self.version,
            rootless=any("rootless" in option for option in about.get("SecurityOptions") or ()),
            folder=Path(about["DockerRootDir"]),
            memory_bytes=int(about["MemTotal"]),
        )

    def kept_images(self) -> list[KeptImage]:
        """Every image that was made here, by this harness or another one."""
        with engine_call("asking what images hold"):
            images = self._docker.df()["Images"] or ()
        return [
            KeptImage(
                tag=tag,
                size_bytes=int(image["Size"]),
                layers=tuple(self._docker.images.get(image["Id"]).attrs["RootFS"].get("Layers") or ()),
                made_at=float(image["Created"]),
                in_use=image["Containers"] > 0,
            )
            for image in images
            for tag in image["RepoTags"] or ()
            if tag.startswith(OURS)
        ]

    def remove_image(self, tag: str) -> None:
        """Remove an image by its name; it is no fault when it is gone already. Raises EngineError for one in use."""
        with engine_call(f"removing image {tag}"), contextlib.suppress(docker.errors.ImageNotFound):
            self._docker.images.remove(tag)

    def image_id(self, reference: str) -> str | None:
        """The id of an image that is here, or None."""
        with engine_call(f"looking for image {reference}"):
            try:
                return str(self._docker.images.get(reference).id)
            except docker.errors.ImageNotFound:
                return None

    def pull(self, reference: str) -> "str | NotPulled":
        """Fetch an image from its registry; its id, or why it is not here now."""
        repository, tag = parse_repository_tag(reference)
        try:
            # Not docker-py's `images.pull`, which reads past what the registry says behind the first lines.
            for part in self._docker.api.pull(repository, tag=tag or "latest", stream=True, decode=True):
                if "error" in part:
                    return NotPulled(str(part["error"]))
        except docker.errors.APIError as error:
            return NotPulled(str(error.explanation or error))
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            return NotPulled(f"the engine gave no answer: {error}")
        identity = self.image_id(reference)
        return NotPulled("the engine does not have it after it was pulled") if identity is None else identity

    def import_tree(self, tree: Path, tag: str) -> str:
        """Make an image of a root file system in ``tree``."""
        archive = tree.with_suffix(".tar")
        with engine_call(f"importing {tag}"):
            with tarfile.open(archive, "w") as tar:
                tar.add(tree, arcname=".")
            repository, _, label = tag.partition(":")
            self._docker.api.import_image_from_file(str(archive), repository=repository, tag=label)
        archive.unlink()
        identity = self.image_id(tag)
        if identity is None:
            raise EngineError(f"image {tag} is not there after its import", remedy="see the engine's own log")
        return identity

    def build(
        self, context: Path, *, tag: str, arguments: Mapping[str, str], on_progress: Callable[[str], None]
    ) -> tuple[bool, list[str]]:
        """Build the folder ``context`` as ``tag``; (succeeded, output lines). ``on_progress`` gets each line."""
        lines: list[str] = []
        with engine_call(f"building {tag}"), _context_archive(context) as archive:
            for part in self._docker.api.build(
                fileobj=archive,
                custom_context=True,
                tag=tag,
                buildargs=dict(arguments),
                rm=True,
                forcerm=True,
                decode=True,
            ):
                text = str(part.get("stream") or part.get("error") or "").strip()
                if text:
                    lines.extend(text.splitlines())
                    on_progress(lines[-1])
                if "error" in part:
                    return False, lines
        return True, lines

    def remove(self, name: str) -> None:
        """Kill and remove the container of that name; nothing if there is none."""
        with engine_call(f"removing container {name}"), _whoever_removes():
            self._docker.containers.get(name).remove(force=True, v=True)

    def sweep(self) -> list[str]:
        """Remove the containers of harnesses that are no more; their names."""
        swept = []
        with engine_call("sweeping containers of earlier runs"):
            for container in self._docker.containers.list(
                all=True, filters={"label": OWNER_LABEL}, ignore_removed=True
            ):
                owner = Owner.parse(container.labels[OWNER_LABEL])
                if owner is not None and not owner.alive():
                    with _whoever_removes():
                        container.remove(force=True, v=True)
                    swept.append(str(container.name))
        return swept


@contextlib.contextmanager
def _whoever_removes() -> Iterator[None]:
    """Remove a container that others, and the engine itself at its end, may be removing as well: it goes all the same.

    Once it has gone the engine answers 404, and 409 until then.
    """
    try:
        yield
    except docker.errors.NotFound:
        pass
    except docker.errors.APIError as error:
        if "already in progress" not in str(error.explanation):
            raise


@contextlib.contextmanager
def _context_archive(context: Path) -> Iterator[io.BufferedReader]:
    archive = context.with_name(context.name + ".tar")
    try:
        with tarfile.open(archive, "w") as tar:
            tar.add(context, arcname=".", filter=_reproducible)
        with archive.open("rb") as stream:
            yield stream
    finally:
        archive.unlink(missing_ok=True)


def _reproducible(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Owner and time do not belong to an image's content, and would defeat the engine's build cache."""
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = 0
    return info
