"""Where a command's servers run: ``--engine``."""

import contextlib
from collections.abc import Iterator

import click

from harness.containers.engine import Engine
from harness.servers.container import ContainerPlace
from harness.servers.place import Place

AUTO, DOCKER, LOCAL = "auto", "docker", "local"
engine_option = click.option(
    "--engine",
    "engine_name",
    type=click.Choice([AUTO, DOCKER, LOCAL]),
    default=AUTO,
    show_default=True,
    help="Run servers in containers, or as plain processes of this machine; auto: containers if an engine answers.",
)


@contextlib.contextmanager
def opened_place(engine_name: str) -> Iterator[Place]:
    """The place that ``engine_name`` means, what earlier runs left in it swept away. Raises EngineError."""
    engine = Engine()
    engine.sweep()
    with contextlib.closing(ContainerPlace(engine)) as place:
        yield place
