"""The command that adds to this program, by how it was installed."""

import sys

import pytest

from harness.installed import command_to_add


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/home/a/.local/share/pipx/venvs/dbtls", "pipx inject dbtls locust"),
        ("/home/a/.local/share/uv/tools/dbtls", "uv tool install --with locust dbtls"),
        ("/home/a/.cache/uv/archive-v0/x1", "uvx --with locust dbtls"),
        ("/home/a/my venv", "'/home/a/my venv/bin/python' -m pip install 'dbtls[load]'"),
        ("/home/a/pipx/mine/venvs", "/home/a/pipx/mine/venvs/bin/python -m pip install 'dbtls[load]'"),
    ],
)
def test_it_is_one_that_this_installation_takes(monkeypatch: pytest.MonkeyPatch, prefix: str, command: str) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.setattr(sys, "executable", f"{prefix}/bin/python")
    assert command_to_add("load", "locust") == command
