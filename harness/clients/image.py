"""Clients that run in an image of their own: the image made, and the command that starts the probe in it.

The probe's process is then the engine's own command line, with the container's pipes as its own, so nothing else has to
know of it. The container's life hangs on those pipes: it ends with standard input, as every probe does, also when the
command line is killed. ``timeout`` bounds it, and what survives all that is swept by its label.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from harness import limits
from harness.clients import environments, jvm
from harness.clients.build import ClientBuild, Image
from harness.clients.probe_process import PROBE_VARIABLES
from harness.containers.engine import OWNER_LABEL
from harness.containers.images import Images, Recipe
from harness.errors import BuildUnavailable
from harness.owner import Owner

_SCRATCH = "/run/dbtls"
_ENGINE_VARIABLES = ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
"""What docker-py reads too (docker.from_env): the command line must speak to the same engine."""


def is_made(build: ClientBuild, images: Images) -> bool:
    """Whether ``prepare`` has no image to make, so far as one can know: a client in Java may have its JDK here."""
    return build.image is None or build.java is not None or images.there(recipe_of(build, build.image))


def prepare(
    build: ClientBuild, images: Images | None, *, shared: Path, owner: Owner, on_progress: Callable[[str], None]
) -> ClientBuild:
    """``build``, ready to start: an image of its own is made now if need be; ``on_progress`` gets each step.

    ``shared`` holds every file that a request names; the container sees it under the same path, and cannot write to it.
    ``images`` is None where there is no engine. Raises BuildUnavailable, EngineError.
    """
    if build.java is not None:
        build = jvm.made(build, build.java, on_progress)
    if build.python is not None and build.python.driver is not None:
        build = environments.made(build, build.python, build.python.driver, on_progress)
    if build.image is None:
        return build
    program = shutil.which("docker")
    if images is None or program is None:
        missing = "container engine" if images is None else "program `docker`"
        raise BuildUnavailable(
            f"client `{build.name}` runs in an image of its own, and there is no {missing}",
            remedy="install it (`dbtls doctor` says how)",
        )
    tag = images.image(recipe_of(build, build.image), on_progress)
    engine = {name: os.environ[name] for name in _ENGINE_VARIABLES if name in os.environ}
    options = container_options(shared, owner, variables=(*PROBE_VARIABLES, *build.environment), mounts=build.mounts)
    run = (program, *options, tag, "-s", "KILL", str(limits.CONTAINER_LIFETIME))
    return replace(
        build,
        image=None,
        command=(*run, *build.command),
        load_command=(*run, *build.load_command) if build.load_command else (),
        environment={**build.environment, **engine},
    )


def container_options(
    shared: Path, owner: Owner, *, variables: Sequence[str], mounts: Sequence[Path] = ()
) -> tuple[str, ...]:
    """How a probe's container is run; ``variables`` are handed on with the values that the command line itself has.

    ``mounts`` it sees beside ``shared``, and can write to neither.
    """
    return (
        "run",
        "--interactive",
        "--rm",
        # Process 1 ends what is left; and coreutils 9.10's timeout cannot be process 1 itself.
        "--init",
        "--entrypoint=timeout",
        "--pull=never",
        # Answers are not to be kept in the engine's log.
        "--log-driver=none",
        # Servers are published on 127.0.0.1, and it must be that: certificates are made for it.
        "--network=host",
        f"--label={OWNER_LABEL}={owner}",
        # Keys are readable by their owner alone.
        f"--user={os.getuid()}:{os.getgid()}",
        *(f"--mount=type=bind,source={path},target={path},readonly" for path in (shared, *mounts)),
        f"--tmpfs={_SCRATCH}:mode=1777",
        f"--workdir={_SCRATCH}",
        f"--env=TMPDIR={_SCRATCH}",
        *(f"--env={name}" for name in variables),
    )


def recipe_of(build: ClientBuild, image: Image) -> Recipe:
    """What the client's image is built from."""
    return Recipe(
        kind="client",
        name=image.name or build.name,
        folder=build.folder / image.context,
        base=image.base,
        artifacts=image.artifact,
        files=tuple((Path(name).name, build.folder / name) for name in image.files),
        arguments=tuple(image.arguments.items()),
        manifest="client.toml",
    )
