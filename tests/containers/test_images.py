"""An image is named by what it is made of."""

from pathlib import Path

import pytest

from harness.containers import images
from harness.containers.source import Artifact, Base
from harness.servers import container
from harness.servers.build import Folder, ServerBuild, ServerManifest

BASE = Base(image="debian:12", suite="bookworm")
ARTIFACT = Artifact(coordinates="g:a:1", sha256="1" * 64, root="r", into="i")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mine"
    made.mkdir()
    (made / "Dockerfile").write_text("FROM x\n")
    (made / "server.toml").write_text("summary = 'one'\n")
    return made


def _tag(folder: Path, *artifacts: Artifact, base: str = "sha256:b", summary: str = "s") -> str:
    manifest = ServerManifest(summary=summary, base=BASE, artifact=artifacts)
    build = ServerBuild(name="mine", source=Folder(folder), manifest=manifest)
    return container._seed_tag(build, images._tag(container._recipe(build, Folder(folder)), base))


def test_the_name_is_the_same_for_the_same_content(folder: Path, tmp_path: Path) -> None:
    tag = _tag(folder, ARTIFACT)
    assert tag.startswith("dbtls/seed:mine-")
    elsewhere = folder.rename(tmp_path / "elsewhere")
    assert _tag(elsewhere, ARTIFACT) == tag


def test_what_an_image_is_not_made_of_does_not_change_its_name(folder: Path) -> None:
    tag = _tag(folder)
    (folder / "server.toml").write_text("summary = 'another'\n")
    assert _tag(folder, summary="another") == tag


def test_all_that_an_image_is_made_of_changes_its_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = [_tag(folder), _tag(folder, base="sha256:c"), _tag(folder, ARTIFACT)]
    tags.append(_tag(folder, ARTIFACT.model_copy(update={"sha256": "2" * 64})))
    tags.append(_tag(folder, ARTIFACT.model_copy(update={"keep": ("bin/*",)})))
    (folder / "Dockerfile").write_text("FROM y\n")
    tags.append(_tag(folder))
    (folder / "conf").mkdir()
    (folder / "conf" / "extra").write_text("")
    tags.append(_tag(folder))
    (folder / "conf" / "extra").rename(folder / "extra")
    tags.append(_tag(folder))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "seed.sh").write_text("another")
    monkeypatch.setattr(container, "INSIDE", inside)
    tags.append(_tag(folder))
    assert len(set(tags)) == len(tags)


def test_how_an_image_is_seeded_changes_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = _tag(folder)
    monkeypatch.setattr(container, "_SEEDING", container._SEEDING + "RUN true\n")
    assert _tag(folder) != tag
