"""Python drivers of other versions: how they are named, and the environments that they are put in."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.clients import environments
from harness.clients.build import BUILTIN_CLIENTS, ClientBuild, discover_clients
from harness.clients.image import prepare
from harness.clients.named import with_named
from harness.clients.probe_process import probe_environment
from harness.clients.process import Probe
from harness.clients.python_driver import Own, Python, PythonProbe, Release
from harness.clients.table import ErrorTable
from harness.errors import BuildUnavailable, UsageError
from harness.owner import Owner
from harness.tools import Done

CLIENTS = discover_clients([BUILTIN_CLIENTS])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A driver's project, as far as anything looks at it."""
    folder = tmp_path / "checkout"
    (folder / "fakedriver").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "fakedriver"\nversion = "9.9"\n', encoding="utf-8")
    (folder / "fakedriver" / "__init__.py").write_text("VERSION = '9.9'\n", encoding="utf-8")
    return folder


def test_a_version_is_named_after_the_clients_name() -> None:
    for name, distribution in {
        "pymysql@1.0.2": "PyMySQL[rsa]",
        "mysql-connector-pure@8.0.33": "mysql-connector-python",
        "mysql-connector-c@9.1.0rc1": "mysql-connector-python",
    }.items():
        build = with_named(CLIENTS, [name])[name]
        client, _, version = name.partition("@")
        assert build.python is not None
        assert (build.name, build.says, build.product) == (name, client, CLIENTS[client].product)
        assert (build.python.driver, build.python.python.distribution) == (Release(version=version), distribution)


def test_a_users_own_is_named_by_its_path_from_wherever(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout.parent)
    (checkout.parent / "driver-1.whl").touch()
    for name, path in {
        "pymysql:./checkout": checkout,
        "pymysql:driver-1.whl": checkout.parent / "driver-1.whl",
    }.items():
        build = with_named(CLIENTS, [name])[name]
        assert build.python is not None
        assert build.python.driver == Own(path=path)
        assert (build.name, build.says) == (f"pymysql:{path}", "pymysql")
        assert with_named(CLIENTS, [build.name])[build.name] == build
        assert "/" not in build.folder_name


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("pymysql:./nowhere", "there is no such file or folder"),
        ("pymysql:./empty", r"is no Python project: it has no pyproject\.toml and no setup\.py"),
    ],
)
def test_a_path_that_is_no_driver_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=what) as caught:
        with_named(CLIENTS, [name])
    assert caught.value.place is not None
    assert caught.value.place.startswith(str(tmp_path))


def test_a_name_that_is_no_python_drivers_is_left_to_whoever_chooses() -> None:
    assert with_named(CLIENTS, ["nothing@1.0", "mysql-cli-9.7@9.1", "pymysql@", "pymysql@x"]) == CLIENTS


