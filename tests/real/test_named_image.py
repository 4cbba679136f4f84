"""Any image by name: whatever its layout, user, entrypoint and volumes; and what is told where there is no server."""

import contextlib
import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from harness.knowledge.reader import BUILTIN_KNOWLEDGE, Knowledge
from harness.servers.build import Folder
from harness.servers.container import ContainerPlace
from tests.knowledge import reach
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
PACKAGED = "FROM {image}\n"
"""No more: these builds' Dockerfiles put their distribution's server package on its base, and nothing else."""
PACKAGES = ("mysql-9.7", "mariadb-11.8")
CLIENT = "pymysql"


class Made:
    """Images that a test makes on top of builds' own, which are not the seeded ones."""

    def __init__(self, client: docker.DockerClient, fleet: Fleet) -> None:
        self._client = client
        self._fleet = fleet
        self.tags: list[str] = []

    def __call__(self, dockerfile: str, on: str = "mariadb-11.8") -> str:
        if on not in self._fleet.reached:
            pytest.skip(f"server `{on}` is not available today")
        build = DEFAULT_BUILDS[on]
        assert isinstance(build.source, Folder)
        found = (tag for one in self._client.images.list("dbtls/server") for tag in one.tags)
        below = next(tag for tag in found if f":{build.slug}-" in tag)
        tag = f"dbtls-test/{uuid.uuid4().hex}:odd"
        self._client.images.build(fileobj=io.BytesIO(dockerfile.format(image=below).encode()), tag=tag, rm=True)
        self.tags.append(tag)
        return tag


@pytest.fixture
def image(place: ContainerPlace, fleet: Fleet) -> Iterator[Made]:
    """Builds a Dockerfile on top of a build's image; everything made of it is removed afterwards."""
    client = docker.from_env()
    make = Made(client, fleet)
    yield make
    for tag in make.tags:
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


def _where_products_decide() -> list[str]:
    """The cases that come out as they do because of what is known of these servers."""
    products = [reach.SERVERS[name] for name in PACKAGES]
    known = Knowledge.read([BUILTIN_KNOWLEDGE]).known
    declared = {
        row.scenario
        for row in known
        if row.servers and any(row.holds(product, reach.CLIENTS[CLIENT]) for product in products)
    }
    # What a reload checks, what is logged of a login in the clear, and what an old version is answered.
    expected = {
        "authority-swap::order",
        "one-way::disabled_where_the_server_requires",
        "versions::not_offered_by_default",
    }
    return sorted(declared | expected)


# As long as the two builds take, twice.
@pytest.mark.timeout(900)
def test_an_image_by_name_has_the_verdicts_of_the_build_of_the_same_package(
    image: Made, dbtls: Dbtls, tmp_path: Path
) -> None:
    images = {image(PACKAGED, on=name): name for name in PACKAGES}
    servers = [word for name in (*images, *PACKAGES) for word in ("--server", name)]
    cases = [word for case in _where_products_decide() for word in ("--scenario", case)]
    path = tmp_path / "report.json"
    ended = dbtls("run", *servers, "--client", CLIENT, *cases, "--json", path)
    report = json.loads(path.read_text(encoding="utf-8"))
    verdicts: dict[str, dict[tuple[str, str], tuple[str, str]]] = {name: {} for name in (*images, *PACKAGES)}
    for case in report["cases"]:
        known = case["known"] or {"place": ""}
        verdicts[case["server"]][(case["id"], case["client"])] = (case["status"], known["place"])
    for name, package in images.items():
        assert verdicts[name] == verdicts[package]
        statuses = {status for status, _ in verdicts[name].values()}
        assert "known" in statuses
        assert not statuses & {"fail", "inconclusive"}, ended.both
