"""Published binaries as plain processes: what can run here, how it is made ready, and what a process leaves."""

import hashlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from harness.containers.source import Artifact, Base
from harness.errors import BuildUnavailable, EngineError, UnfitMachine, UsageError
from harness.model.startup import Access, Role
from harness.owner import Owner
from harness.servers.build import Folder, NamedImage, ServerBuild, ServerManifest, Source
from harness.servers.local import LocalPlace, LocalProcess, end_abandoned_servers
from harness.servers.process import PlacedFile, Verb
from harness.servers.starting import quiet
from harness.servers.unpacked import package_of, unmet_needs
from harness.waiting import wait_for

HERE = Owner.this_process()
GONE = replace(HERE, started="1")
WAIT_S = 10.0
PROGRAM = """#!/bin/sh
# Answers as a server does to what `seed.sh` and `serve.sh` ask.
case "$*" in
    *--version*) echo "mysqld  Ver 8.0.99 for Linux on x86_64 (MySQL Community Server - GPL)" ;;
    *--initialize-insecure*) for word; do case $word in --datadir=*) echo seed >"${word#*=}/ibdata1" ;; esac; done ;;
    *) echo "serving $*, seed $(cat data/ibdata1), HOME ${HOME:-unset}"; exec tail -f /dev/null ;;
esac
"""


@pytest.fixture(params=["plain", "with a space"])
def places(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache and a temporary folder of the test's own; below a folder of that name, which is the fixture's value."""
    folder = tmp_path / str(request.param)
    monkeypatch.setenv("DBTLS_CACHE", str(folder / "cache"))
    (folder / "tmp").mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    yield folder
    assert list((folder / "tmp").iterdir()) == []


def _published(folder: Path, program: str = PROGRAM) -> ServerBuild:
    """A build whose artifact, a zip with one program, is in the cache as if Maven had fetched it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bin/mysqld", program)
    sha256 = hashlib.sha256(packed.getvalue()).hexdigest()
    kept = folder / "cache" / "artifacts" / sha256 / "server.zip"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(packed.getvalue())
    return _build(Folder(folder), Artifact(coordinates="org.example:server:1", sha256=sha256, into="server"))


def _build(source: Source, *artifacts: Artifact) -> ServerBuild:
    manifest = ServerManifest(summary="mine", base=Base(image="debian:12", suite="bookworm"), artifact=artifacts)
    return ServerBuild(name="mine", source=source, manifest=manifest)


def test_a_build_without_a_published_binary_runs_in_a_container_only(tmp_path: Path) -> None:
    place = LocalPlace()
    assert place.takes(_build(NamedImage("mysql:8.4"))) == "it is an image, which runs in a container only"
    packages = _build(Folder(tmp_path))
    assert place.takes(packages) == "it comes in a container only (a distribution's packages)"
    assert place.made(packages) is None
    with pytest.raises(BuildUnavailable, match="it comes in a container only"):
        place.make(packages, quiet)


def test_a_published_binary_is_unpacked_and_seeded_once(places: Path) -> None:
    place, build, said = LocalPlace(), _published(places), list[str]()
    assert place.takes(build) is None
    assert place.made(build) is None
    made = place.make(build, said.append)
    assert said == ["fetching org.example:server:1", "seeding"]
    assert place.made(build) == place.make(build, said.append) == made
    assert said == ["fetching org.example:server:1", "seeding"]
    (artifact,) = build.manifest.artifact
    assert place.identity(made).endswith(f"@org.example:server:1@sha256:{artifact.sha256}")


def test_what_a_killed_harness_has_begun_is_made_again(places: Path) -> None:
    place, build = LocalPlace(), _published(places)
    made = Path(place.make(build, quiet))
    (made / "identity").unlink()
    (made / "seed" / "ibdata1").write_text("half of it")
    assert place.made(build) is None
    assert Path(place.make(build, quiet)) == made
    assert (made / "seed" / "ibdata1").read_text() == "seed\n"

    shutil.rmtree(made)
    (made.parent / "distribution").rename(made.parent / "unpacking")
    (made.parent / "unpacking" / "half").touch()
    said: list[str] = []
    place.make(build, said.append)
    assert said == ["fetching org.example:server:1", "seeding"]
    assert sorted(path.name for path in made.parent.rglob("*") if path.name in {"half", "mysqld"}) == ["mysqld"]


def test_a_program_that_does_not_run_is_unavailable_with_its_last_lines(places: Path) -> None:
    build = _published(places, "#!/bin/sh\necho out of luck >&2\nexit 3\n")
    with pytest.raises(BuildUnavailable, match="server `mine` cannot be seeded") as caught:
        LocalPlace().make(build, quiet)
    assert caught.value.detail[-1] == "out of luck"
    assert LocalPlace().made(build) is None


@pytest.mark.parametrize(
    ("lines", "own", "unmet"),
    [
        (["\tlibc.so.6 => /lib/libc.so.6 (0x1)", "\tlinux-vdso.so.1 (0x2)"], [], []),
        (["\tlibaio.so.1 => not found", "\tlibnuma.so.1 => not found"], [], ["libaio.so.1", "libnuma.so.1"]),
        (["\tlibaio.so.1 => not found", "\tlibnuma.so.1 => not found"], ["libaio.so.1"], ["libnuma.so.1"]),
        (
            [
                "/s/mysqld: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /s/mysqld)",
                "\tlibc.so.6 => /lib",
            ],
            [],
            ["GLIBC_2.38"],
        ),
        (["\tnot a dynamic executable"], [], []),
    ],
)
def test_what_a_program_misses_is_what_ldd_does_not_find(lines: list[str], own: list[str], unmet: list[str]) -> None:
    assert unmet_needs(lines, own) == unmet


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libaio.so.1", "libaio1"),
        ("libstdc++.so.6", "libstdc++6"),
        ("libicudata67.so.67", "libicudata67-67"),
        ("GLIBC_2.38", None),
    ],
)
def test_a_librarys_package_is_named_for_its_soname(library: str, package: str | None) -> None:
    assert package_of(library) == package


