"""Where servers run if no engine answers, and which."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.containers.source import Artifact, Base
from harness.engines import AUTO, DOCKER, LOCAL
from harness.errors import BuildUnavailable, EngineError, UnfitMachine
from harness.selection import places
from harness.selection.places import opened_place, servers_for
from harness.servers.build import Folder, ServerBuild, ServerManifest
from harness.servers.local import LocalPlace

FAULT = EngineError("nobody answers", remedy="start it")


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise FAULT

    monkeypatch.setattr(places, "Engine", refuse)
    monkeypatch.delenv("DOCKER_HOST", raising=False)


@pytest.mark.usefixtures("no_engine")
def test_where_no_engine_answers_servers_are_plain_processes_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with opened_place(AUTO) as place:
        assert isinstance(place, LocalPlace)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("dbtls: nobody answers. Servers run as plain processes")


@pytest.mark.usefixtures("no_engine")
def test_local_asks_no_engine(capsys: pytest.CaptureFixture[str]) -> None:
    with opened_place(LOCAL) as place:
        assert isinstance(place, LocalPlace)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(("engine_name", "named"), [(DOCKER, None), (AUTO, "tcp://far.example:2375")])
def test_an_engine_that_was_named_is_not_done_without(
    monkeypatch: pytest.MonkeyPatch, engine_name: str, named: str | None
) -> None:
    if named is not None:
        monkeypatch.setenv("DOCKER_HOST", named)
    with pytest.raises(EngineError) as caught, opened_place(engine_name):
        pytest.fail("a place was opened")
    assert caught.value is FAULT


def _build(name: str, *, published: bool) -> ServerBuild:
    artifacts = (Artifact(coordinates="g:a:1", sha256="0" * 64, into="a"),) if published else ()
    manifest = ServerManifest(summary=name, base=Base(image="i", suite="s"), artifact=artifacts)
    return ServerBuild(name=name, source=Folder(Path("/nowhere")), manifest=manifest)


PACKAGES, OTHER_PACKAGES = (_build(name, published=False) for name in ("packages", "other-packages"))
BINARY, UNFIT, UNFETCHED = (_build(name, published=True) for name in ("binary", "unfit", "unfetched"))


class ScriptedPlace(LocalPlace):
    """Takes what a local place takes, and fails to make what the builds' names say."""

    def make(self, build: ServerBuild, on_progress: Callable[[str], None]) -> str:
        on_progress("fetching")
        match build.name:
            case "unfit":
                raise UnfitMachine("it needs libx.so.1", remedy="install libx1")
            case "unfetched":
                raise BuildUnavailable("no registry answers", remedy="wait")
            case _:
                return build.name


@pytest.mark.parametrize(
    ("engine_name", "kept", "left_out"),
    [
        (
            AUTO,
            [PACKAGES, BINARY, UNFETCHED],
            ["other-packages: it comes in a c", "unfit: it needs libx.so.1; i"],
        ),
        (LOCAL, [BINARY, UNFETCHED], ["packages, other-packages: it comes in", "unfit: it needs libx.so.1; i"]),
    ],
)
def test_where_the_default_builds_cannot_run_others_do_and_what_is_left_out_is_named(
    capsys: pytest.CaptureFixture[str], engine_name: str, kept: list[ServerBuild], left_out: list[str]
) -> None:
    others = (OTHER_PACKAGES, BINARY, UNFIT, UNFETCHED)
    assert servers_for(ScriptedPlace(), engine_name, [PACKAGES], others) == tuple(kept)
    lines = capsys.readouterr().err.splitlines()
    for line, told in zip(lines, left_out, strict=True):
        assert line.startswith(f"dbtls: left out: {told}")


@pytest.mark.parametrize(
    ("defaults", "others"),
    [((BINARY, UNFIT), (PACKAGES,)), ((PACKAGES, UNFIT), ())],
    ids=["the place takes the default builds", "servers were named"],
)
def test_else_what_was_asked_for_runs(
    capsys: pytest.CaptureFixture[str], defaults: tuple[ServerBuild, ...], others: tuple[ServerBuild, ...]
) -> None:
    assert servers_for(ScriptedPlace(), LOCAL, defaults, others) == defaults
    assert capsys.readouterr().err == ""
