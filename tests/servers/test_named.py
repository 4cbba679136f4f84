"""Servers by image reference or by a folder with a Dockerfile."""

from pathlib import Path

import pytest

from harness.containers.source import Base
from harness.errors import UsageError
from harness.names import chosen
from harness.servers.build import Folder, NamedImage, ServerBuild, ServerManifest
from harness.servers.named import with_named

OURS = {
    "mysql-9.7": ServerBuild(
        name="mysql-9.7",
        source=Folder(Path("/nowhere")),
        manifest=ServerManifest(summary="ours", base=Base(image="i", suite="s")),
    )
}


@pytest.mark.parametrize(
    ("reference", "slug"),
    [
        ("mysql:8.4", "mysql-8.4"),
        ("example/vendor/mariadb@sha256:" + "0" * 64, "example-vendor-mariadb-sha256-" + "0" * 64),
        ("localhost:5000/mine", "localhost-5000-mine"),
    ],
)
def test_an_image_is_a_server_by_its_reference(reference: str, slug: str) -> None:
    (build,) = chosen("server", with_named(OURS, [reference]), [reference], [])
    assert (build.name, build.slug, build.source) == (reference, slug, NamedImage(reference))
    assert build.manifest.base is None


def test_a_folder_with_a_dockerfile_is_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    build = with_named(OURS, ["./mine"])["./mine"]
    assert (build.slug, build.source) == ("mine", Folder(tmp_path / "mine"))
    (tmp_path / "mine" / "server.toml").write_text('summary = "described"\n')
    assert with_named(OURS, ["./mine"])["./mine"].manifest.summary == "described"


def test_a_folder_without_a_dockerfile_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{tmp_path}: there is no Dockerfile"):
        with_named(OURS, [str(tmp_path)])


@pytest.mark.parametrize("name", ["mysql-9.7", "mysql-9.8", "mysql-*", "all"])
def test_other_names_are_left_to_the_builds(name: str) -> None:
    assert with_named(OURS, [name]) == OURS
