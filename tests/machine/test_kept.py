"""What is kept, and what of it no build of today refers to."""

import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from harness.clients.image import recipe_of
from harness.containers.engine import Engine, KeptImage
from harness.containers.images import Images
from harness.machine.kept import Kept, kept
from harness.servers.container import ContainerPlace
from harness.waiting import wait_for
from tests.machine.machines import CLIENTS, SERVERS

(PUBLISHED,) = (build for build in SERVERS if build.name == "mysql-8.0.31")
PINNED = PUBLISHED.manifest.artifact[0].sha256


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / "cache"


def _put(cache: Path, name: str, content: bytes = bytes(10_000)) -> Path:
    file = cache / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def _by_name(found: Sequence[Kept]) -> dict[str, Kept]:
    return {one.name: one for one in found}


def test_where_nothing_is_kept_nothing_is_made(cache: Path) -> None:
    assert kept(SERVERS, CLIENTS, None) == []
    assert not cache.exists()


def test_what_a_build_is_made_of_is_referred_to(cache: Path) -> None:
    for name in (f"artifacts/{PINNED}/a.jar", "artifacts/g+a+1/a.jar", "locks/artifact", "local/gone-1/distribution/x"):
        _put(cache, name)
    found = _by_name(kept(SERVERS, CLIENTS, None))
    assert {name: one.can_go for name, one in found.items()} == {PINNED: False, "g+a+1": True, "gone-1": True}
    assert found["g+a+1"].size_bytes >= 10_000
    assert abs(found["g+a+1"].made_at - time.time()) < 60


def test_drivers_and_pools_are_referred_to(cache: Path) -> None:
    (client,) = (one for one in CLIENTS if one.name == "jdbc:connector-j-9")
    assert client.java is not None
    pool = client.java.java.pool[0].jar[0]
    driver = client.java.pinned
    for sha256 in (pool.sha256, driver):
        _put(cache, f"artifacts/{sha256}/a.jar")
    assert {one.name for one in kept(SERVERS, CLIENTS, None) if one.referred} == {pool.sha256, driver}
    assert not any(one.referred for one in kept(SERVERS, [], None))


def test_drivers_of_a_users_own_can_go_unless_a_probe_runs_on_them(cache: Path) -> None:
    for name in ("jars/abc/driver.jar", "python/PyMySQL-1.0.2-12ab/environment/bin/python"):
        _put(cache, name)
    runs = ["/bin/sh", "-c", "read line", str(cache / "jars" / "abc" / "driver.jar")]
    with subprocess.Popen(runs, stdin=subprocess.PIPE) as probe:
        # Popen comes back at the exec, a moment before the kernel shows the new command line.
        command_line = Path(f"/proc/{probe.pid}/cmdline")
        assert wait_for(lambda: True if runs[-1].encode() in command_line.read_bytes() else None, deadline_s=10)
        found = _by_name(kept(SERVERS, CLIENTS, None))
        assert {name: one.can_go for name, one in found.items()} == {"abc": False, "PyMySQL-1.0.2-12ab": True}
        assert probe.stdin is not None
        probe.stdin.close()
    assert all(one.can_go and one.about for one in kept(SERVERS, CLIENTS, None))


def test_of_a_kind_that_this_release_does_not_know_nothing_can_go(cache: Path) -> None:
    _put(cache, "another-releases/thing/file")
    (one,) = kept(SERVERS, CLIENTS, None)
    assert not one.can_go


def test_what_a_server_runs_from_is_in_use(cache: Path, tmp_path: Path) -> None:
    seeded = _put(cache, "local/gone-1/seeded-1/seed/x").parents[1]
    run = tmp_path / "dbtls-run-1"
    run.mkdir()
    (run / "seed").symlink_to(seeded / "seed")
    (one,) = kept(SERVERS, CLIENTS, None)
    assert (one.referred, one.in_use, one.can_go) == (False, True, False)


def test_what_is_removed_is_gone_and_nothing_else(cache: Path) -> None:
    for name in ("artifacts/g+a+1/a.jar", "artifacts/g+a+2/a.jar"):
        _put(cache, name)
    _by_name(kept(SERVERS, CLIENTS, None))["g+a+1"].remove()
    assert [path.name for path in (cache / "artifacts").iterdir()] == ["g+a+2"]


class FakeEngine:
    """An engine with these images, among them every base, by which today's tags are computed."""

    version = "28.0"

    def __init__(self, images: list[KeptImage]) -> None:
        self.images = images
        self.removed: list[str] = []

    def image_id(self, reference: str) -> str | None:
        return f"sha256:{reference}" if reference.startswith("dbtls/base:") else None

    def kept_images(self) -> list[KeptImage]:
        return self.images

    def remove_image(self, tag: str) -> None:
        self.removed.append(tag)


def _image(tag: str, size_bytes: int, *layers: str, in_use: bool = False) -> KeptImage:
    return KeptImage(tag=tag, size_bytes=size_bytes, layers=layers, made_at=1.0, in_use=in_use)


def test_an_image_counts_what_it_adds_and_goes_where_no_build_has_its_name(cache: Path) -> None:
    assert not cache.exists()
    engine = FakeEngine(
        [
            _image("dbtls/seed:old-1", 150, "base", "server", "seed"),
            _image("dbtls/server:old-1", 140, "base", "server"),
            _image("dbtls/base:bookworm", 100, "base"),
            _image("dbtls/server:same-1", 140, "base", "server", in_use=True),
        ]
    )
    found = kept(SERVERS, CLIENTS, cast(Engine, engine))
    assert {one.name: (one.kind, one.size_bytes, one.can_go) for one in found} == {
        "dbtls/seed:old-1": ("seed", 10, True),
        "dbtls/server:old-1": ("server", 40, True),
        "dbtls/base:bookworm": ("base", 100, False),
        "dbtls/server:same-1": ("server", 0, False),
    }
    found[1].remove()
    assert engine.removed == ["dbtls/server:old-1"]


def test_the_images_of_todays_builds_and_clients_stay(cache: Path) -> None:
    """Their names are asked of what makes them, so that none can be spelt otherwise here."""
    engine = FakeEngine([])
    place, images = ContainerPlace(cast(Engine, engine)), Images(cast(Engine, engine))
    tags = [tag for build in SERVERS for tag in place.images_of(build)]
    tags += [str(images.tag(recipe_of(client, client.image))) for client in CLIENTS if client.image]
    assert len(set(tags)) >= 2 * len(SERVERS) + 5
    engine.images = [_image(tag, 1, tag) for tag in dict.fromkeys(tags)]
    assert not any(one.can_go for one in kept(SERVERS, CLIENTS, cast(Engine, engine)))
    assert all(one.can_go for one in kept([], [], cast(Engine, engine)))
