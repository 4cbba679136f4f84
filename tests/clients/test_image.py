"""Clients that run in an image of their own: what is made of client.toml, and how their probe is started."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import limits
from harness.clients.build import ClientBuild, discover_clients
from harness.clients.image import is_made, prepare
from harness.clients.probe_process import PROBE_VARIABLES, probe_environment
from harness.containers.engine import OWNER_LABEL
from harness.containers.images import Images, Recipe
from harness.errors import BuildUnavailable, UsageError
from harness.owner import Owner

OWNER = Owner(host="h", boot="b", pid=7, started="9")
MANIFEST = """
summary = "s"
command = ["python3", "/dbtls/probe.py"]
environment = { A = "{folder}" }
opt-in = true
[image]
base = { image = "debian:bookworm-slim", suite = "bookworm" }
files = ["../shared.py"]
[[image.artifact]]
coordinates = "g:a:1:zip"
sha256 = "00"
into = "mysql"
[[variant]]
name = "one"
[[variant]]
name = "two"
arguments = ["2"]
image = { base = { image = "debian:trixie-slim", suite = "trixie" } }
"""


class FakeImages(Images):
    """Makes nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Recipe] = []

    def tag(self, recipe: Recipe) -> str | None:
        return f"dbtls/{recipe.kind}:{recipe.name}"

    def there(self, recipe: Recipe) -> bool:
        return recipe in self.asked

    def image(self, recipe: Recipe, on_progress: Callable[[str], None]) -> str:
        self.asked.append(recipe)
        on_progress("building")
        return f"dbtls/{recipe.kind}:{recipe.name}"


def _quiet(text: str) -> None:
    pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "client"
    made.mkdir()
    (made / "client.toml").write_text(MANIFEST, encoding="utf-8")
    (made / "probe.py").touch()
    (tmp_path / "shared.py").touch()
    return made


@pytest.fixture
def build(folder: Path) -> ClientBuild:
    return discover_clients([folder.parent])["one"]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program `docker` on the path; nobody starts it."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return str(program)


def test_a_client_with_an_image_is_looked_for_inside_it(build: ClientBuild) -> None:
    assert build.command == ("python3", "/dbtls/probe.py")
    assert build.environment == {"A": "{folder}"}
    assert build.opt_in


def test_a_variant_may_have_an_image_of_its_own(build: ClientBuild, folder: Path) -> None:
    two = discover_clients([folder.parent])["two"]
    assert two.command == ("python3", "/dbtls/probe.py", "2")
    assert build.image is not None
    assert two.image is not None
    assert (build.image.base.suite, two.image.base.suite) == ("bookworm", "trixie")
    assert (len(build.image.artifact), len(two.image.artifact)) == (1, 0)


def test_a_missing_file_of_the_image_is_named(folder: Path) -> None:
    (folder.parent / "shared.py").unlink()
    with pytest.raises(UsageError, match=r"`files`: there is no `\.\./shared\.py`") as caught:
        discover_clients([folder.parent])
    assert caught.value.place == str(folder / "client.toml")


def test_the_image_is_made_of_the_folder_and_the_files(build: ClientBuild, folder: Path, docker: str) -> None:
    images, said = FakeImages(), list[str]()
    assert not is_made(build, images)
    prepare(build, images, shared=folder, owner=OWNER, on_progress=said.append)
    (recipe,) = images.asked
    assert (recipe.kind, recipe.name, recipe.folder, recipe.manifest) == ("client", "one", folder, "client.toml")
    assert recipe.files == (("shared.py", folder / "../shared.py"),)
    assert [artifact.into for artifact in recipe.artifacts] == ["mysql"]
    assert said == ["building"]
    assert is_made(build, images)


def test_the_probe_is_started_in_a_container_whose_life_is_the_harnesss(
    build: ClientBuild, tmp_path: Path, docker: str
) -> None:
    ready = prepare(build, FakeImages(), shared=tmp_path, owner=OWNER, on_progress=_quiet)
    assert ready.image is None
    assert ready.command[:2] == (docker, "run")
    options, started = _split(ready.command, "dbtls/client:one")
    assert {"--interactive", "--rm", "--init", "--network=host", "--pull=never"} <= options
    assert f"--label={OWNER_LABEL}={OWNER}" in options
    assert f"--mount=type=bind,source={tmp_path},target={tmp_path},readonly" in options
    assert "--entrypoint=timeout" in options
    assert started == ("-s", "KILL", str(limits.CONTAINER_LIFETIME), "python3", "/dbtls/probe.py")
    assert ready.load_command == ()
    load_command = prepare(
        replace(build, load_command=("python3", "-O")), FakeImages(), shared=tmp_path, owner=OWNER, on_progress=_quiet
    )
    assert _split(load_command.load_command, "dbtls/client:one") == (options, (*started[:3], "python3", "-O"))


def test_the_container_has_the_probes_environment_and_no_path_of_the_hosts(
    build: ClientBuild, tmp_path: Path, docker: str
) -> None:
    ready = prepare(build, FakeImages(), shared=tmp_path, owner=OWNER, on_progress=_quiet)
    options, _ = _split(ready.command, "dbtls/client:one")
    handed_on = {option.removeprefix("--env=") for option in options if option.startswith("--env=")}
    assert handed_on == {*PROBE_VARIABLES, "A", "TMPDIR=/run/dbtls"}
    assert {*PROBE_VARIABLES, "PATH", "TMPDIR"} == set(probe_environment(tmp_path, {}))
    assert ready.environment == {"A": "{folder}"}


def test_the_command_line_speaks_to_the_engine_that_docker_host_names(
    build: ClientBuild, tmp_path: Path, docker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    ready = prepare(build, FakeImages(), shared=tmp_path, owner=OWNER, on_progress=_quiet)
    assert ready.environment["DOCKER_HOST"] == "tcp://127.0.0.1:1"
    assert "--env=DOCKER_HOST" not in ready.command


def test_a_client_without_an_image_is_ready_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "client.toml").write_text('summary = "s"\ncommand = ["x"]\n', encoding="utf-8")
    plain = discover_clients([tmp_path])["plain"]
    assert prepare(plain, None, shared=tmp_path, owner=OWNER, on_progress=_quiet) is plain
    assert is_made(plain, FakeImages())


def test_without_an_engine_it_cannot_be_had(build: ClientBuild, tmp_path: Path) -> None:
    with pytest.raises(BuildUnavailable, match="client `one` runs in an image of its own, and there is no container"):
        prepare(build, None, shared=tmp_path, owner=OWNER, on_progress=_quiet)


def test_without_the_engines_program_it_cannot_be_had(
    build: ClientBuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(BuildUnavailable, match="there is no program `docker`"):
        prepare(build, FakeImages(), shared=tmp_path, owner=OWNER, on_progress=_quiet)


def _split(command: tuple[str, ...], image: str) -> tuple[frozenset[str], tuple[str, ...]]:
    at = command.index(image)
    return frozenset(command[2:at]), command[at + 1 :]
