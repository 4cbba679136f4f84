"""Servers in containers: seeded images, and one container a server."""

import io
import shutil
import tarfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import PurePosixPath

from harness.containers.engine import Engine
from harness.containers.held import HeldContainer
from harness.containers.images import Images, Recipe
from harness.locations import locked, run_folder
from harness.model.startup import Access
from harness.owner import Owner
from harness.servers.build import Folder, NamedImage, ServerBuild
from harness.servers.log import ServerLog
from harness.servers.process import INSIDE, STARTING, Layout, PlacedFile, Verb, answer, facts_of
from harness.servers.shell import ImageShell, Shell

SERVER_PORT = 3306
_SEEDING = "FROM {image}\nUSER root\nCOPY *.sh /dbtls/\nRUN sh /dbtls/seed.sh\nENTRYPOINT []\nCMD []\n"
_LAYOUT = Layout(root=PurePosixPath("/dbtls"), port=SERVER_PORT, bind_address="0.0.0.0", user="mysql")  # noqa: S104  inside the container; it is published on loopback only


class ContainerPlace:
    """Where an engine runs servers in containers of seeded images."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._images = Images(engine)
        self.images: Images | None = self._images
        self.description = f"Docker {engine.version}"

    def close(self) -> None:
        self._engine.close()

    def takes(self, build: ServerBuild) -> str | None:
        return None

    def made(self, build: ServerBuild) -> str | None:
        *_, seed = ("", *self.images_of(build))
        return seed if seed and self._engine.image_id(seed) else None

    def images_of(self, build: ServerBuild) -> tuple[str, ...]:
        """The images that it is made as, by name, or would be, the seed last; none as long as its base is not here."""
        match build.source:
            case Folder():
                image = self._images.tag(_recipe(build, build.source))
                return () if image is None else (image, _seed_tag(build, image))
            case NamedImage(reference=reference):
                image = self._engine.image_id(reference)
                return () if image is None else (_seed_tag(build, image),)

    def make(self, build: ServerBuild, on_progress: Callable[[str], None]) -> str:
        match build.source:
            case Folder():
                image = self._images.image(_recipe(build, build.source), on_progress)
            case NamedImage(reference=reference):
                image = self._images.named(reference, on_progress)
        tag = _seed_tag(build, image)
        with locked(f"seed-{build.slug}"):
            if self._engine.image_id(tag) is None:
                on_progress("seeding")
                self._seed(build, image, tag, on_progress)
        return tag

    def identity(self, made: str) -> str:
        return f"{made}@{self._engine.image_id(made)}"

    def start(self, made: str, owner: Owner, *, port: int | None = None) -> "ContainerProcess":
        return ContainerProcess(made, owner, port)

    def shell(self, made: str, owner: Owner, *, server: str) -> Shell | None:
        if shutil.which("docker") is None:
            return None
        return ImageShell(engine=self._engine, image=made, owner=owner, programs=PurePosixPath(server).parent)

    def _seed(self, build: ServerBuild, image: str, tag: str, on_progress: Callable[[str], None]) -> None:
        with run_folder(Owner.this_process()) as scratch:
            context = scratch / "context"
            shutil.copytree(INSIDE, context)
            (context / "Dockerfile").write_text(_SEEDING.format(image=image), encoding="ascii")
            self._images.make(context, tag, {}, f"server `{build.name}` cannot be seeded", on_progress)


def _recipe(build: ServerBuild, source: Folder) -> Recipe:
    manifest = build.manifest
    return Recipe(
        kind="server",
        name=build.slug,
        folder=source.path,
        base=manifest.base,
        artifacts=manifest.artifact,
        manifest="server.toml",
    )


def _seed_tag(build: ServerBuild, image: str) -> str:
    content = sha256((image + _SEEDING).encode())
    for path in sorted(INSIDE.iterdir()):
        content.update(path.read_bytes())
    return f"dbtls/seed:{build.slug}-{content.hexdigest()[:16]}"


class ContainerProcess:
    """A server in a container of its own: data in a tmpfs, port published on loopback only."""

    layout = _LAYOUT

    def __init__(self, image: str, owner: Owner, port: int | None) -> None:
        self.log = ServerLog()
        self._held = HeldContainer(
            image,
            f"{_LAYOUT.root}/serve.sh",
            owner=owner,
            port=f"{SERVER_PORT}/tcp",
            published=port,
            data=f"{_LAYOUT.root}/data",
            line=self._heard,
        )
        self.host, self.port = self._held.host, self._held.port
        try:
            self.facts = facts_of(self._answer("ready", mark=0))
        except BaseException:
            self.close()
            raise

    def _heard(self, line: str | None) -> None:
        if line is None:
            self.log.end()
        else:
            self.log.append(line)

    def _answer(self, wanted: str, *, mark: int) -> str:
        remedy = "see whether the container engine is still up, and its log"
        return answer(self.log, wanted, mark=mark, who="a server container", remedy=remedy)

    def put(self, files: Sequence[PlacedFile]) -> None:
        user = int(self.facts["uid"])
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for file in files:
                info = tarfile.TarInfo(file.path.lstrip("/"))
                info.size = len(file.content)
                info.mode = file.access.value
                info.uid = info.gid = 0 if file.access is Access.NOT_THE_SERVER else user
                tar.addfile(info, io.BytesIO(file.content))
        self._held.put(archive.getvalue())

    def command(self, verb: Verb) -> int:
        mark = self.log.mark()
        self._held.send(verb.value)
        self._answer(STARTING, mark=mark)
        return mark

    def close(self) -> None:
        self._held.close()
