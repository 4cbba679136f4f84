"""``[tool.dbtls]``: found as ruff and pytest find theirs, read strictly, silent where an option speaks."""

import json
from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from click.core import ParameterSource
from click.testing import CliRunner

from harness.cli import cli
from harness.commands.command import Command, key_of, variable
from harness.commands.options import (
    client_option,
    clients_folder,
    engine_option,
    knowledge_folder,
    scenario_option,
    scenarios_folder,
    server_option,
    servers_folder,
)
from harness.commands.usage import told
from harness.errors import UsageError
from harness.names import place_of
from harness.project import asks_for_tests, project_file
from harness.selection.settings import Settings, read_settings
from tests.commands.lines import COMMANDS

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
        ("[tool.dbtls]\n\nserver = 11.8\n", ":3", "`server`: it must be a list"),
        ("[tool.dbtls]\nserver = [11.8]\n", ":2", "`server.0`: it must be a text, in quotes"),
        ('[tool.dbtls]\nclient = []\nclients = ["nowhere"]\n', ":3", "`clients.0`: there is no folder "),
        ('[tool.dbtls]\nengine = "podman"\n', ":2", "`engine`: it is one of auto, docker, local"),
        ("[tool.dbtls]\npytest = 1\n", ":2", "`pytest`: it must be true or false"),
        ("[tool]\ndbtls = 1\n", ":1", "`tool.dbtls`: it must be a table"),
        ("[tool.dbtls\n", "", "is not TOML: "),
    ],
)
def test_what_is_wrong_is_one_error_with_its_line(tmp_path: Path, text: str, line: str, what: str) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_settings(tmp_path)
    assert str(caught.value).startswith(f"{file}{line}: {what}")


@click.command(cls=Command)
@server_option
@client_option
@scenario_option
@servers_folder
@clients_folder
@scenarios_folder
@knowledge_folder
@engine_option
def tell(**given: object) -> None:
    """Print what a command is given, as its author sees it."""
    for name, value in given.items():
        click.echo(f"{name}={value}")


@click.group()
def program() -> None:
    """A program with that one command."""


program.add_command(tell)


