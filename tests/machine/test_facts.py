"""Looking at a machine changes nothing, and sees what is there."""

from pathlib import Path

import pytest

from harness.machine import facts
from harness.machine.facts import look
from tests.machine.machines import CLIENTS, NOBODY, SERVERS, no_engine


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without an engine, whose cache is not there yet."""
    monkeypatch.setattr(facts, "Engine", no_engine)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setenv("DBTLS_CACHE", str(tmp_path / "not" / "there"))
    return tmp_path


def test_looking_makes_no_file(nowhere: Path) -> None:
    machine = look(SERVERS, CLIENTS)
    assert list(nowhere.iterdir()) == []
    assert machine.engine is None
    assert machine.no_engine == NOBODY
    assert machine.engine_named == "unix:///nowhere/docker.sock"
    assert machine.made == machine.fetched == frozenset()
    assert machine.memory_bytes > 0
    assert all(count > 0 for count in machine.free_bytes.values())


def test_a_program_that_is_not_on_the_path_is_none(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(nowhere))
    (nowhere / "mvn").write_text("#!/bin/sh\n")
    (nowhere / "mvn").chmod(0o755)
    programs = look(SERVERS, CLIENTS).programs
    assert programs["mvn"] == nowhere / "mvn"
    assert programs["keytool"] is None


def test_what_is_in_the_cache_is_fetched(nowhere: Path) -> None:
    artifacts = nowhere / "not" / "there" / "artifacts"
    for name in ("a" * 64, "b" * 64):
        (artifacts / name).mkdir(parents=True)
    (artifacts / ("a" * 64) / "one.zip").write_text("")
    assert look(SERVERS, CLIENTS).fetched == {"a" * 64}
