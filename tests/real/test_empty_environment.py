"""From the wheel to a verdict as somebody arrives: an empty virtual environment, an ordinary user, one command each.

What `pip` fetches comes from wherever this machine's is configured to look; where it finds nothing the tests are
skipped, saying so. Nothing else here asks the network for anything: images and drivers are those that are here.
"""

import grp
import json
import os
import pwd
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from harness.containers.engine import Engine
from harness.version import VERSION
from tests.commands.test_completion import SERVERS
from tests.real.command import Ended
from tests.real.installed import ROOT

PIP_S = 300.0
COMMAND_S = 120.0
NOBODY = 65534
PYTHONS = (sys.executable, "/usr/bin/python3.13", "/usr/bin/python3.12", "/usr/bin/python3.11", "/usr/bin/python3")


class Arrived:
    """Somebody with a home, the wheel in an environment, and access to the engine; never root."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.environment = folder / "environment"
        self._as_user = _not_root() if os.geteuid() == 0 else []
        self.home.mkdir()
        if self._as_user:
            os.chown(self.home, NOBODY, NOBODY)
            folder.chmod(0o755)
        wheel = _wheel(folder)
        python = next(path for path in PYTHONS if self._run([path, "-c", "import venv, ensurepip"]).code == 0)
        subprocess.run([python, "-m", "venv", self.environment], check=True)
        reached = self._pip("--dry-run", "--retries=1", "click")
        if reached.returncode != 0:
            pytest.skip(f"pip finds no packages here: {reached.stderr.splitlines()[-1]}")
        # Never compiled beforehand: half of the time, for modules that are mostly not imported.
        done = self._pip("--no-compile", f"{wheel}[load]", "pytest")
        assert done.returncode == 0, done.stderr

    def _pip(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command: list[str | Path] = [
            self.environment / "bin" / "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *words,
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=PIP_S)

    def __call__(self, program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        return self._run([str(self.environment / "bin" / program), *arguments], environment)

    def _run(self, command: list[str], environment: Mapping[str, str] | None = None) -> Ended:
        given = {"HOME": str(self.home), "PATH": f"{self.environment / 'bin'}:/usr/bin:/bin", "LANG": "C.UTF-8"}
        engine = {name: os.environ[name] for name in ("DOCKER_HOST",) if name in os.environ}
        process = subprocess.Popen(
            [*self._as_user, *command],
            cwd=self.home,
            env={**given, **engine, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        out, err = process.communicate(timeout=COMMAND_S)
        return Ended(code=process.returncode, out=out, err=err, pid=process.pid)


def _not_root() -> list[str]:
    """What runs a command as nobody, who may reach the engine as a member of its socket's group does."""
    socket = Path("/var/run/docker.sock")
    groups = [str(NOBODY)]
    if socket.exists() and socket.stat().st_mode & stat.S_IWGRP:
        groups.append(str(socket.stat().st_gid))
    # `env` between: setpriv itself has what root may, up to and including what it looks up to execute.
    return [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        f"--groups={','.join(groups)}",
        "--no-new-privs",
        "env",
    ]


