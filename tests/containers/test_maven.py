"""Published binaries: only what matches its pin is used."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.containers.maven import fetch, fetch_unpinned
from harness.containers.source import Artifact
from harness.errors import BuildUnavailable

COORDINATES = "org.example:server-linux64:1.0"
WRONG_SUM = "0" * 64
Mvn = Callable[[str], None]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("DBTLS_CACHE", str(folder))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return folder


@pytest.fixture
def mvn(tmp_path: Path, cache: Path) -> Mvn:
    """Installs an `mvn` that runs a shell script in the output folder."""

    def install(script: str) -> None:
        program = tmp_path / "bin" / "mvn"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return install


def _artifact(sha256: str) -> Artifact:
    return Artifact(coordinates=COORDINATES, sha256=sha256, into="server")


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _kept(cache: Path, content: bytes, sha256: str) -> Path:
    folder = cache / "artifacts" / sha256
    folder.mkdir(parents=True)
    path = folder / "server-linux64-1.0.jar"
    path.write_bytes(content)
    return path


def test_what_is_in_the_cache_and_matches_is_not_fetched(cache: Path) -> None:
    path = _kept(cache, b"jar", _sum(b"jar"))
    assert fetch(_artifact(_sum(b"jar"))) == path


def test_what_is_in_the_cache_and_does_not_match_is_not_kept(cache: Path) -> None:
    path = _kept(cache, b"broken off", _sum(b"jar"))
    with pytest.raises(BuildUnavailable, match="needs Maven, and there is no `mvn`"):
        fetch(_artifact(_sum(b"jar")))
    assert not path.exists()


def test_maven_is_asked_for_the_coordinates_into_the_cache(cache: Path, mvn: Mvn) -> None:
    mvn('echo "$@" > ../arguments; printf jar > server.jar')
    sha256 = _sum(b"jar")
    folder = cache / "artifacts" / sha256
    assert fetch(_artifact(sha256)) == folder / "server.jar"
    arguments = (cache / "artifacts" / "arguments").read_text().split()
    assert f"-Dartifact={COORDINATES}" in arguments
    assert f"-DoutputDirectory={folder}.fetching" in arguments
    assert list((cache / "artifacts").glob("*.fetching")) == []


def test_what_nothing_pins_is_fetched_once_and_told_by_its_sum(cache: Path, mvn: Mvn) -> None:
    mvn("printf jar > server.jar; echo >> ../count")
    path, sha256 = fetch_unpinned(COORDINATES)
    assert (path.read_bytes(), sha256) == (b"jar", _sum(b"jar"))
    assert fetch_unpinned(COORDINATES) == (path, sha256)
    assert (cache / "artifacts" / "count").read_text() == "\n"


def test_what_a_killed_maven_left_is_not_taken_for_the_artifact(cache: Path, mvn: Mvn) -> None:
    mvn("printf jar > server.jar")
    folder = cache / "artifacts" / COORDINATES.replace(":", "+")
    left = folder.with_name(f"{folder.name}.fetching")
    left.mkdir(parents=True)
    (left / "server.jar.part").write_text("ja")
    path, _ = fetch_unpinned(COORDINATES)
    assert path.read_bytes() == b"jar"
    assert list(folder.iterdir()) == [path]


def test_half_a_file_that_nothing_pins_is_not_kept(cache: Path, mvn: Mvn) -> None:
    mvn("printf ja > server.jar; exit 1")
    with pytest.raises(BuildUnavailable, match="Maven could not fetch"):
        fetch_unpinned(COORDINATES)
    assert not list((cache / "artifacts").glob("*/*.jar"))


def test_what_maven_brings_and_does_not_match_is_not_kept(cache: Path, mvn: Mvn) -> None:
    mvn("printf another > server.jar")
    with pytest.raises(BuildUnavailable) as caught:
        fetch(_artifact(WRONG_SUM))
    assert str(caught.value) == (
        f"server.jar: has SHA-256 {_sum(b'another')}, not {WRONG_SUM} as pinned; nothing was kept"
    )
    assert list((cache / "artifacts" / WRONG_SUM).iterdir()) == []


@pytest.mark.parametrize("script", ["echo 'could not resolve'; exit 1", "echo 'could not resolve'"])
def test_what_maven_does_not_bring_is_unavailable_with_its_last_lines(mvn: Mvn, script: str) -> None:
    mvn(script)
    with pytest.raises(BuildUnavailable) as caught:
        fetch(_artifact(WRONG_SUM))
    assert caught.value.what == f"Maven could not fetch `{COORDINATES}`"
    assert caught.value.detail == ("could not resolve",)
