"""What a user can get wrong, and what surroundings can: one clear message each, the right exit code, nothing left."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.clients.build import BUILTIN_CLIENTS
from harness.containers import maven
from harness.containers.source import Artifact
from harness.errors import BuildUnavailable
from tests.clients.fakes import HELLO, HONEST, script
from tests.real.command import DBTLS, Dbtls
from tests.real.copies import copied_client, copied_server

GOOD = ("--client", "pymysql", "--scenario", "one-way::good_authority")


@pytest.mark.parametrize(
    ("arguments", "what", "nearest"),
    [
        (("--server", "mariadb-11.9"), "no server `mariadb-11.9`", "`mariadb-11.8`"),
        (("--client", "pymsql"), "no client `pymsql`", "`pymysql`"),
        (("--scenario", "one-way::expird"), "no scenario `one-way::expird`", "`one-way::expired`"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(
    dbtls: Dbtls, arguments: tuple[str, ...], what: str, nearest: str
) -> None:
    ended = dbtls.inside("run", *arguments)
    assert (ended.code, ended.error()) == (2, what)
    assert f"did you mean {nearest}" in ended.err


@pytest.mark.parametrize("option", ["--server-dir", "--client-dir", "--scenario-dir", "--knowledge-dir"])
def test_a_folder_that_is_not_there(dbtls: Dbtls, tmp_path: Path, option: str) -> None:
    ended = dbtls.inside("run", option, tmp_path / "nowhere")
    assert (ended.code, ended.error()) == (2, f"{tmp_path / 'nowhere'}: no such folder")


@pytest.mark.parametrize("command", [("run",), ("servers",), ("probe", "check", "--", sys.executable)])
def test_no_engine_is_one_message(dbtls: Dbtls, command: tuple[str, ...]) -> None:
    ended = dbtls.offline(*command, environment={"DOCKER_HOST": "unix:///nowhere/docker.sock"})
    assert ended.code == 2, ended.both
    assert ended.error().startswith("the container engine failed while connecting to it: ")
    assert "dbtls doctor" in ended.err


def test_a_wrong_key_in_a_server_is_told_with_file_and_line(dbtls: Dbtls, tmp_path: Path) -> None:
    servers = copied_server(tmp_path, "mine", more='\n[[known]]\nscenario = "*"\nreazon = "typed wrongly"\n')
    file = servers / "mine" / "server.toml"
    line = file.read_text().splitlines().index('reazon = "typed wrongly"') + 1
    ended = dbtls.inside("run", "--server-dir", servers)
    assert ended.code == 2
    assert ended.error().startswith(f"{file}:{line}: unknown key `known.0.reazon`"), ended.err


def test_a_wrong_key_in_a_client_is_told_with_file_and_line(dbtls: Dbtls, tmp_path: Path) -> None:
    clients = copied_client(tmp_path, "mine")
    file = clients / "mine" / "client.toml"
    file.write_text('comand = ["typed", "wrongly"]\n' + file.read_text())
    ended = dbtls.inside("run", "--client-dir", clients)
    assert ended.code == 2
    assert ended.error().startswith(f"{file}:1: unknown key `comand`"), ended.err


def test_a_missing_key_is_named(dbtls: Dbtls, tmp_path: Path) -> None:
    (tmp_path / "clients" / "mine").mkdir(parents=True)
    file = tmp_path / "clients" / "mine" / "client.toml"
    file.write_text('summary = "nothing to run"\n')
    ended = dbtls.inside("run", "--client-dir", file.parents[1])
    assert ended.code == 2
    assert ended.error().startswith(f"{file}:1: `command`: "), ended.err
    assert "hint: add `command`" in ended.err


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('"""A theme."""\n\nraise RuntimeError("at the import")\n', 3, "RuntimeError: at the import"),
        ('"""A theme."""\n\nimport no_such_module\n', 3, "ModuleNotFoundError: "),
        ("def broken(:\n", 1, "SyntaxError: "),
    ],
)
def test_a_scenario_file_that_cannot_be_loaded(dbtls: Dbtls, tmp_path: Path, text: str, line: int, what: str) -> None:
    (tmp_path / "scenarios").mkdir()
    file = tmp_path / "scenarios" / "mine.py"
    file.write_text(text)
    ended = dbtls.inside("run", "--scenario-dir", file.parent)
    assert ended.code == 2
    assert ended.error().startswith(f"{file}:{line}: cannot be loaded: {what}"), ended.err


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_a_report_in_a_folder_that_is_not_there_is_told_before_the_run(
    dbtls: Dbtls, tmp_path: Path, option: str
) -> None:
    ended = dbtls.inside("run", option, tmp_path / "nowhere" / "out")
    assert (ended.code, ended.error()) == (2, f"{tmp_path / 'nowhere'}: there is no such folder for the report")


def test_an_option_that_is_not_there_is_a_usage_error(dbtls: Dbtls) -> None:
    ended = dbtls.inside("run", "--sever", "mariadb-10.11")
    assert ended.code == 2
    assert "--server" in ended.err
    assert "Traceback" not in ended.both


@pytest.mark.parametrize(("more", "code"), [((), 3), (("--allow-missing",), 0)])
def test_a_build_that_fails_is_named_and_the_others_go_on(
    one_server: str, dbtls: Dbtls, tmp_path: Path, more: tuple[str, ...], code: int
) -> None:
    servers = copied_server(tmp_path, "broken", dockerfile="RUN echo boom && false\n")
    ended = dbtls("run", "--server-dir", servers, "--server", "broken", "--server", one_server, *GOOD, *more)
    assert ended.code == code, ended.both
    assert "Missing: broken: server `broken` cannot be built" in ended.out
    assert "boom" in ended.out.partition("Missing: ")[2]
    assert "1 as expected, 1 skipped, 0 failed" in ended.out
    assert ("not available: broken" in ended.out) == (code == 3)


def test_nothing_but_a_build_that_fails_proves_nothing(one_server: str, dbtls: Dbtls, tmp_path: Path) -> None:
    assert one_server
    servers = copied_server(tmp_path, "broken", dockerfile="RUN echo boom && false\n")
    ended = dbtls("run", "--server-dir", servers, "--server", "broken", *GOOD, "--allow-missing")
    assert ended.code == 3, ended.both


def test_an_artifact_with_another_sum_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `mvn` that fetches something else stands in for a registry in which the artifact was changed."""
    fetched = tmp_path / "mvn"
    fetched.write_text(
        '#!/bin/sh\nfor word; do case $word in -DoutputDirectory=*) echo evil >"${word#*=}/a.jar";; esac; done\n'
    )
    fetched.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    pinned = "0" * 64
    with pytest.raises(BuildUnavailable, match=rf"a\.jar: has SHA-256 [0-9a-f]{{64}}, not {pinned} as pinned"):
        maven.fetch(Artifact(coordinates="a:a:1", sha256=pinned, root="a", into="a"))
    assert [path for path in (tmp_path / "cache" / "artifacts").rglob("*") if path.is_file()] == []


