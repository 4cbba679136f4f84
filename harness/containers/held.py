"""HeldContainer: a container whose life hangs on the harness.

Three ways: its stdin is held open by us and its end ends it; it removes itself when it ends; ``timeout`` bounds its
life. What still survives is swept at the next start, by label.
"""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

from docker.models.containers import Container
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from harness import limits
from harness.containers.engine import ENGINE_FAULTS, OWNER_LABEL, engine_call
from harness.errors import EngineError, UsageError
from harness.owner import Owner

# The reaper's image cannot be assumed where no registry answers; the three ways above are the guarantee instead.
testcontainers_config.ryuk_disabled = True


class HeldContainer:
    """A container that runs the shell ``script`` as root, with one port published on loopback only.

    ``line`` gets each line of its output, in a thread of its own, and None at its end. ``data`` is a path kept in
    memory; ``published`` the port on 127.0.0.1, None for any free one. Raises EngineError, and UsageError for a port
    that is taken.
    """

    def __init__(
        self,
        image: str,
        script: str,
        *,
        owner: Owner,
        port: str,
        published: int | None,
        data: str,
        line: Callable[[str | None], None],
    ) -> None:
        self._line = line
        self._container = DockerContainer(image)
        # A shell is process 1, since coreutils 9.10's timeout ends at once with status 125 when it is that itself.
        self._container.with_command(["sh", "-c", f"timeout -s KILL {limits.CONTAINER_LIFETIME} sh {script}; exit"])
        # testcontainers publishes on every interface; docker-py's own form names one, and testcontainers passes it on.
        self._container.ports[port] = ("127.0.0.1", published)  # type: ignore[assignment]
        self._container.with_tmpfs_mount(data)
        self._container.with_kwargs(
            labels={OWNER_LABEL: str(owner)},
            # Named, since testcontainers would put it on the host's network when the harness itself is in a container.
            network="bridge",
            stdin_open=True,
            auto_remove=True,
            entrypoint=[],
            user="root",
        )
        try:
            with engine_call(f"starting a container of {image}"):
                try:
                    self._container.start()
                    self._attach()
                    self._wrapped().reload()
                    binding = next(iter(self._wrapped().ports.get(port) or ()), None)
                except BaseException:
                    self.close()
                    raise
        except EngineError as error:
            # The engine's own allocator, and the kernel where something else has it.
            if published is not None and re.search("already (allocated|in use)", str(error)):
                raise UsageError(f"port {published} is taken", remedy="choose another with --port") from error
            raise
        if binding is None:
            self.close()
            raise EngineError("a container has no published port", remedy="see the engine's own log")
        self.host, self.port = str(binding["HostIp"]), int(binding["HostPort"])

    def _wrapped(self) -> Container:
        return self._container.get_wrapped_container()

    def _attach(self) -> None:
        # Output comes through the log: what an attached socket has read past its HTTP header docker-py loses.
        self._stdin: Any = self._wrapped().attach_socket(params={"stdin": 1, "stream": 1})
        self._socket: Any = getattr(self._stdin, "_sock", self._stdin)  # docker-py's type differs by scheme
        output = self._wrapped().logs(stdout=True, stderr=True, stream=True, follow=True)
        threading.Thread(target=self._listen, args=(output,), name="container-log", daemon=True).start()

    def _listen(self, output: Iterator[bytes]) -> None:
        rest = b""
        with contextlib.suppress(*ENGINE_FAULTS, ValueError):
            for chunk in output:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._line(line.decode("utf-8", "replace"))
        self._line(None)

    def send(self, line: str) -> None:
        """Write a line to its stdin."""
        with engine_call("commanding a container"):
            self._socket.sendall(line.encode() + b"\n")

    def put(self, archive: bytes) -> None:
        """Unpack a tar at the root of its file system."""
        with engine_call("placing files in a container"):
            self._wrapped().put_archive("/", archive)

    def close(self) -> None:
        """End and remove it, and its anonymous volumes with it."""
        stdin = getattr(self, "_stdin", None)
        with contextlib.ExitStack() as closing:
            # Where the removal below raises, testcontainers leaves its own client open.
            closing.callback(self._container.get_docker_client().client.close)
            if stdin is not None:
                closing.enter_context(contextlib.suppress(OSError))
                closing.callback(self._socket.close)
                closing.callback(stdin.close)
            closing.enter_context(contextlib.suppress(*ENGINE_FAULTS))
            self._container.stop(force=True, delete_volume=True)
