"""From a folder with a Dockerfile to an image: base and build, each made once and named by what it is made of."""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import limits
from harness.containers import maven
from harness.containers.engine import Engine, NotPulled
from harness.containers.source import Artifact, Base
from harness.errors import BuildUnavailable
from harness.locations import locked, run_folder
from harness.owner import Owner
from harness.tools import run_tool

_DIGEST_LENGTH = 16
_BYTECODE = "__pycache__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What an image is built from: a folder with a Dockerfile, its base (handed on as ``ARG BASE``), its artifacts.

    ``kind`` and ``name`` make the image's name; ``files`` are further files of the build context, by name;
    ``arguments`` are more build arguments;
    ``manifest`` is the file of the folder that says things which the image is not made of.
    """

    kind: str
    name: str
    folder: Path
    base: Base | None = None
    artifacts: tuple[Artifact, ...] = ()
    files: tuple[tuple[str, Path], ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    manifest: str

    def digest(self, base: str) -> str:
        """Names the content: the base, artifacts by their pinned sums, the folder's files."""
        content = hashlib.sha256(f"{base}{self.artifacts!r}{self.arguments or ''}".encode())
        found = {
            str(path.relative_to(self.folder)): path
            for path in self.folder.rglob("*")
            if path.is_file() and path.parent.name != _BYTECODE
        }
        for name, path in sorted((found | dict(self.files)).items()):
            if name != self.manifest:
                content.update(name.encode() + b"\0" + path.read_bytes())
        return content.hexdigest()[:_DIGEST_LENGTH]


class Images:
    """Makes images with one engine. Every method raises BuildUnavailable or EngineError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._no_registry: NotPulled | None = None
        """Why there was no base image from a registry, which is asked once."""

    def tag(self, recipe: Recipe) -> str | None:
        """The name that the image has, or would have; None as long as its base is not here."""
        if recipe.base is None:
            return _tag(recipe, "")
        base = self._local_base(recipe.base)
        return base and _tag(recipe, base)

    def there(self, recipe: Recipe) -> bool:
        """Whether ``image`` has nothing to make."""
        tag = self.tag(recipe)
        return tag is not None and self._engine.image_id(tag) is not None

    def image(self, recipe: Recipe, on_progress: Callable[[str], None]) -> str:
        """The image of ``recipe`` by name, made now if need be; ``on_progress`` is told each step."""
        base = "" if recipe.base is None else self._base(recipe.base, on_progress)
        tag = _tag(recipe, base)
        with locked(f"{recipe.kind}-{recipe.name}"):
            if self._engine.image_id(tag) is None:
                on_progress("building")
                self._build(recipe, base, tag, on_progress)
        return tag

    def named(self, reference: str, on_progress: Callable[[str], None]) -> str:
        """The id of an image that somebody else has made: as it is here, else from its registry."""
        found = self._engine.image_id(reference)
        if found is not None:
            return found
        on_progress(f"pulling {reference}")
        pulled = self._engine.pull(reference)
        if isinstance(pulled, NotPulled):
            raise BuildUnavailable(
                f"there is no image `{reference}` here, and no registry gives it: {pulled.reason}",
                remedy=pulled.remedy,
            )
        return pulled

    def make(
        self, context: Path, tag: str, arguments: Mapping[str, str], failure: str, on_progress: Callable[[str], None]
    ) -> None:
        """Build the folder ``context`` as ``tag``; ``failure`` is what is said if it cannot be."""
        succeeded, lines = self._engine.build(context, tag=tag, arguments=arguments, on_progress=on_progress)
        if not succeeded:
            text = "\n".join(lines)
            full = "No space left on device" in text or "no space left" in text
            raise BuildUnavailable(
                failure,
                remedy="free some disk space" if full else "see the last lines of its output",
                detail=lines[-limits.LOG_TAIL_LINES :],
            )

    def _local_base(self, base: Base) -> str | None:
        for reference in (f"dbtls/base:{base.suite}", base.image):
            identity = self._engine.image_id(reference)
            if identity is not None:
                return identity
        return None

    def _base(self, base: Base, on_progress: Callable[[str], None]) -> str:
        with locked(f"base-{base.suite}"):
            found = self._local_base(base)
            if found is not None:
                return found
            if self._no_registry is None:
                on_progress(f"pulling {base.image}")
                pulled = self._engine.pull(base.image)
                if not isinstance(pulled, NotPulled):
                    return pulled
                self._no_registry = pulled
            return self._debootstrapped(base.suite, self._no_registry, on_progress)

    def _debootstrapped(self, suite: str, pulled: NotPulled, on_progress: Callable[[str], None]) -> str:
        program = shutil.which("debootstrap", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if program is None or os.geteuid() != 0:
            raise BuildUnavailable(
                f"no registry gives a base image of `{suite}` ({pulled.reason}), and root alone can bootstrap one",
                remedy="make a registry reachable, or run as root with debootstrap installed (`dbtls doctor` says how)",
            )
        on_progress(f"bootstrapping {suite}")
        with run_folder(Owner.this_process()) as scratch:
            tree = scratch / suite
            command = [program, "--variant=minbase", suite, str(tree)]
            done = run_tool(command, timeout_s=limits.DEBOOTSTRAP)
            if done.status != 0:
                raise BuildUnavailable(
                    f"`{suite}` cannot be bootstrapped",
                    remedy="check that the package archive is reachable",
                    detail=done.lines[-limits.LOG_TAIL_LINES :],
                )
            return self._engine.import_tree(tree, f"dbtls/base:{suite}")

    def _build(self, recipe: Recipe, base: str, tag: str, on_progress: Callable[[str], None]) -> None:
        with run_folder(Owner.this_process()) as scratch:
            context = scratch / "context"
            shutil.copytree(recipe.folder, context, ignore=shutil.ignore_patterns(_BYTECODE))
            for name, path in recipe.files:
                shutil.copyfile(path, context / name)
            for artifact in recipe.artifacts:
                on_progress(f"fetching {artifact.coordinates}")
                maven.unpack(artifact, context)
            arguments = {**({"BASE": base} if base else {}), **dict(recipe.arguments)}
            self.make(context, tag, arguments, f"{recipe.kind} `{recipe.name}` cannot be built", on_progress)


def _tag(recipe: Recipe, base: str) -> str:
    return f"dbtls/{recipe.kind}:{recipe.name}-{recipe.digest(base)}"
