"""Where a document's commands run: on this machine, or in containers of the image that a server runs in."""

import secrets
import shlex
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Protocol

from harness import limits
from harness.containers.engine import OWNER_LABEL, Engine
from harness.errors import EngineError
from harness.owner import Owner
from harness.tools import Done, run_tool

_ENGINES_OWN = {125, 126, 127}
"""What ``docker run`` ends with where it is the engine that failed, or found nothing to run in the image."""

_KILLED = 128 + 9


class Shell(Protocol):
    """Runs command lines with a POSIX shell. Safe between threads."""

    @property
    def where(self) -> str:
        """The image that it runs in; empty for this machine itself."""

    def lacking(self, programs: Sequence[str]) -> tuple[str, ...]:
        """Those of ``programs`` that are not there. Raises EngineError."""

    def run(self, script: str, *, home: Path, folder: Path, typed: str) -> Done:
        """Run ``script`` in ``folder``, ``typed`` on its input; ``home``, which holds it, is all that it can change.

        Its time is bounded (``limits.DOCUMENT_COMMAND``). Raises EngineError.
        """


class ThisMachine:
    """This machine's own shell, with its own programs; a ``Shell``. It could change more than ``home``."""

    where = ""

    def lacking(self, programs: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in programs if shutil.which(name) is None)

    def run(self, script: str, *, home: Path, folder: Path, typed: str) -> Done:
        command = ("env", "LC_ALL=C", "sh", "-c", script)
        return run_tool(command, timeout_s=limits.DOCUMENT_COMMAND, folder=folder, typed=typed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageShell:
    """The shell of ``image``, in a container for each script, without a network; a ``Shell``. Needs `docker`.

    ``programs`` is a folder of the image that is looked into before its PATH: the server's own.
    """

    engine: Engine
    image: str
    owner: Owner
    programs: PurePosixPath

    @property
    def where(self) -> str:
        return self.image

    def lacking(self, programs: Sequence[str]) -> tuple[str, ...]:
        each = " ".join(map(shlex.quote, programs))
        script = f'for program in {each}; do command -v "$program" >/dev/null || echo "$program"; done'
        return self._run(script, options=(), typed="").lines

    def run(self, script: str, *, home: Path, folder: Path, typed: str) -> Done:
        mount = f"--mount=type=bind,source={home},target={home}"
        # The user's own: the files are read, and removed, by whoever runs the harness.
        user = f"--user={home.stat().st_uid}:{home.stat().st_gid}"
        return self._run(script, options=(mount, user, f"--workdir={folder}"), typed=typed)

    def _run(self, script: str, *, options: Sequence[str], typed: str) -> Done:
        program = shutil.which("docker")
        if program is None:
            raise EngineError(
                f"commands of a document run in {self.image}, and there is no program `docker`",
                remedy="install it (`make engine`)",
            )
        name = f"dbtls-shell-{secrets.token_hex(8)}"
        command = (
            *(program, "run", "--rm", "--interactive", "--init", "--pull=never", "--network=none", "--read-only"),
            *("--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp:mode=1777", "--log-driver=none"),
            *(f"--name={name}", f"--label={OWNER_LABEL}={self.owner}", "--env=LC_ALL=C", "--env=HOME=/tmp", *options),
            *("--entrypoint=timeout", self.image, "-s", "KILL", str(limits.DOCUMENT_COMMAND)),
            # One stream: of two, the engine's command line may give the later line first.
            *("sh", "-c", f"exec 2>&1\nPATH={shlex.quote(str(self.programs))}:$PATH\n{script}"),
        )
        begun = time.monotonic()
        try:
            # Its own bound ends it, and tells so; this one is for an engine that does not.
            done = run_tool(command, timeout_s=limits.DOCUMENT_COMMAND + limits.ENGINE_CALL, typed=typed)
        finally:
            self.engine.remove(name)  # where what was killed is the command line: with it a container does not end
        if done.status in _ENGINES_OWN and not any(line.startswith("dbtls: ") for line in done.lines):
            raise EngineError(
                f"the container engine failed while running a document's command in {self.image}",
                remedy="see its last lines",
                detail=done.lines[-limits.LOG_TAIL_LINES :],
            )
        late = done.status == _KILLED and time.monotonic() - begun >= limits.DOCUMENT_COMMAND
        return replace(done, status=None) if late else done
