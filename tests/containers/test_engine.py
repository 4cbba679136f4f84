"""An image that does not come from its registry: the registry's own reason is kept, and decides what is advised."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import docker
import docker.errors
import pytest
import requests.exceptions

from harness.containers.engine import OWNER_LABEL, Engine, NotPulled
from harness.containers.images import Images, Recipe
from harness.containers.source import Base
from harness.errors import BuildUnavailable, EngineError
from harness.owner import Owner

DENIED = (
    "pull access denied for mine, repository does not exist or may require 'docker login': "
    "denied: requested access to the resource is denied"
)
LIMIT = (
    "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and "
    "upgrading: https://www.docker.com/increase-rate-limit"
)
NOBODY = 'Get "https://registry.example/v2/": dial tcp: lookup registry.example on 10.0.0.1:53: no such host'
UNKNOWN = "manifest for mine:1 not found: manifest unknown: manifest unknown"
WRONG = "Head https://registry.example/v2/mine/manifests/1: unauthorized: incorrect username or password"
Answers = Callable[[], Sequence[dict[str, str]]]
Pulls = Callable[[Answers], Engine]


@pytest.fixture
def pulls(monkeypatch: pytest.MonkeyPatch) -> Pulls:
    """An engine that has no image, and answers a pull as it is told; what it was asked for is in ``asked``."""

    def made(answers: Answers) -> Engine:
        here: list[str] = []

        def pull(repository: str, *, tag: str, stream: bool, decode: bool) -> Iterator[dict[str, str]]:
            parts = answers()
            if all("error" not in part for part in parts):
                here.append(f"{repository}:{tag}")
            return iter(parts)

        def get(reference: str) -> SimpleNamespace:
            if reference not in here:
                raise docker.errors.ImageNotFound("no such image")
            return SimpleNamespace(id=f"sha256:{reference}")

        client = SimpleNamespace(
            version=lambda: {"Version": "0"},
            api=SimpleNamespace(pull=pull),
            images=SimpleNamespace(get=get),
        )
        monkeypatch.setattr(docker, "from_env", lambda **_: client)
        return Engine()

    return made


def _raises(error: Exception) -> Answers:
    def answers() -> Sequence[dict[str, str]]:
        raise error

    return answers


def test_what_is_pulled_is_known_by_its_id(pulls: Pulls) -> None:
    engine = pulls(lambda: [{"status": "Pulling from mine"}, {"status": "Downloaded"}])
    assert engine.pull("registry.example:5000/mine:1") == "sha256:registry.example:5000/mine:1"


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (DENIED, "docker login"),
        (LIMIT, "wait until the registry's limit allows it"),
        (WRONG, "docker login"),
        (NOBODY, "check its name, or load it first"),
        (UNKNOWN, "check its name, or load it first"),
    ],
)
def test_the_registrys_reason_is_shown(pulls: Pulls, said: str, advice: str) -> None:
    """As the engine's answer, and behind lines of a pull that had begun."""
    for answers in (
        _raises(docker.errors.APIError("500", explanation=said)),
        lambda: [{"status": "p"}, {"error": said}],
    ):
        with pytest.raises(BuildUnavailable) as caught:
            Images(pulls(answers)).named("mine:1", lambda text: None)
        assert caught.value.what == f"there is no image `mine:1` here, and no registry gives it: {said}"
        assert advice in caught.value.remedy


def test_an_engine_that_goes_in_a_pull_says_so(pulls: Pulls) -> None:
    found = pulls(_raises(requests.exceptions.ConnectionError("Connection aborted."))).pull("mine:1")
    assert found == NotPulled("the engine gave no answer: Connection aborted.")


def test_a_base_that_no_registry_gives_says_why(pulls: Pulls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answers() -> Sequence[dict[str, str]]:
        asked.append("once")
        return [{"error": NOBODY}]

    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    made = Images(pulls(answers))
    recipe = Recipe(kind="server", name="n", folder=tmp_path, base=Base(image="i:1", suite="s"), manifest="server.toml")
    for _ in range(2):
        with pytest.raises(BuildUnavailable) as caught:
            made.image(recipe, lambda text: None)
        assert NOBODY in caught.value.what
    assert asked == ["once"]


GOING = docker.errors.APIError("409 Client Error", explanation="removal of container 5a3d is already in progress")


@pytest.mark.parametrize("fault", [docker.errors.NotFound("404", explanation="no such container"), GOING])
def test_a_container_that_another_removes_is_swept_and_removed(
    pulls: Pulls, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    swept, removed = _engine_that_answers_removal_with(fault, pulls, monkeypatch)
    assert swept() == ["dbtls-1"]
    removed()


def test_a_container_that_cannot_be_removed_is_a_fault(pulls: Pulls, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = docker.errors.APIError("409 Client Error", explanation="cannot remove it: it is paused")
    for ask in _engine_that_answers_removal_with(fault, pulls, monkeypatch):
        with pytest.raises(EngineError, match="it is paused"):
            ask()


def _engine_that_answers_removal_with(
    fault: Exception, pulls: Pulls, monkeypatch: pytest.MonkeyPatch
) -> tuple[Callable[[], object], Callable[[], object]]:
    """How it sweeps a container whose harness is no more, and how it removes one."""

    def remove(*, force: bool, v: bool) -> None:
        raise fault

    engine = pulls(list)
    ended = replace(Owner.this_process(), started="0")
    there = SimpleNamespace(name="dbtls-1", labels={OWNER_LABEL: str(ended)}, remove=remove)
    containers = SimpleNamespace(list=lambda **_: [there], get=lambda name: there)
    monkeypatch.setattr(engine._docker, "containers", containers, raising=False)
    return engine.sweep, lambda: engine.remove("dbtls-1")
