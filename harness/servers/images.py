"""From a build's folder to a seeded image: base, build, seed; each made once and kept by the content it is made of."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness import limits
from harness.errors import BuildUnavailable
from harness.locations import locked
from harness.servers import maven
from harness.servers.build import Base, ServerBuild
from harness.servers.engine import Engine
from harness.tools import run_tool

INSIDE = Path(__file__).parent / "inside"
_SEEDING = "FROM {image}\nUSER root\nCOPY *.sh /dbtls/\nRUN sh /dbtls/seed.sh\nENTRYPOINT []\nCMD []\n"
_DIGEST_LENGTH = 16


class Images:
    """Makes the images of server builds with one engine. Every method raises BuildUnavailable or EngineError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._registry_answers = True

    def built(self, build: ServerBuild) -> str | None:
        """The seeded image's reference if it is here already."""
        base = self._local_base(build.manifest.base)
        tag = base and _seed_tag(build, base)
        return tag if tag and self._engine.image_id(tag) else None

    def seeded(self, build: ServerBuild, say: Callable[[str], None]) -> str:
        """The seeded image of ``build``, made now if need be; ``say`` is told each step."""
        base = self._base(build.manifest.base, say)
        tag = _seed_tag(build, base)
        with locked(f"seed-{build.name}"):
            if self._engine.image_id(tag) is None:
                say("building")
                image = self._build(build, base, say)
                say("seeding")
                self._seed(build, image, tag, say)
        return tag

    def _local_base(self, base: Base) -> str | None:
        for reference in (f"dbtls/base:{base.suite}", base.image):
            identity = self._engine.image_id(reference)
            if identity is not None:
                return identity
        return None

    def _base(self, base: Base, say: Callable[[str], None]) -> str:
        with locked(f"base-{base.suite}"):
            found = self._local_base(base)
            if found is None and self._registry_answers:
                say(f"pulling {base.image}")
                found = self._engine.pull(base.image)
                self._registry_answers = found is not None
            return found or self._debootstrapped(base.suite, say)

    def _debootstrapped(self, suite: str, say: Callable[[str], None]) -> str:
        program = shutil.which("debootstrap", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if program is None or os.geteuid() != 0:
            raise BuildUnavailable(
                f"no registry answers, and a base image of `{suite}` can be bootstrapped by root with debootstrap only",
                remedy="make a registry reachable, or run as root with debootstrap installed (`make engine` does that)",
            )
        say(f"bootstrapping {suite}")
        with tempfile.TemporaryDirectory(prefix="dbtls-base-") as scratch:
            tree = Path(scratch) / suite
            command = [program, "--variant=minbase", suite, str(tree)]
            done = run_tool(command, timeout_s=limits.DEBOOTSTRAP)
            if done.status != 0:
                raise BuildUnavailable(
                    f"`{suite}` cannot be bootstrapped",
                    remedy="check that the package archive is reachable",
                    detail=done.lines[-limits.LOG_TAIL_LINES :],
                )
            return self._engine.import_tree(tree, f"dbtls/base:{suite}")

    def _build(self, build: ServerBuild, base: str, say: Callable[[str], None]) -> str:
        tag = f"dbtls/server:{build.name}-{_digest(build, base)}"
        with tempfile.TemporaryDirectory(prefix="dbtls-build-") as scratch:
            context = Path(scratch) / "context"
            shutil.copytree(build.folder, context)
            for artifact in build.manifest.artifact:
                say(f"fetching {artifact.coordinates}")
                maven.unpack(artifact, context)
            self._make(context, tag, {"BASE": base}, f"server `{build.name}` cannot be built", say)
        return tag

    def _seed(self, build: ServerBuild, image: str, tag: str, say: Callable[[str], None]) -> None:
        with tempfile.TemporaryDirectory(prefix="dbtls-seed-") as scratch:
            context = Path(scratch) / "context"
            shutil.copytree(INSIDE, context)
            (context / "Dockerfile").write_text(_SEEDING.format(image=image), encoding="ascii")
            self._make(context, tag, {}, f"server `{build.name}` cannot be seeded", say)

    def _make(
        self, context: Path, tag: str, arguments: dict[str, str], failure: str, say: Callable[[str], None]
    ) -> None:
        succeeded, lines = self._engine.build(context, tag=tag, arguments=arguments, say=say)
        if not succeeded:
            text = "\n".join(lines)
            full = "No space left on device" in text or "no space left" in text
            raise BuildUnavailable(
                failure,
                remedy="free some disk space" if full else "see the last lines of its output",
                detail=lines[-limits.LOG_TAIL_LINES :],
            )


def _digest(build: ServerBuild, base: str) -> str:
    """Name what a build is made of: its base, its artifacts by their pinned sums, its folder's other files."""
    content = hashlib.sha256(f"{base}{build.manifest.artifact!r}".encode())
    for path in sorted(p for p in build.folder.rglob("*") if p.is_file() and p.name != "server.toml"):
        content.update(str(path.relative_to(build.folder)).encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:_DIGEST_LENGTH]


def _seed_tag(build: ServerBuild, base: str) -> str:
    content = hashlib.sha256((_digest(build, base) + _SEEDING).encode())
    for path in sorted(INSIDE.iterdir()):
        content.update(path.read_bytes())
    return f"dbtls/seed:{build.name}-{content.hexdigest()[:_DIGEST_LENGTH]}"