def test_a_client_whose_program_is_not_there(one_server: str, dbtls: Dbtls, tmp_path: Path) -> None:
    clients = copied_client(tmp_path, "mine")
    file = clients / "mine" / "client.toml"
    file.write_text(file.read_text().replace('command = ["{python}"', 'command = ["no-such-program"'))
    ended = dbtls("run", "--client-dir", clients, "--client", "mine", "--server", one_server)
    assert ended.code == 2
    assert ended.error().startswith("client `mine` cannot be started: no-such-program: "), ended.err


def test_a_probe_that_dies_in_mid_run_is_a_fault_with_its_last_words(
    one_server: str, dbtls: Dbtls, tmp_path: Path
) -> None:
    dies = (
        "    def __init__(self, asked: Attempt) -> None:\n",
        "    made: list[Attempt] = []\n\n"
        "    def __init__(self, asked: Attempt) -> None:\n"
        "        import os\n"
        "        self.made.append(asked)\n"
        "        if len(self.made) == 3:\n"
        '            os.write(2, b"out of luck\\n")\n'
        "            os._exit(7)\n",
    )
    clients = copied_client(tmp_path, "mortal", probe=dies)
    ended = dbtls("run", "--client-dir", clients, "--client", "mortal", "--server", one_server)
    assert ended.code == 2, ended.both
    assert ended.error() == f"client `mortal` died: exit status 7 ({one_server})", ended.err
    assert "| out of luck" in ended.err
    assert "the client's probe died: exit status 7" in ended.out


