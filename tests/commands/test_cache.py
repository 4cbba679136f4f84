"""``dbtls cache``: what it shows, and that it removes what can go and nothing else; here without an engine."""

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.errors import UsageError
from tests.machine.machines import no_engine

OWN = "0" * 64
MINE = f"""\
summary = "mine"

[[artifact]]
coordinates = "g:a:1"
sha256 = "{OWN}"
into = "a"
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("harness.commands.doing.cache.Engine", no_engine)
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for name in ("g+a+1", "g+a+2", OWN):
        (tmp_path / "cache" / "artifacts" / name).mkdir(parents=True)
        (tmp_path / "cache" / "artifacts" / name / "a.jar").write_bytes(bytes(40_960))
    return tmp_path / "cache"


def _kept(cache: Path) -> set[str]:
    return {path.name for path in (cache / "artifacts").iterdir()}


def _said(*words: str, typed: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, ["cache", *words], input=typed, catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def test_it_shows_each_kind_and_what_can_go(cache: Path) -> None:
    code, out, err = _said()
    assert code == 0
    assert err.startswith("dbtls: without images: the container engine failed while connecting to it: ")
    first, second, _, head, row, _, last = out.splitlines()
    assert (first, second) == (f"folder  {cache}", "engine  none answers")
    assert head == "kind         things      size    can go"
    assert row.startswith("artifacts         3    ")
    assert row.endswith("  fetched distributions and drivers")
    assert "`dbtls cache prune` removes " in last


def test_as_json_each_thing_is_there(cache: Path) -> None:
    code, out, _ = _said("--json")
    told = json.loads(out)
    assert (code, told["format"], told["folder"]) == (0, "dbtls-cache/1", str(cache))
    assert {one["name"] for one in told["entries"]} == {"g+a+1", "g+a+2", OWN}
    assert told["bytes"] == sum(one["bytes"] for one in told["entries"])
    assert not any(one["referred"] or one["in_use"] for one in told["entries"])


def test_what_can_go_is_shown_and_goes_with_yes(cache: Path) -> None:
    code, out, _ = _said("prune", "--yes")
    assert code == 0
    assert "  artifacts/g+a+1\n" in out
    assert out.splitlines()[-1].startswith("removed 3, ")
    assert _kept(cache) == set()
    assert _said("prune", "--yes")[1] == "nothing to remove\n"


def test_what_a_build_of_ones_own_is_made_of_stays(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "servers" / "mine"
    folder.mkdir(parents=True)
    (folder / "server.toml").write_text(MINE)
    _said("prune", "--yes", "--servers", str(folder.parent))
    assert _kept(cache) == {OWN}
    (tmp_path / "pyproject.toml").write_text('[tool.dbtls]\nservers = ["servers"]\n')
    assert _said("prune", "--yes")[1] == "nothing to remove\n"
    assert json.loads(_said("--json")[1])["entries"][0]["referred"]


def test_what_is_younger_stays(cache: Path) -> None:
    old = time.time() - 40 * 86400
    for path in (cache / "artifacts" / "g+a+1" / "a.jar", cache / "artifacts" / "g+a+1"):
        os.utime(path, (old, old))
    for age in ("50d", "6w"):
        assert _said("prune", "--yes", "--older-than", age)[1] == "nothing to remove\n"
    assert _said("prune", "--yes", "--older-than", "30")[0] == 0
    assert _kept(cache) == {"g+a+2", OWN}


def test_nothing_goes_unasked(cache: Path) -> None:
    before = _kept(cache)
    with pytest.raises(UsageError) as caught:
        _said("prune")
    assert (caught.value.what, caught.value.remedy) == (
        "nobody is there to be asked whether to remove these",
        "say so with --yes",
    )
    assert _kept(cache) == before


@pytest.mark.parametrize(("typed", "left"), [("n\n", 3), ("\n", 3), ("y\n", 0)])
def test_whoever_is_there_is_asked(cache: Path, monkeypatch: pytest.MonkeyPatch, typed: str, left: int) -> None:
    monkeypatch.setattr("harness.commands.doing.cache.someone_is_there", lambda: True)
    code, out, err = _said("prune", typed=typed)
    assert code == 0
    assert "Remove these 3, " in err
    assert ("nothing was removed" in out) == (left == 3)
    assert len(_kept(cache)) == left


@pytest.mark.parametrize(
    ("age", "said"),
    [
        ("soon", "`soon` is no duration"),
        ("-3", "`-3` is no duration"),
        ("3y", "`3y` is no duration"),
    ],
)
def test_an_age_that_is_none_is_told(cache: Path, age: str, said: str) -> None:
    code, _, err = _said("prune", f"--older-than={age}")
    assert code == 2
    assert said in err
    assert len(_kept(cache)) == 3
