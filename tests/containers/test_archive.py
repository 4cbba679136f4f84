"""Archives: what is wanted is unpacked with its mode, and whatever an archive says, nothing outside is touched."""

import io
import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from harness.containers.archive import unpack_archive
from harness.containers.source import Artifact
from harness.errors import BuildUnavailable

_INNER = "server.tar.gz"
EVERYTHING = ("*",)


def _artifact(
    inner: str | None = None,
    root: str = "org/example/server",
    keep: tuple[str, ...] = ("bin/mysqld*", "share/*.sql"),
) -> Artifact:
    return Artifact(coordinates="org.example:server:1.0", sha256="", inner=inner, root=root, into="server", keep=keep)


def _zip(folder: Path, entries: Iterable[tuple[str, bytes]], name: str = "server.jar") -> Path:
    file = folder / name
    with zipfile.ZipFile(file, "w") as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return file


def _file(name: str, content: str | None = None) -> tuple[tarfile.TarInfo, bytes]:
    data = (name if content is None else content).encode()
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data


def _member(kind: bytes, name: str, leads: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, leads
    return info, b""


def _link(name: str, leads: str) -> tuple[tarfile.TarInfo, bytes]:
    return _member(tarfile.SYMTYPE, name, leads)


def _tar(folder: Path, members: Sequence[tuple[tarfile.TarInfo, bytes]], name: str = "server.jar") -> Path:
    """A tar in a zip, as distributions come."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return _zip(folder, [(_INNER, packed.getvalue())], name)


def _files(context: Path) -> dict[str, tuple[str, int]]:
    """Path below ``context``, content and mode of everything that is there, at the far end of links too."""
    return {
        str(path.relative_to(context)): (path.read_text(), path.stat().st_mode & 0o777)
        for path in context.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """Deep enough for what climbs out of it to land where the tests look."""
    return tmp_path / "deep" / "context"


def _outside(tmp_path: Path, context: Path) -> list[str]:
    """What there is beside the archive and the context, by path."""
    found = (path for path in tmp_path.rglob("*") if path.is_symlink() or not path.is_dir())
    return [str(path) for path in found if path.suffix != ".jar" and not path.is_relative_to(context)]


def test_only_what_is_wanted_is_unpacked_with_its_mode(tmp_path: Path, context: Path) -> None:
    names = (
        "META-INF/MANIFEST.MF",
        "org/example/server/bin/",
        "org/example/server/bin/mysqld",
        "org/example/server/bin/other",
        "org/example/server/share/fill.sql",
        "org/example/server/share/fill.txt",
        "org/example/other/bin/mysqld",
        "bin/mysqld",
    )
    jar = _zip(tmp_path, [(name, b"" if name.endswith("/") else name.encode()) for name in names])
    unpack_archive(jar, _artifact(), context)
    assert _files(context) == {
        "server/bin/mysqld": ("org/example/server/bin/mysqld", 0o755),
        "server/share/fill.sql": ("org/example/server/share/fill.sql", 0o644),
    }


@pytest.mark.parametrize("root", ["", "mysql-1.0"])
def test_a_distribution_inside_an_archive_is_unpacked_alike(tmp_path: Path, context: Path, root: str) -> None:
    below = root and root + "/"
    names = ("bin/mysqld", "bin/other", "share/fill.sql", "../share/escaped.sql")
    members = [_file(f"./{below}{name}", name) for name in names]
    jar = _tar(tmp_path, [*members, _link(f"{below}bin/mysqld-link", "mysqld")])
    unpack_archive(jar, _artifact(_INNER, root), context)
    assert _files(context) == {
        "server/bin/mysqld": ("bin/mysqld", 0o755),
        "server/bin/mysqld-link": ("bin/mysqld", 0o755),
        "server/share/fill.sql": ("share/fill.sql", 0o644),
    }
    assert (context / "server/bin/mysqld-link").readlink() == Path("mysqld")


def test_a_hard_link_is_one_more_name_of_a_file_with_a_mode_of_its_own(tmp_path: Path, context: Path) -> None:
    members = [_file("./bin/mysqld"), _member(tarfile.LNKTYPE, "./share/copy.sql", "./bin/mysqld")]
    unpack_archive(_tar(tmp_path, members), _artifact(_INNER, ""), context)
    assert _files(context) == {
        "server/bin/mysqld": ("./bin/mysqld", 0o755),
        "server/share/copy.sql": ("./bin/mysqld", 0o644),
    }


def test_a_link_to_a_library_beside_its_folder_is_kept(tmp_path: Path, context: Path) -> None:
    members = [_link("bin/mysqld", "../lib/private/mysqld.real"), _file("lib/private/mysqld.real")]
    unpack_archive(_tar(tmp_path, members), _artifact(_INNER, "", EVERYTHING), context)
    assert (context / "server/bin/mysqld").read_text() == "lib/private/mysqld.real"


def test_nothing_is_unpacked_outside_of_its_folder(tmp_path: Path, context: Path) -> None:
    jar = _zip(tmp_path, [("org/example/server/share/../../../escaped.sql", b"out")])
    unpack_archive(jar, _artifact(), context)
    assert list(tmp_path.rglob("escaped.sql")) == []


@pytest.mark.parametrize("inner", [None, _INNER])
@pytest.mark.parametrize("root", ["", "org/example"])
def test_an_absolute_name_is_refused(tmp_path: Path, context: Path, inner: str | None, root: str) -> None:
    escaped = tmp_path / "escaped"
    name = f"{root}/{escaped}" if root else str(escaped)  # root//absolute: joined to a folder it would win
    jar = _zip(tmp_path, [(name, b"out")]) if inner is None else _tar(tmp_path, [_file(name, "out")])
    with pytest.raises(BuildUnavailable, match="is an absolute name, outside of the distribution"):
        unpack_archive(jar, _artifact(inner, root, EVERYTHING), context)
    assert _outside(tmp_path, context) == []


@pytest.mark.parametrize("leads", ["/etc/passwd", "../../../../escaped", "../../.."])
def test_a_link_that_leads_outside_is_not_made(tmp_path: Path, context: Path, leads: str) -> None:
    jar = _tar(tmp_path, [_link("bin/mysqld", leads)])
    with pytest.raises(BuildUnavailable, match="outside of the distribution"):
        unpack_archive(jar, _artifact(_INNER, ""), context)
    assert not (context / "server" / "bin" / "mysqld").is_symlink()


_CHAINS = {
    "each inside by its words": [_link("a/l", ".."), _link("a/m", "l/../.."), _file("a/m/escaped")],
    "the files in front": [_file("a/m/escaped"), _link("a/l", ".."), _link("a/m", "l/../..")],
    "longer": [
        *(_link(f"a/b/{number}", ".." if number == 0 else f"{number - 1}/..") for number in range(4)),
        _file("a/b/3/escaped"),
    ],
    "the far end first": [_link("a/m", "n/../../.."), _link("a/n", ".")],
    "in a circle": [_link("a/l", "m"), _link("a/m", "l"), _file("a/l/escaped")],
    "a file through a link": [_link("a/l", "../.."), _file("a/l/escaped")],
    "a file over a link": [_link("a/l", "../../escaped"), _file("a/l", "escaped")],
    "a hard link to a link": [_link("a/l", "../../escaped"), _member(tarfile.LNKTYPE, "a/h", "a/l")],
}


@pytest.mark.parametrize("members", _CHAINS.values(), ids=_CHAINS.keys())
def test_links_do_not_lead_out_by_way_of_each_other(
    tmp_path: Path, context: Path, members: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    with pytest.raises(BuildUnavailable):
        unpack_archive(_tar(tmp_path, members), _artifact(_INNER, "", EVERYTHING), context)
    assert _outside(tmp_path, context) == []


def test_another_artifacts_link_is_not_written_through(tmp_path: Path, context: Path) -> None:
    """Both lead inside, until the second makes true what the first only named."""
    into = _artifact(_INNER, "", EVERYTHING)
    unpack_archive(_tar(tmp_path, [_link("a/m", "n/../..")], "first.jar"), into, context)
    second = [_link("a/n", "../.."), _file("a/m/escaped")]
    with pytest.raises(BuildUnavailable):
        unpack_archive(_tar(tmp_path, second, "second.jar"), into, context)
    assert _outside(tmp_path, context) == []


def test_nothing_is_written_through_a_link_whoever_has_left_it(tmp_path: Path, context: Path) -> None:
    (context / "server").mkdir(parents=True)
    (context / "server" / "out").symlink_to(tmp_path / "deep")
    for jar in (_zip(tmp_path, [("out/new/escaped", b"")]), _tar(tmp_path, [_file("out/new/escaped")], "tar.jar")):
        inner = None if jar.name == "server.jar" else _INNER
        with pytest.raises(BuildUnavailable, match="would be written through a link"):
            unpack_archive(jar, _artifact(inner, "", EVERYTHING), context)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["context"]


def test_another_artifacts_link_is_replaced_by_a_file(tmp_path: Path, context: Path) -> None:
    into = _artifact(_INNER, "", EVERYTHING)
    unpack_archive(_tar(tmp_path, [_file("a/file"), _link("a/l", "file")], "first.jar"), into, context)
    unpack_archive(_tar(tmp_path, [_file("a/l", "new")], "second.jar"), into, context)
    assert ((context / "server/a/file").read_text(), (context / "server/a/l").read_text()) == ("a/file", "new")


@pytest.mark.parametrize("leads", ["/etc/passwd", "../../../escaped", "bin/never", "bin/mysqld-later"])
def test_a_hard_link_to_what_was_not_unpacked_is_refused(tmp_path: Path, context: Path, leads: str) -> None:
    members = [_member(tarfile.LNKTYPE, "bin/mysqld", leads), _file("bin/mysqld-later")]
    with pytest.raises(BuildUnavailable, match="is a hard link to"):
        unpack_archive(_tar(tmp_path, members), _artifact(_INNER, ""), context)
    assert _files(context) == {}


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_device_is_refused(tmp_path: Path, context: Path, kind: bytes) -> None:
    with pytest.raises(BuildUnavailable, match="neither a file nor a link"):
        unpack_archive(_tar(tmp_path, [_member(kind, "bin/mysqld")]), _artifact(_INNER, ""), context)
    assert _files(context) == {}


@pytest.mark.skipif(not hasattr(tarfile, "data_filter"), reason="this Python's tarfile has no filters")
def test_tarfile_has_a_say_too(tmp_path: Path, context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
        raise tarfile.TarError(f"{member.name} in {path}")

    monkeypatch.setattr(tarfile, "data_filter", refuses)
    jar = _tar(tmp_path, [_file("bin/mysqld"), _link("bin/mysqld-link", "mysqld")])
    with pytest.raises(BuildUnavailable, match=f"tarfile: server/bin/mysqld-link in {context}"):
        unpack_archive(jar, _artifact(_INNER, ""), context)


def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, context: Path) -> None:
    (tmp_path / "text.jar").write_text("no zip")
    for jar in (tmp_path / "text.jar", _zip(tmp_path, []), _zip(tmp_path, [(_INNER, b"no tar")], "other.jar")):
        with pytest.raises(BuildUnavailable, match=r"org\.example:server:1\.0: cannot be read"):
            unpack_archive(jar, _artifact(_INNER, ""), context)


def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path: Path, context: Path) -> None:
    for members in ([_file("a"), _file("a/b")], [_file("a/b"), _file("a")]):
        with pytest.raises(BuildUnavailable, match="in the way"):
            unpack_archive(_tar(tmp_path, members), _artifact(_INNER, "", EVERYTHING), context)