def test_a_missing_library_is_named_with_its_package(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ldd = places / "bin" / "ldd"
    ldd.parent.mkdir()
    ldd.write_text("#!/bin/sh\necho '\tlibaio.so.1 => not found'\n")
    ldd.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ldd.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(UnfitMachine) as caught:
        LocalPlace().make(_published(places), quiet)
    assert caught.value.what == "it needs libaio.so.1, which this machine does not have"
    assert "apt-get install libaio1" in caught.value.remedy


def _started(places: Path, port: int | None = None) -> LocalProcess:
    place = LocalPlace()
    return place.start(place.make(_published(places), quiet), HERE, port=port)


def _arguments(pid: int) -> bytes:
    """The command line of a process; empty when it is no more, be it reaped or not."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_process_has_a_folder_of_its_own_and_leaves_nothing(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "the user's")
    with closing(_started(places)) as process:
        root = Path(str(process.layout.root))
        assert (root.parent, root.stat().st_mode & 0o777) == (places / "tmp", 0o700)
        assert str((root / "owner").readlink()) == str(HERE)
        assert (process.host, process.layout.bind_address) == ("127.0.0.1", "127.0.0.1")
        assert process.layout.port == process.port
        assert process.layout.user == ("root" if os.geteuid() == 0 else None)
        assert (process.facts["vendor"], process.facts["version"]) == ("mysql", "8.0.99")
        served = f"serving --defaults-file={root}/etc/my.cnf, seed seed, HOME unset"
        for verb in Verb:
            mark = process.command(verb)
            assert process.log.wait_for(served.__eq__, mark=mark, deadline_s=WAIT_S)
        serving = [
            int(pid.parent.name) for pid in Path("/proc").glob("[0-9]*/cwd") if pid.readlink().is_relative_to(root)
        ]
        assert len(serving) >= 3
    assert not any(map(_arguments, serving))
    assert process.log.ended
    process.close()


def test_a_process_that_has_ended_is_an_engine_fault(places: Path) -> None:
    with closing(_started(places)) as process:
        process.close()
        with pytest.raises(EngineError, match="a local server ended"):
            process.command(Verb.FRESH)


def test_a_placed_file_has_its_mode_and_replaces_the_one_before(places: Path) -> None:
    with closing(_started(places)) as process:
        path = Path(process.layout.place(Role.KEY))
        for access in (*Access, *Access):
            process.put([PlacedFile(str(path), access.name.encode(), access)])
            status = path.stat()
            assert (status.st_mode & 0o777, status.st_size) == (access.value, len(access.name))
        assert [entry.name for entry in path.parent.iterdir()] == ["key.pem"]


def test_a_file_for_nobody_is_not_the_servers_to_read_even_where_root_runs_it(places: Path) -> None:
    program = PROGRAM.replace("serving $*,", "reads $(cat tls/key.pem 2>&1),")
    place = LocalPlace()
    with closing(place.start(place.make(_published(places, program), quiet), HERE)) as process:
        process.put([PlacedFile(process.layout.place(Role.KEY), b"the key", Access.NOT_THE_SERVER)])
        mark = process.command(Verb.FRESH)
        assert process.log.wait_for(lambda line: "Permission denied" in line, mark=mark, deadline_s=WAIT_S)


def test_a_port_stays_ours_and_a_server_may_listen_on_it(places: Path) -> None:
    with closing(_started(places)) as process:
        address = (process.host, process.port)
        with socket.socket() as rival, pytest.raises(OSError, match="in use"):
            rival.bind(address)
        for _ in range(2):
            with socket.create_server(address) as server, socket.create_connection(address) as client:
                server.accept()[0].close()
                assert client.recv(1) == b""


def test_a_port_that_is_taken_is_a_usage_error(places: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} is taken"):
            _started(places, port)


def test_a_port_that_is_asked_for_is_taken(places: Path) -> None:
    with closing(_started(places)) as first:
        port = first.port
    with closing(LocalPlace().start(str(next(places.rglob("identity")).parent), HERE, port=port)) as second:
        assert second.port == port


def _run_folder(parent: Path, owner: Owner) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="dbtls-run-", dir=parent))
    (folder / "owner").symlink_to(str(owner))
    return folder


def test_a_server_whose_harness_is_no_more_is_killed_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folders = [_run_folder(tmp_path, owner) for owner in (GONE, HERE, replace(GONE, host="elsewhere"))]
    served = [f"--defaults-file={folder}/etc/my.cnf" for folder in folders]
    servers = [
        subprocess.Popen([sys.executable, "-c", "input()", argument], stdin=subprocess.PIPE)
        for argument in (*served, f"{folders[0]}/etc/my.cnf")
    ]
    try:
        # A new program's command line is not there at once.
        assert wait_for(lambda: all(_arguments(server.pid) for server in servers) or None, deadline_s=WAIT_S)
        assert end_abandoned_servers() == [servers[0].pid]
        assert servers[0].wait(WAIT_S) == -9
        assert [server.poll() for server in servers[1:]] == [None] * 3
    finally:
        for server in servers:
            with server:
                server.kill()