class Pip:
    """Stands for venv and pip: makes what they make, and remembers what they were asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[list[str]] = []
        self.fails: str | None = None
        monkeypatch.setattr(environments, "run_tool", self.run)

    def run(self, command: list[str], *, timeout_s: float) -> Done:
        assert timeout_s > 0
        step = "venv" if "venv" in command else "pip"
        if step == "venv":
            home = Path(command[-1]) / "bin"
            home.mkdir(parents=True)
            (home / "python").symlink_to(sys.executable)
        else:
            self.asked.append([word for word in command[4:] if not word.startswith("--")])
        if step == self.fails:
            return Done(1, ("ERROR: no route", "ERROR: nothing found"))
        return Done(0, ())


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pip:
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    return Pip(monkeypatch)


def _made(name: str, said: list[str] | None = None) -> ClientBuild:
    build = with_named(CLIENTS, [name])[name]
    told: list[str] = [] if said is None else said
    return prepare(build, None, shared=Path("/nowhere"), owner=Owner.this_process(), on_progress=told.append)


def test_an_environment_is_made_once_for_a_version(pip: Pip) -> None:
    said: list[str] = []
    first, again = _made("pymysql@1.0.2", said), _made("pymysql@1.0.2", said)
    assert pip.asked == [["PyMySQL[rsa]==1.0.2", "cryptography"]]
    assert said == ["installing PyMySQL[rsa] 1.0.2 in an environment of its own"]
    assert (first.command, first.environment) == (again.command, again.environment)
    assert first.command[0] != sys.executable
    assert Path(first.command[0]).is_file()
    assert first.command[1:] == CLIENTS["pymysql"].command[1:]
    other = _made("pymysql@1.1.0")
    assert other.command[0] != first.command[0]
    assert len(pip.asked) == 2


def test_the_probe_sees_the_harness_and_nothing_that_is_installed_beside_it(pip: Pip) -> None:
    (path,) = _made("pymysql@1.0.2").environment["PYTHONPATH"].split(os.pathsep)
    (package,) = Path(path).iterdir()
    assert package.resolve() == BUILTIN_CLIENTS.parent
    assert _made("mysql-connector-c@8.0.33").environment["LD_LIBRARY_PATH"].endswith("/site-packages/mysql/vendor")
    assert "/cache/python/" in _made("mysql-connector-c@8.0.33").environment["LD_LIBRARY_PATH"]


@pytest.mark.parametrize("step", ["venv", "pip"])
def test_what_cannot_be_installed_is_unavailable_and_leaves_nothing(pip: Pip, tmp_path: Path, step: str) -> None:
    pip.fails = step
    with pytest.raises(BuildUnavailable) as caught:
        _made("pymysql@0.0.0")
    assert caught.value.remedy
    assert caught.value.detail[-1] == "ERROR: nothing found"
    assert list((tmp_path / "cache" / "python").iterdir()) == []
    pip.fails = None
    _made("pymysql@0.0.0")


def test_what_a_killed_harness_has_begun_is_not_taken_for_an_environment(pip: Pip, tmp_path: Path) -> None:
    made = Path(_made("pymysql@1.0.2").command[0]).parents[2]
    begun = made.rename(made.with_name(f".new-{made.name}"))
    assert Path(_made("pymysql@1.0.2").command[0]).is_file()
    assert len(pip.asked) == 2
    assert not begun.exists()


def test_a_checkout_has_an_environment_for_its_content_and_stays_as_it_was(pip: Pip, checkout: Path) -> None:
    name = f"pymysql:{checkout}"
    before = sorted(checkout.rglob("*"))
    first = _made(name)
    ((wanted, *_),) = pip.asked
    assert wanted.startswith("PyMySQL[rsa] @ file:///")
    assert str(checkout) not in wanted
    assert first.note.startswith(f" of {checkout}, SHA-256 ")
    # What says nothing of what would be installed makes no other environment.
    (checkout / "fakedriver" / "__pycache__").mkdir()
    (checkout / "fakedriver" / "__pycache__" / "x.pyc").touch()
    assert _made(name).note == first.note
    (checkout / "fakedriver" / "__init__.py").write_text("VERSION = '10'\n", encoding="utf-8")
    assert _made(name).note != first.note
    assert len(pip.asked) == 2
    assert set(before) <= set(checkout.rglob("*"))


PROBE = """
import sys
from harness.clients.python_probe import Seen, serve

serve({"name": "fake", "driver": "Fake " + sys.prefix, "runtime": "r", "tls_library": "t", "versions": [], "can": [],
       "concurrency": 1}, lambda asked: None)
"""


def test_an_environment_of_the_real_tools_runs_a_probe(
    tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing to install: pip is asked what it is, and no registry."""
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "client"
    folder.mkdir()
    (folder / "probe.py").write_text(PROBE, encoding="utf-8")
    probe = PythonProbe(
        python=Python(distribution="--version"), words=("{python}", "probe.py"), environment={}, folder=folder
    )
    build = ClientBuild(
        name="fake@1", says="fake", summary="", folder=folder, command=(), environment={}, table=ErrorTable()
    )
    monkeypatch.setattr(environments, "_run", _without_requirements)
    made = environments.made(replace(build, python=probe), probe, Own(path=checkout), lambda text: None)
    with Probe(made, tmp_path) as running:
        said = running.hello.driver
    environment = Path(made.command[0]).parents[1]
    assert said == f"Fake {environment}{made.note}"
    packages = subprocess.run(
        [made.command[0], "-c", "import harness.clients.python_probe, sys; print(*sys.path)"],
        env=probe_environment(tmp_path, made.environment),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(environment) in packages
    assert "/.venv/" not in packages


def _without_requirements(command: list[str], what: str, remedy: str) -> None:
    at = command.index("install") if "install" in command else len(command)
    subprocess.run([*command[:at], *(["--version"] if at < len(command) else [])], check=True, capture_output=True)
