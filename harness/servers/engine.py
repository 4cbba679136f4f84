"""The container engine: the only importer of testcontainers and docker.

A server container's life hangs on the harness three ways: its stdin is held open by us and its end ends it; it
removes itself when it ends; ``timeout`` bounds its life. What still survives is swept at the next start, by label.
"""

import contextlib
import io
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests.exceptions
from docker.models.containers import Container
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from harness import limits
from harness.errors import EngineError
from harness.owner import Owner
from harness.servers.log import PREFIX, ServerLog
from harness.servers.process import STARTING, PlacedFile, Verb

# The reaper's image cannot be assumed where no registry answers; the three ways above are the guarantee instead.
testcontainers_config.ryuk_disabled = True

OWNER_LABEL = "dbtls.owner"
SERVER_PORT = "3306/tcp"
# A shell is process 1, since coreutils 9.10's timeout ends at once with status 125 when it is that itself.
_SERVE = f"timeout -s KILL {limits.CONTAINER_LIFETIME} sh /dbtls/serve.sh; exit"
_ENGINE_FAULTS = (docker.errors.DockerException, requests.exceptions.RequestException, OSError)


@contextlib.contextmanager
def _engine_call(doing: str) -> Iterator[None]:
    try:
        yield
    except _ENGINE_FAULTS as error:
        text = str(getattr(error, "explanation", None) or error)
        remedy = "start the container engine (`make engine`), or point DOCKER_HOST at one"
        if "no space left" in text.lower():
            remedy = "free some disk space (`docker system df` tells what images hold)"
        raise EngineError(f"the container engine failed while {doing}: {text}", remedy=remedy) from error


class Engine:
    """The engine that DOCKER_HOST names, or the local one. Raises EngineError when none answers."""

    def __init__(self) -> None:
        with _engine_call("connecting to it"):
            self._docker = docker.from_env(timeout=limits.ENGINE_CALL)
            self.version = str(self._docker.version()["Version"])

    def close(self) -> None:
        self._docker.close()

    def image_id(self, reference: str) -> str | None:
        """The id of an image that is here, or None."""
        with _engine_call(f"looking for image {reference}"):
            try:
                return str(self._docker.images.get(reference).id)
            except docker.errors.ImageNotFound:
                return None

    def pull(self, reference: str) -> str | None:
        """Fetch an image from its registry; None where no registry answers or it has no such image."""
        try:
            return str(self._docker.images.pull(reference).id)
        except (docker.errors.APIError, requests.exceptions.RequestException):
            return None

    def import_tree(self, tree: Path, tag: str) -> str:
        """Make an image of a root file system in ``tree``."""
        archive = tree.with_suffix(".tar")
        with _engine_call(f"importing {tag}"):
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
        self, context: Path, *, tag: str, arguments: Mapping[str, str], say: Callable[[str], None]
    ) -> tuple[bool, list[str]]:
        """Build the folder ``context`` as ``tag``; (succeeded, output lines). ``say`` gets each line as it comes."""
        lines: list[str] = []
        with _engine_call(f"building {tag}"), _context_archive(context) as archive:
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
                    say(lines[-1])
                if "error" in part:
                    return False, lines
        return True, lines

    def start(self, image: str, owner: Owner) -> "ContainerProcess":
        """A container of a seeded image, ready to be configured and started."""
        return ContainerProcess(image, owner)

    def sweep(self) -> list[str]:
        """Remove the containers of harnesses that are no more; their names."""
        swept = []
        with _engine_call("sweeping containers of earlier runs"):
            for container in self._docker.containers.list(
                all=True, filters={"label": OWNER_LABEL}, ignore_removed=True
            ):
                owner = Owner.parse(container.labels[OWNER_LABEL])
                if owner is not None and not owner.alive():
                    with contextlib.suppress(docker.errors.NotFound):
                        container.remove(force=True, v=True)
                    swept.append(str(container.name))
        return swept


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


