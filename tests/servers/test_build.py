"""Server builds are folders; what is shipped can be read."""

from pathlib import Path

import pytest

from harness.containers.source import Base
from harness.errors import UsageError
from harness.servers.build import BUILTIN_SERVERS, Folder, ServerManifest, discover_servers

MANIFEST = 'summary = "mine"\n[base]\nimage = "debian:12"\nsuite = "bookworm"\n'
SHIPPED = discover_servers([BUILTIN_SERVERS])


def _build(folder: Path, name: str, manifest: str = MANIFEST) -> Path:
    made = folder / name
    made.mkdir(parents=True)
    (made / "server.toml").write_text(manifest)
    return made


def test_a_build_has_its_folders_name(tmp_path: Path) -> None:
    _build(tmp_path, "b")
    folder = _build(tmp_path, "a")
    (tmp_path / "no-build").mkdir()
    found = discover_servers([tmp_path])
    assert list(found) == ["a", "b"]
    assert found["a"].source == Folder(folder)
    assert found["a"].manifest == ServerManifest(summary="mine", base=Base(image="debian:12", suite="bookworm"))


def test_a_name_that_is_there_twice_is_an_error_with_both_places(tmp_path: Path) -> None:
    first, second = _build(tmp_path / "one", "a"), _build(tmp_path / "two", "a")
    with pytest.raises(UsageError) as caught:
        discover_servers([tmp_path / "one", tmp_path / "two"])
    assert str(caught.value) == f"{first} and {second}: server `a` is there twice"


def test_a_wrong_manifest_is_named_with_its_line(tmp_path: Path) -> None:
    folder = _build(tmp_path, "a", MANIFEST + '[[artifact]]\ncoordinates = "g:a:1"\nsha = "x"\n')
    with pytest.raises(UsageError) as caught:
        discover_servers([tmp_path])
    assert str(caught.value).startswith(f"{folder}/server.toml:")


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        discover_servers([tmp_path / "missing"])


def test_what_is_shipped_is_the_listing_and_some_of_it_is_the_default() -> None:
    assert set(SHIPPED) == {path.parent.name for path in BUILTIN_SERVERS.glob("*/Dockerfile")}
    assert any(build.manifest.default for build in SHIPPED.values())


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_build_says_where_to_get_it_and_nothing_about_what_it_does(name: str) -> None:
    manifest = SHIPPED[name].manifest
    assert manifest.known + manifest.lacks + manifest.behaviour == ()
    for artifact in manifest.artifact:
        assert len(artifact.sha256) == 64


def test_a_vendors_build_may_carry_rows_of_its_own(tmp_path: Path) -> None:
    row = '[[lacks]]\nwhat = "log-of-expired"\nreason = "it is quiet"\nsource = "measured"\n'
    folder = _build(tmp_path, "a", MANIFEST + row)
    (lack,) = discover_servers([tmp_path])["a"].manifest.lacks
    assert (lack.what, lack.servers, lack.place) == ("log-of-expired", (), f"{folder}/server.toml:5")