@contextlib.contextmanager
def _full_disk(at: Path, *, free_bytes: int) -> Iterator[Path]:
    """A file system of 1 MB with ``free_bytes`` left, not 0: Python takes another temporary folder than a full one."""
    if os.geteuid() != 0:
        pytest.skip("mounting a file system of one's own takes root")
    at.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", at], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        with contextlib.suppress(OSError), (at / "filling").open("wb", buffering=0) as filling:
            for _ in range(((1 << 20) - free_bytes) >> 12):  # a page at a time: one large write may fail as a whole
                filling.write(bytes(1 << 12))
        yield at
    finally:
        subprocess.run(["umount", at], check=True)


@pytest.mark.parametrize("free_bytes", [4 << 10, 48 << 10])
def test_a_full_disk_is_one_message(one_server: str, tmp_path: Path, free_bytes: int) -> None:
    with _full_disk(tmp_path / "full", free_bytes=free_bytes) as full:
        ended = Dbtls(full)("run", "--server", one_server, "--client", "pymysql")
    assert ended.code == 2, ended.both
    assert "No space left on device" in ended.error()
    assert "hint: free some disk space" in ended.err
    # What a document's commands make belongs to the run's folder, also when that is full.
    assert list(Path.cwd().glob("*.pem")) == []


def _states(out: str) -> set[str]:
    return {line[:12].strip() for line in out.splitlines() if not line.startswith(" ")}


def test_the_shipped_probe_breaks_no_rule(one_server: str, dbtls: Dbtls) -> None:
    command = (sys.executable, BUILTIN_CLIENTS / "pymysql" / "probe.py")
    ended = dbtls("probe", "check", "--server", one_server, "--", *command)
    assert ended.code == 0, ended.both
    assert _states(ended.out) == {"ok"}
    assert "as the server counted" in ended.out


def test_a_probe_that_makes_its_rows_up_is_caught(one_server: str, dbtls: Dbtls, tmp_path: Path) -> None:
    lies = HONEST.replace("CONNECTED}", 'dict(CONNECTED, rows=[[[request["id"]]]])}')
    ended = dbtls("probe", "check", "--server", one_server, "--", *script(tmp_path, lies))
    assert ended.code == 1, ended.both
    broken = [line for line in ended.out.splitlines() if line.startswith("broken")]
    assert len(broken) == 2, ended.out
    assert "rows are what the server answered" in broken[0]
    assert "none that the server gave" in broken[0]
    assert "verify-ca with another authority is refused" in broken[1]


def test_a_probe_without_a_server_is_not_proved(dbtls: Dbtls, tmp_path: Path) -> None:
    ended = dbtls.offline("probe", "check", "--no-server", "--", *script(tmp_path, HONEST))
    assert ended.code == 3, ended.both
    assert str(HELLO["driver"]) in ended.out


def test_a_probe_command_that_is_not_there(dbtls: Dbtls) -> None:
    ended = dbtls.inside("probe", "check", "--", "no-such-program")
    assert (ended.code, ended.error()) == (2, "there is no program `no-such-program`")


def test_the_program_is_beside_the_interpreter() -> None:
    assert os.access(DBTLS, os.X_OK)