class ContainerProcess:
    """A server in a container of its own: data in a tmpfs, port published on loopback only."""

    def __init__(self, image: str, owner: Owner) -> None:
        self.log = ServerLog()
        self._container = DockerContainer(image)
        self._container.with_command(["sh", "-c", _SERVE])
        # testcontainers publishes on every interface; docker-py's own form names one, and testcontainers passes it on.
        self._container.ports[SERVER_PORT] = ("127.0.0.1", None)  # type: ignore[assignment]
        self._container.with_tmpfs_mount("/dbtls/data")
        self._container.with_kwargs(
            labels={OWNER_LABEL: str(owner)},
            # Named, since testcontainers would put it on the host's network when the harness itself is in a container.
            network="bridge",
            stdin_open=True,
            auto_remove=True,
            entrypoint=[],
            user="root",
        )
        with _engine_call(f"starting a container of {image}"):
            try:
                self._container.start()
                self._attach()
                self._wrapped().reload()
                published = next(iter(self._wrapped().ports.get(SERVER_PORT) or ()), None)
            except BaseException:
                self.close()
                raise
        if published is None:
            self.close()
            raise EngineError("a server container has no published port", remedy="see the engine's own log")
        self.host, self.port = str(published["HostIp"]), int(published["HostPort"])
        ready = self._answer("ready", mark=0)
        self.facts: Mapping[str, str] = dict(item.split("=", 1) for item in ready.split()[1:])

    def _wrapped(self) -> Container:
        return self._container.get_wrapped_container()

    def _attach(self) -> None:
        # Output comes through the log: what an attached socket has read past its HTTP header docker-py loses.
        self._stdin: Any = self._wrapped().attach_socket(params={"stdin": 1, "stream": 1})
        self._socket: Any = getattr(self._stdin, "_sock", self._stdin)  # docker-py's type differs by scheme
        output = self._wrapped().logs(stdout=True, stderr=True, stream=True, follow=True)
        threading.Thread(target=self._listen, args=(output,), name="server-log", daemon=True).start()

    def _listen(self, output: Iterator[bytes]) -> None:
        rest = b""
        with contextlib.suppress(*_ENGINE_FAULTS, ValueError):
            for chunk in output:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self.log.append(line.decode("utf-8", "replace"))
        self.log.end()

    def _answer(self, wanted: str, *, mark: int) -> str:
        line = self.log.wait_for(
            lambda line: line.startswith(PREFIX + wanted),
            mark=mark,
            deadline_s=limits.SERVER_STOP + limits.SERVER_READY,
        )
        if line is None:
            gone = "ended" if self.log.ended else "gave no answer"
            raise EngineError(
                f"a server container {gone} (waiting for `{wanted}`)",
                remedy="see whether the container engine is still up, and its log",
                detail=self.log.tail(limits.LOG_TAIL_LINES),
            )
        return line.removeprefix(PREFIX)

    def put(self, files: Sequence[PlacedFile]) -> None:
        owner = int(self.facts["uid"])
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for file in files:
                info = tarfile.TarInfo(file.path.lstrip("/"))
                info.size = len(file.content)
                info.mode = 0o600 if file.secret else 0o644
                info.uid = info.gid = owner
                tar.addfile(info, io.BytesIO(file.content))
        with _engine_call("placing files in a server container"):
            self._wrapped().put_archive("/", archive.getvalue())

    def command(self, verb: Verb) -> int:
        mark = self.log.mark()
        with _engine_call("commanding a server container"):
            self._socket.sendall(verb.value.encode() + b"\n")
        self._answer(STARTING, mark=mark)
        return mark

    def close(self) -> None:
        stdin = getattr(self, "_stdin", None)
        with contextlib.suppress(*_ENGINE_FAULTS):
            self._container.stop(force=True, delete_volume=True)
        if stdin is not None:
            with contextlib.suppress(OSError):
                stdin.close()
                self._socket.close()
        # Where the removal above raised, testcontainers has left its own client open.
        self._container.get_docker_client().client.close()
