"""Any image by name: whatever its layout, user, entrypoint and volumes; and what is told where there is no server."""

import contextlib
import io
import uuid
from collections.abc import Callable, Iterator

import docker
import pytest

from harness.servers.build import Folder
from harness.servers.container import ContainerPlace
from tests.real.command import Dbtls
from tests.real.fleet import DEFAULT_BUILDS, Fleet

ODD = """FROM {image}
RUN mkdir -p /srv/odd/programs && mv /usr/sbin/mariadbd /srv/odd/programs/mariadbd \\
    && echo 'odd:x:4242:4242::/srv/odd:/bin/sh' >>/etc/passwd
VOLUME /var/lib/mysql
ENV MARIADB_ROOT_PASSWORD=ignored
USER odd
WORKDIR /srv/odd
ENTRYPOINT ["/bin/false"]
CMD ["--nonsense"]
"""
NO_SERVER = "FROM {image}\nRUN rm -f /usr/sbin/mariadbd\n"
STRANGER = """FROM {image}
RUN rm -f /usr/sbin/mariadbd /usr/sbin/mysqld \\
    && printf '#!/bin/sh\\necho "mysqld  Ver 3.1 for Linux (Drizzle)"\\n' >/usr/sbin/mysqld && chmod +x /usr/sbin/mysqld
"""
Made = Callable[[str], str]


@pytest.fixture
def image(place: ContainerPlace, fleet: Fleet) -> Iterator[Made]:
    """Builds a Dockerfile on top of the mariadb-11.8 image; everything made of it is removed afterwards."""
    if "mariadb-11.8" not in fleet.reached:
        pytest.skip("server `mariadb-11.8` cannot be had today")
    build = DEFAULT_BUILDS["mariadb-11.8"]
    assert isinstance(build.source, Folder)
    # The build's own image, not the seeded one.
    client = docker.from_env()
    tags = [tag for one in client.images.list("dbtls/server") for tag in one.tags if f":{build.slug}-" in tag]
    made: list[str] = []

    def make(dockerfile: str) -> str:
        tag = f"dbtls-test/{uuid.uuid4().hex}:odd"
        client.images.build(fileobj=io.BytesIO(dockerfile.format(image=tags[0]).encode()), tag=tag, rm=True)
        made.append(tag)
        return tag

    yield make
    for tag in made:
        slug = tag.replace("/", "-").replace(":", "-")
        for one in client.images.list("dbtls/seed"):
            for seed in one.tags:
                if f":{slug}-" in seed:
                    client.images.remove(seed, force=True)
        with contextlib.suppress(docker.errors.APIError):
            client.images.remove(tag, force=True)
    client.close()


def test_an_odd_image_is_seeded_and_run(image: Made, dbtls: Dbtls) -> None:
    ended = dbtls("run", "--server", image(ODD), "--client", "pymysql", "--scenario", "two-way::*good*")
    assert ended.code == 0, ended.both


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [(NO_SERVER, "no mariadbd or mysqld below /"), (STRANGER, "is of no vendor that is known here")],
)
def test_an_image_without_a_server_that_is_known_says_so(image: Made, dbtls: Dbtls, dockerfile: str, said: str) -> None:
    ended = dbtls("run", "--server", image(dockerfile), "--client", "pymysql", "--scenario", "one-way::good_identity")
    assert ended.code == 3, ended.both
    assert "cannot be seeded" in ended.both
    assert said in ended.both


def test_an_image_that_is_nowhere_is_named(place: ContainerPlace, dbtls: Dbtls) -> None:
    ended = dbtls("run", "--server", "dbtls-test/nowhere:1", "--client", "pymysql", "-k", "one-way::good_identity")
    assert ended.code == 3, ended.both
    assert "there is no image `dbtls-test/nowhere:1` here, and no registry gives it" in ended.both
