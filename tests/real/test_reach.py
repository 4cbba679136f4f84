"""Clients say that they are what knowledge was tried with; servers do in test_required.py."""

from pathlib import Path

import pytest

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.clients.client import Client
from harness.clients.image import prepare
from harness.clients.process import Probe
from harness.errors import BuildUnavailable
from harness.owner import Owner
from harness.servers.container import ContainerPlace
from harness.servers.starting import quiet
from tests.knowledge import reach

DRIVERS = {
    name: build
    for name, build in discover_clients([BUILTIN_CLIENTS]).items()
    if build.java is not None and "@" not in build.reach
}


def test_a_client_is_what_is_recorded_of_it(client: Client) -> None:
    assert reach.agree(reach.CLIENTS[client.name], client.product, moves=client.build.image is not None), client.product


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_in_java_is_what_is_recorded_of_it(
    name: str, place: ContainerPlace, owner: Owner, tmp_path: Path
) -> None:
    try:
        build = prepare(DRIVERS[name], place.images, shared=tmp_path, owner=owner, on_progress=quiet)
    except BuildUnavailable as error:
        pytest.skip(f"client `{name}` unavailable: {error}")
    with Probe(build, tmp_path) as probe:
        said = Client(probe).product
    assert reach.agree(reach.CLIENTS[name], said, moves=False), said
