"""What an engine keeps for us, as it says itself; an image of the test's own is removed, and no other."""

import contextlib
import io
import secrets
import tarfile
import time
from collections.abc import Iterator

import docker
import pytest

from harness.containers.engine import Engine


@pytest.fixture
def tag(engine: Engine) -> Iterator[str]:
    """An image with one file in it, by the name that a seeded server would have."""
    assert engine
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        info = tarfile.TarInfo("file")
        info.size = 100_000
        tar.addfile(info, io.BytesIO(secrets.token_bytes(info.size)))
    made = f"dbtls/seed:test-{secrets.token_hex(8)}"
    repository, _, label = made.partition(":")
    with contextlib.closing(docker.from_env()) as client:
        client.api.import_image_from_data(content.getvalue(), repository=repository, tag=label)
        yield made
        with contextlib.suppress(docker.errors.ImageNotFound):
            client.images.remove(made)


def test_an_image_of_ours_is_seen_and_removed(engine: Engine, tag: str) -> None:
    (image,) = (one for one in engine.kept_images() if one.tag == tag)
    assert 100_000 <= image.size_bytes < 120_000
    assert len(image.layers) == 1
    assert not image.in_use
    assert abs(image.made_at - time.time()) < 600
    others = {one.tag for one in engine.kept_images()} - {tag}
    engine.remove_image(tag)
    assert engine.image_id(tag) is None
    assert others <= {one.tag for one in engine.kept_images()}
    engine.remove_image(tag)


def test_an_engine_says_what_it_is(engine: Engine) -> None:
    facts = engine.facts()
    assert facts.version == engine.version
    assert facts.name in {"Docker", "Podman"}
    assert facts.memory_bytes > 0
    assert facts.folder.is_absolute()