def _told(arguments: list[str]) -> Mapping[str, str]:
    done = CliRunner().invoke(program, ["tell", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def test_what_is_set_counts_where_no_option_is_given(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "deep" / "down")
    told = _told([])
    assert told["server_names"] == "('mariadb-11.8',)"
    assert told["client_names"] == "()"
    assert told["patterns"] == "('one-way::*',)"
    assert told["server_folders"] == str((project / "ours/servers",))
    assert told["engine_name"] == "docker"


def test_options_choose_instead_and_add_folders(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    told = _told(["-s", "mysql-9.7", "--scenario", "*", "--servers", "more", "--servers", "more", "--engine", "auto"])
    rows = _told(["--knowledge", "more"])["knowledge_folders"]
    assert rows == str((project / "ours/rows", Path("more")))
    assert told["server_names"] == "('mysql-9.7',)"
    assert told["patterns"] == "('*',)"
    assert told["server_folders"] == str((project / "ours/servers", Path("more")))
    assert told["engine_name"] == "auto"


def test_help_is_there_also_in_a_project_with_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.dbtls]\nservrs = []\n")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(program, ["tell", "--help"]).exit_code == 0


def test_one_name_needs_no_list_and_several_may_share_a_text(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.dbtls]\nserver = "mysql-9.7"\nclient = ["a, b", "c"]\n')
    settings = read_settings(tmp_path)
    assert (settings.server, settings.client) == (("mysql-9.7",), ("a", "b", "c"))


def test_a_name_knows_its_line(project: Path) -> None:
    (name,) = read_settings(project).server
    assert place_of(name) == f"{project / 'pyproject.toml'}:8"


def test_the_names_of_old_of_folders_are_taken_with_a_hint(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    done = CliRunner().invoke(program, ["tell", "--servers", "more", "--server-dir", "deep"], catch_exceptions=False)
    assert f"server_folders={(project / 'ours/servers', Path('more'), Path('deep'))}\n" in done.stdout
    assert done.stderr == "dbtls: --servers is now --server-dir\n"
    (project / "pyproject.toml").write_text('[tool.dbtls]\nservers = ["ours/servers"]\nserver-dir = "more"\n')
    assert _told([])["server_folders"] == str((project / "ours/servers", project / "more"))


def test_a_variable_counts_where_no_option_is_given_and_before_the_file(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("DBTLS_TELL_SERVER", "mysql-9.7,mysql-5.7 mariadb-10.5")
    monkeypatch.setenv("DBTLS_TELL_SCENARIO", "")
    monkeypatch.setenv("DBTLS_TELL_SERVER_DIR", f"{project / 'more'}:{project / 'deep'}")
    told = _told([])
    assert told["server_names"] == "('mysql-9.7', 'mysql-5.7', 'mariadb-10.5')"
    assert told["patterns"] == "('one-way::*',)", "one that is empty is as if it were not set"
    assert told["server_folders"] == str((project / "ours/servers", project / "more", project / "deep"))
    assert _told(["-s", "x"])["server_names"] == "('x',)"


def _options() -> list[tuple[str, str]]:
    """Every option of every command that is not hidden, by the command's words and its own long name."""
    found = []
    for words, command in COMMANDS.items():
        if isinstance(command, Command):
            found += [
                (words, key_of(param))
                for param in command.params
                if isinstance(param, click.Option) and not param.hidden
            ]
    return found


@pytest.mark.parametrize(("words", "key"), _options())
def test_each_option_of_each_command_is_a_variable(words: str, key: str, tmp_path: Path) -> None:
    context, param = _parsed_elsewhere(words, key, tmp_path)
    assert variable(context, param) == f"DBTLS_{words}_{key}".upper().replace(" ", "_").replace("-", "_")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv(variable(context, param), _typed(param, tmp_path))
        context, param = _parsed_elsewhere(words, key, tmp_path)
    assert context.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT


@pytest.mark.parametrize(
    ("words", "key"), [(words, key) for words, key in _options() if words not in {"servers", "clients", "scenarios"}]
)
def test_each_option_of_each_command_may_stand_in_the_file(words: str, key: str, tmp_path: Path) -> None:
    context, param = _parsed_elsewhere(words, key, tmp_path)
    value = "true" if param.is_flag else json.dumps(_typed(param, tmp_path))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        (tmp_path / "pyproject.toml").write_text(f"[tool.dbtls.{words.replace(' ', '.')}]\n{key} = {value}\n")
        context, param = _parsed_elsewhere(words, key, tmp_path)
    assert context.get_parameter_source(str(param.name)) is ParameterSource.DEFAULT_MAP


def _typed(param: click.Option, folder: Path) -> str:
    """A value that the option takes."""
    if param.is_flag:
        return "1"
    if isinstance(param.type, click.Choice):
        return str(param.type.choices[-1])
    if param.name == "formats":
        return "json=7"
    return str(folder) if param.name is not None and param.name.endswith("_folders") else "7"


def _parsed_elsewhere(words: str, key: str, folder: Path) -> tuple[click.Context, click.Option]:
    """The command parsed without options."""
    command, root = COMMANDS[words], click.Context(cli, info_name="dbtls")
    parent = root
    for word in words.split()[:-1]:
        group = cli.get_command(root, word)
        assert group is not None
        parent = click.Context(group, parent=parent, info_name=word)
    arguments = {"judge": ["x"], "probe check": ["x"], "compare": ["x", "y"]}.get(words, [])
    context = command.make_context(words.split()[-1], arguments, parent=parent)
    param = next(one for one in command.params if isinstance(one, click.Option) and key_of(one) == key)
    return context, param


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[tool.dbtls.run]\njsn = 'x'\n", 2, "unknown key `run.jsn`"),
        ("[tool.dbtls]\npytest = true\n[tool.dbtls.run]\nrate = 7\n", 4, "unknown key `run.rate`"),
        ("[tool.dbtls.rnu]\njson = 'x'\n", 1, "unknown key `rnu`"),
        ("[tool.dbtls]\nrun = 7\n", 2, "`run`: it must be a table"),
    ],
)
def test_a_key_that_a_command_has_not_is_told_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        with pytest.raises(UsageError) as caught:
            COMMANDS["run"].make_context("run", [], parent=click.Context(cli))
    assert str(caught.value) == f"{file}:{line}: {what}"


def test_a_value_of_the_file_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.dbtls.rotate]\nrate = 0\nduration = "soon"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        with pytest.raises(click.BadParameter) as caught:
            COMMANDS["rotate"].make_context("rotate", ["--duration", "1m"], parent=click.Context(cli))
    assert str(told(caught.value)) == f"{file}:2: `--rate`: `0` is not above 0"
    assert told(caught.value).remedy == "write a number that is, as 25 or 0.5"
