"""Published binaries: only what matches its pin is used, and only what is wanted is unpacked."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.containers.maven import fetch, fetch_unpinned, unpack
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


def _artifact(sha256: str, inner: str | None = None, root: str = "org/example/server") -> Artifact:
    return Artifact(
        coordinates=COORDINATES,
        sha256=sha256,
        inner=inner,
        root=root,
        into="server",
        keep=("bin/mysqld*", "share/*.sql"),
    )


def _files(context: Path) -> dict[str, tuple[str, int]]:
    """Path below ``context``, content and mode of everything that is there, at the far end of links too."""
    return {
        str(path.relative_to(context)): (path.read_text(), path.stat().st_mode & 0o777)
        for path in context.rglob("*")
        if path.is_file()
    }


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
    assert f"-DoutputDirectory={folder}" in arguments


def test_what_nothing_pins_is_fetched_once_and_told_by_its_sum(cache: Path, mvn: Mvn) -> None:
    mvn("printf jar > server.jar; echo >> ../count")
    path, sha256 = fetch_unpinned(COORDINATES)
    assert (path.read_bytes(), sha256) == (b"jar", _sum(b"jar"))
    assert fetch_unpinned(COORDINATES) == (path, sha256)
    assert (cache / "artifacts" / "count").read_text() == "\n"


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


def test_only_what_is_wanted_is_unpacked_with_its_mode(tmp_path: Path, cache: Path) -> None:
    jar = tmp_path / "server.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        for name in (
            "META-INF/MANIFEST.MF",
            "org/example/server/bin/",
            "org/example/server/bin/mysqld",
            "org/example/server/bin/other",
            "org/example/server/share/fill.sql",
            "org/example/server/share/fill.txt",
            "org/example/other/bin/mysqld",
            "bin/mysqld",
        ):
            archive.writestr(name, "" if name.endswith("/") else name)
    sha256 = _sum(jar.read_bytes())
    _kept(cache, jar.read_bytes(), sha256)
    context = tmp_path / "context"
    unpack(_artifact(sha256), context)
    assert _files(context) == {
        "server/bin/mysqld": ("org/example/server/bin/mysqld", 0o755),
        "server/share/fill.sql": ("org/example/server/share/fill.sql", 0o644),
    }


@pytest.mark.parametrize("root", ["", "mysql-1.0"])
def test_a_distribution_inside_an_archive_is_unpacked_alike(tmp_path: Path, cache: Path, root: str) -> None:
    packed = io.BytesIO()
    below = root and root + "/"
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in ("bin/mysqld", "bin/other", "share/fill.sql", "../share/escaped.sql"):
            info = tarfile.TarInfo(f"./{below}{name}")
            info.size = len(name)
            tar.addfile(info, io.BytesIO(name.encode()))
        link = tarfile.TarInfo(f"{below}bin/mysqld-link")
        link.type, link.linkname = tarfile.SYMTYPE, "mysqld"
        tar.addfile(link)
    jar = tmp_path / "server.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("server.tar.gz", packed.getvalue())
    sha256 = _sum(jar.read_bytes())
    _kept(cache, jar.read_bytes(), sha256)
    context = tmp_path / "context"
    unpack(_artifact(sha256, inner="server.tar.gz", root=root), context)
    assert _files(context) == {
        "server/bin/mysqld": ("bin/mysqld", 0o755),
        "server/bin/mysqld-link": ("bin/mysqld", 0o755),
        "server/share/fill.sql": ("share/fill.sql", 0o644),
    }
    assert (context / "server/bin/mysqld-link").readlink() == Path("mysqld")


def test_nothing_is_unpacked_outside_of_its_folder(tmp_path: Path, cache: Path) -> None:
    jar = tmp_path / "server.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("org/example/server/share/../../../escaped.sql", "out")
    sha256 = _sum(jar.read_bytes())
    _kept(cache, jar.read_bytes(), sha256)
    unpack(_artifact(sha256), tmp_path / "context")
    assert list(tmp_path.rglob("escaped.sql")) == []


@pytest.mark.parametrize("leads", ["/etc/passwd", "../../../../escaped"])
def test_a_link_that_leads_outside_is_not_made(tmp_path: Path, cache: Path, leads: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        link = tarfile.TarInfo("bin/mysqld")
        link.type, link.linkname = tarfile.SYMTYPE, leads
        tar.addfile(link)
    jar = tmp_path / "server.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("server.tar.gz", packed.getvalue())
    sha256 = _sum(jar.read_bytes())
    _kept(cache, jar.read_bytes(), sha256)
    with pytest.raises(BuildUnavailable, match="outside of the distribution"):
        unpack(_artifact(sha256, inner="server.tar.gz", root=""), tmp_path / "context")
    assert not (tmp_path / "context" / "server" / "bin" / "mysqld").is_symlink()
