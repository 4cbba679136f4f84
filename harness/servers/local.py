"""Servers as plain processes of this machine, under the user who runs the harness: no container engine, no root."""

import contextlib
import os
import platform
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from harness import limits
from harness.containers.images import Images
from harness.errors import BuildUnavailable, EngineError, UsageError
from harness.locations import abandoned_run_folders, run_folder, sweep_run_folders
from harness.owner import Owner
from harness.servers.build import Folder, NamedImage, ServerBuild
from harness.servers.log import ServerLog
from harness.servers.process import INSIDE, STARTING, Layout, PlacedFile, Verb, answer
from harness.servers.shell import Shell
from harness.servers.unpacked import Unpacked, bound_by_modes, environment, identity

_LOOPBACK = "127.0.0.1"
_REMEDY = "see the server's last lines; that its folder is still there; and that this machine has memory left"


class LocalPlace:
    """Runs builds that are published binary distributions."""

    def __init__(self) -> None:
        self.images: Images | None = None
        self.description = f"plain processes, {' '.join(platform.libc_ver())}"

    def close(self) -> None:
        """There is nothing to let go of."""

    def takes(self, build: ServerBuild) -> str | None:
        match build.source:
            case NamedImage():
                return "it is an image, which runs in a container only"
            case Folder():
                return None if build.manifest.artifact else "it comes in a container only (a distribution's packages)"

    def made(self, build: ServerBuild) -> str | None:
        unpacked = Unpacked(build)
        return str(unpacked.seeded) if self.takes(build) is None and unpacked.made else None

    def make(self, build: ServerBuild, on_progress: Callable[[str], None]) -> str:
        reason = self.takes(build)
        if reason is not None:
            ways = "start a container engine (`dbtls doctor` says how), or choose a server that runs without"
            raise BuildUnavailable(reason, remedy=f"{ways}: `dbtls servers --engine local` lists them")
        unpacked = Unpacked(build)
        unpacked.make(on_progress)
        return str(unpacked.seeded)

    def identity(self, made: str) -> str:
        seeded = Path(made)
        return f"{seeded.parent.name}/{seeded.name}@{identity(seeded)}"

    def start(self, made: str, owner: Owner, *, port: int | None = None) -> "LocalProcess":
        return LocalProcess(Path(made), owner, port)

    def shell(self, made: str, owner: Owner, *, server: str) -> Shell | None:
        return None


class LocalProcess:
    """A server in a run folder of its own, on a port of 127.0.0.1, whose life hangs on the harness.

    Three ways, as in a container: its stdin is held open by us and its end ends it; ``close`` kills its process group;
    ``timeout`` bounds its life. Raises EngineError, and UsageError for a port that is taken.
    """

    host = _LOOPBACK

    def __init__(self, seeded: Path, owner: Owner, port: int | None) -> None:
        self.log = ServerLog()
        self._opened = contextlib.ExitStack()
        try:
            self.port = self._opened.enter_context(_held_port(port))
            folder = self._opened.enter_context(run_folder(owner))
            self._lay_out(folder, seeded)
            self.layout = Layout(
                root=PurePosixPath(folder),
                port=self.port,
                bind_address=_LOOPBACK,
                user="root" if os.geteuid() == 0 else None,
            )
            facts = (folder / "facts").read_text(encoding="utf-8").splitlines()
            self.facts: Mapping[str, str] = dict(fact.split("=", 1) for fact in facts)
            self._begin(folder)
            self._answer("ready", mark=0)
        except BaseException:
            self.close()
            raise

    def _lay_out(self, folder: Path, seeded: Path) -> None:
        for name in ("data", "etc", "tls"):
            (folder / name).mkdir()
        for name in ("facts", "seed", "small.cnf"):
            (folder / name).symlink_to(seeded / name)

    def _begin(self, folder: Path) -> None:
        bounded = ["timeout", "-s", "KILL", str(limits.CONTAINER_LIFETIME), "sh", f"{INSIDE}/serve.sh"]
        self._process = process = subprocess.Popen(  # noqa: S603  a build that the user named
            [*bound_by_modes(), *bounded],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if process.stdin is None or process.stdout is None:
            raise EngineError("a local server has no pipes", remedy="report this as a defect of dbtls")
        self._stdin = process.stdin
        reader = threading.Thread(target=self._listen, args=(process.stdout,), name="local-log", daemon=True)
        reader.start()
        self._opened.callback(_end, process, reader)

    def _listen(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self.log.append(line.rstrip(b"\n").decode("utf-8", "replace"))
        self.log.end()

    def _answer(self, wanted: str, *, mark: int) -> str:
        return answer(self.log, wanted, mark=mark, who="a local server", remedy=_REMEDY)

    def put(self, files: Sequence[PlacedFile]) -> None:
        for file in files:
            path = Path(file.path)
            path.parent.mkdir(exist_ok=True)
            beside = path.with_name(path.name + ".new")
            beside.unlink(missing_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(file.content)
                os.fchmod(stream.fileno(), file.access.value)
            beside.rename(path)

    def command(self, verb: Verb) -> int:
        mark = self.log.mark()
        try:
            self._stdin.write(verb.value.encode() + b"\n")
            self._stdin.flush()
        except (OSError, ValueError) as error:  # ValueError: closed under us, when a run is cut short
            raise EngineError(
                f"a local server ended (told `{verb.value}`): {error}",
                remedy=_REMEDY,
                detail=self.log.tail(limits.LOG_TAIL_LINES),
            ) from error
        self._answer(STARTING, mark=mark)
        return mark

    def close(self) -> None:
        self._opened.close()


def sweep() -> None:
    """Remove what runs that were killed have left on this machine: their servers, then their folders."""
    end_abandoned_servers()
    sweep_run_folders()


def end_abandoned_servers() -> list[int]:
    """Kill the servers whose harness is no more and whom even the end of their input did not end; their numbers.

    A process is one of them if it was started with the configuration in an abandoned run folder, and with no other.
    """
    abandoned = {f"--defaults-file={folder}/etc/my.cnf".encode() for folder in abandoned_run_folders()}
    ended = []
    for process in Path("/proc").glob("[0-9]*") if abandoned else ():
        # It may end while we look, or be somebody else's.
        with contextlib.suppress(OSError):
            if abandoned.intersection((process / "cmdline").read_bytes().split(b"\0")):
                os.kill(int(process.name), signal.SIGKILL)
                ended.append(int(process.name))
    return ended


def _end(process: subprocess.Popen[bytes], reader: threading.Thread) -> None:
    """Kill the whole group; its output ends when the last of it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    process.wait()
    reader.join(limits.SERVER_STOP)


@contextlib.contextmanager
def _held_port(wanted: int | None) -> Iterator[int]:
    """A port of loopback, ``wanted`` or any free one, that stays ours between a server's lives.

    Bound and not listening: nobody else is given it, and a server, which sets SO_REUSEADDR, may listen on it.
    Raises UsageError for a port that is not available.
    """
    with socket.socket() as holder:
        if wanted is not None:
            # What earlier connections have left in TIME_WAIT takes no port; somebody who listens does.
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((_LOOPBACK, wanted or 0))
        except OSError as error:
            if wanted is None:
                raise
            taken = "is taken" if not isinstance(error, PermissionError) else "may not be used by this user"
            raise UsageError(f"port {wanted} {taken}", remedy="choose another with --port") from error
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield int(holder.getsockname()[1])
