"""``[tool.dbtls]``: found as ruff and pytest find theirs, read strictly, silent where an option speaks."""

from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness.commands.options import (
    client_option,
    clients_folder,
    engine_of,
    engine_option,
    knowledge_folder,
    scenario_option,
    scenarios_folder,
    server_option,
    servers_folder,
)
from harness.errors import UsageError
from harness.project import asks_for_tests, project_file
from harness.selection.settings import Settings, read_settings

PROJECT = """\
[project]
name = "a vendor's"

[tool.dbtls]
servers = ["ours/servers"]
scenarios = ["scenarios"]
knowledge = ["ours/rows"]
server = ["mariadb-11.8"]
scenario = ["one-way::*"]
engine = "docker"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("ours/servers", "ours/rows", "scenarios", "more", "deep/down"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return tmp_path


def test_folders_are_the_files_neighbours(project: Path) -> None:
    assert read_settings(project) == Settings(
        servers=(project / "ours/servers",),
        scenarios=(project / "scenarios",),
        knowledge=(project / "ours/rows",),
        server=("mariadb-11.8",),
        scenario=("one-way::*",),
        engine="docker",
    )


def test_the_nearest_file_with_the_table_counts(project: Path) -> None:
    (project / "deep" / "pyproject.toml").write_text("[tool.ruff]\nline-length = 120\n")
    (project / "deep" / "down" / "pyproject.toml").write_text("# dbtls is not configured here\n")
    assert project_file(project / "deep" / "down") == project / "pyproject.toml"
    (project / "deep" / "pyproject.toml").write_text("[tool.dbtls]\npytest = true\n")
    assert project_file(project / "deep" / "down") == project / "deep" / "pyproject.toml"
    assert asks_for_tests(project / "deep" / "pyproject.toml")
    assert not asks_for_tests(project / "pyproject.toml")


def test_without_a_project_nothing_is_set(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings()


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[tool.ruff]\nservers = 1\n[tool.dbtls]\nservrs = []\n", ":4", "unknown key `servrs`"),
        ('[tool.dbtls]\n\nserver = "mariadb-11.8"\n', ":3", "`server`: input should be a valid tuple"),
        ('[tool.dbtls]\nclient = []\nclients = ["nowhere"]\n', ":3", "`clients.0`: there is no folder "),
        ('[tool.dbtls]\nengine = "podman"\n', ":2", "`engine`: it is one of auto, docker, local"),
        ("[tool.dbtls]\npytest = 1\n", ":2", "`pytest`: input should be a valid boolean"),
        ("[tool]\ndbtls = 1\n", ":1", "`tool.dbtls`: input should be a valid dictionary"),
        ("[tool.dbtls\n", "", "is not TOML: "),
    ],
)
def test_what_is_wrong_is_one_error_with_its_line(tmp_path: Path, text: str, line: str, what: str) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_settings(tmp_path)
    assert str(caught.value).startswith(f"{file}{line}: {what}")


@click.command()
@server_option
@client_option
@scenario_option
@servers_folder
@clients_folder
@scenarios_folder
@knowledge_folder
@engine_option
@click.pass_context
def tell(context: click.Context, /, engine_name: str, **given: object) -> None:
    """Print what a command is given, as its author sees it."""
    for name, value in {**given, "engine": engine_of(context, engine_name)}.items():
        click.echo(f"{name}={value}")


def _told(arguments: list[str]) -> Mapping[str, str]:
    done = CliRunner().invoke(tell, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return dict(line.split("=", 1) for line in done.output.splitlines())


def test_what_is_set_counts_where_no_option_is_given(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "deep" / "down")
    told = _told([])
    assert told["server_names"] == "('mariadb-11.8',)"
    assert told["client_names"] == "()"
    assert told["patterns"] == "('one-way::*',)"
    assert told["server_folders"] == str((project / "ours/servers",))
    assert told["engine"] == "docker"


def test_options_choose_instead_and_add_folders(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    told = _told(["-s", "mysql-9.7", "--scenario", "*", "--servers", "more", "--servers", "more", "--engine", "auto"])
    rows = _told(["--knowledge", "more"])["knowledge_folders"]
    assert rows == str((project / "ours/rows", Path("more")))
    assert told["server_names"] == "('mysql-9.7',)"
    assert told["patterns"] == "('*',)"
    assert told["server_folders"] == str((project / "ours/servers", Path("more")))
    assert told["engine"] == "auto"


def test_help_is_there_also_in_a_project_with_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.dbtls]\nservrs = []\n")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(tell, ["--help"]).exit_code == 0