def _wheel(folder: Path) -> Path:
    made = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(made, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def arrived(engine: Engine) -> Iterator[Arrived]:
    assert engine
    # Not pytest's own temporary folder, which nobody else may enter.
    with tempfile.TemporaryDirectory(prefix="arrived-") as folder:
        yield Arrived(Path(folder))


def test_the_program_and_the_import_have_one_version(arrived: Arrived) -> None:
    assert arrived("dbtls", "--version").out == f"dbtls, version {VERSION}\n"
    told = "import dbtls, importlib.metadata as m; print(dbtls.__version__, m.version('dbtls'), dbtls.Cause.EXPIRED)"
    assert arrived("python", "-c", told).out == f"{VERSION} {VERSION} Cause.EXPIRED\n"


def test_nothing_that_needs_a_compiler_came_with_it(arrived: Arrived) -> None:
    names = arrived("pip", "list", "--format=freeze").out.lower()
    assert "locust==" in names
    assert "twofish" not in names
    assert "pyjks" not in names


def test_the_doctor_names_the_engine_and_changes_nothing(arrived: Arrived) -> None:
    before = set(arrived.home.rglob("*"))
    ended = arrived("dbtls", "doctor", "--json")
    found = {one["name"]: one for one in json.loads(ended.out)["findings"]}
    assert found["engine"]["state"] == "ok", ended.both
    assert found["locust"]["state"] == "ok"
    assert ended.code == (0 if json.loads(ended.out)["ready"] else 1)
    assert set(arrived.home.rglob("*")) == before


def test_a_case_runs(arrived: Arrived, one_server: str) -> None:
    ended = arrived("dbtls", "run", "-s", one_server, "-c", "pymysql", "-k", "one-way::another_authority")
    assert ended.code == 0, ended.both
    assert "1 case: 1 as expected" in ended.out


def test_a_rotation_with_jks_stores_is_proved(arrived: Arrived, one_server: str) -> None:
    options = ("--stores", "jks", "--rate", "10", "--duration", "6", "--json", "rotation.json")
    ended = arrived("dbtls", "rotate", "-s", one_server, "-c", "pymysql", *options)
    assert ended.code == 0, ended.both
    assert ended.out.splitlines()[-1].startswith("PASS: ")
    assert (arrived.home / "rotation.json").is_file()


def test_an_environment_stays_and_ends(arrived: Arrived, one_server: str) -> None:
    ended = arrived("dbtls", "up", one_server, "--detach", "--admin", "--json")
    assert ended.code == 0, ended.both
    assert json.loads(ended.out)["servers"][0]["admin"]["user"]
    assert arrived("dbtls", "down", "--all").out == f"{one_server}: ended\n"
    assert list((arrived.home / ".local/state/dbtls/up").iterdir()) == []


def test_a_project_is_begun_and_its_tests_run(arrived: Arrived, one_server: str) -> None:
    # `-p no:locust`: the extra brings a plugin of pytest that claims `--host`.
    begun = arrived("dbtls", "init", "-s", one_server, "-c", "pymysql", "--github")
    assert begun.code == 0, begun.both
    ended = arrived("pytest", "-p", "no:locust", "-q", "--dbtls-scenario", "one-way::expired")
    assert ended.code == 0, ended.both
    assert "1 passed" in ended.out


def test_bash_completes_its_names(arrived: Arrived) -> None:
    ask = {"_DBTLS_COMPLETE": "bash_complete", "COMP_LINE": "dbtls run -s ", "COMP_WORD": ""}
    assert arrived("dbtls", environment=ask).out.split() == [f"plain,{name}" for name in SERVERS]
    assert "complete -o nosort -F _dbtls_completion dbtls" in arrived("dbtls", "completion", "bash").out


def test_without_the_extra_one_command_is_named(arrived: Arrived, one_server: str) -> None:
    """And that command is one that works: pip takes the extra of what is installed."""
    gone = arrived.environment / "lib"
    (package,) = gone.glob("python*/site-packages/locust")
    hidden = package.rename(package.with_name("hidden"))
    try:
        ended = arrived("dbtls", "rotate", "-s", one_server, "-c", "pymysql")
        ran = arrived("dbtls", "run", one_server, "-c", "pymysql", "-k", "rotation::settings_alone,one-way::expired")
    finally:
        hidden.rename(package)
    assert (ran.code, ended.code) == (0, 2), ran.both + ended.both
    assert "1 as expected, 1 skipped" in ran.out
    assert "error: locust is not installed\n" in ended.err
    command = f"{arrived.environment}/bin/python"
    assert f"hint: install it: `{command}" in ended.err
    assert " -m pip install 'dbtls[load]'`\n" in ended.err
    assert arrived("pip", "install", "--dry-run", "--no-index", "dbtls[load]").code == 0


def test_who_that_is() -> None:
    """The tests above mean something only where nobody is nobody."""
    assert pwd.getpwuid(NOBODY).pw_name == "nobody"
    assert grp.getgrgid(NOBODY).gr_name in {"nogroup", "nobody"}
