"""``dbtls init``: what it writes is what it shows, can be read, and takes the place of nothing."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from harness.cli import cli
from harness.errors import UsageError
from harness.project import asks_for_tests
from harness.selection.settings import read_settings
from harness.version import VERSION
from tests.commands.lines import parse

OWN = '[tool.dbtls]\nserver = ["mysql-9.7"]\npytest = false\n'
NEXT = "next: `dbtls doctor` shows whether all of it can run on this machine\n"
WORKFLOWS = {"--github": ".github/workflows/dbtls.yml", "--gitlab": ".gitlab/dbtls.yml"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _init(*words: str) -> str:
    done = CliRunner().invoke(cli, ["init", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_new_project_gets_a_table_that_it_shows(project: Path) -> None:
    said = _init("-s", "mysql*", "-c", "pymysql", "-s", "mariadb-11.8")
    written = (project / "pyproject.toml").read_text()
    assert said == "wrote pyproject.toml:\n" + re.sub("^", "    ", written.rstrip(), flags=re.MULTILINE) + f"\n{NEXT}"
    settings = read_settings(project)
    assert settings.server == ("mysql*", "mariadb-11.8")
    assert settings.client == ("pymysql",)
    assert asks_for_tests(project / "pyproject.toml")
    assert _files(project) == {"pyproject.toml"}


def test_what_is_not_named_is_shown_in_a_comment(project: Path) -> None:
    _init()
    settings = read_settings(project)
    assert (settings.server, settings.client) == ((), ())
    uncommented = (project / "pyproject.toml").read_text().replace("# server", "server").replace("# client", "client")
    assert set(tomllib.loads(uncommented)["tool"]["dbtls"]) == {"server", "client", "scenario", "pytest"}


@pytest.mark.parametrize("before", ['[project]\nname = "ä"\n', '[project]\nname = "a"', '[project]\r\nname = "a"\r\n'])
def test_a_table_is_added_at_the_end_of_what_is_there(project: Path, before: str) -> None:
    file = project / "pyproject.toml"
    file.write_bytes(before.encode())
    file.chmod(0o640)
    _init()
    after = file.read_bytes().decode()
    assert after.startswith(before)
    assert ("\r\n" in before) == ("[tool.dbtls]\r\n" in after)
    assert after.count("\n") - after.count("\r\n") in {0, after.count("\n")}, "two kinds of line ends"
    assert file.stat().st_mode & 0o777 == 0o640
    assert read_settings(project).pytest


def test_a_table_that_is_there_stays_as_it_is(project: Path) -> None:
    (project / "pyproject.toml").write_text(OWN)
    said = _init("-c", "pymysql")
    assert (project / "pyproject.toml").read_text() == OWN
    assert said == (
        "kept pyproject.toml: its [tool.dbtls] is your own; what it may have as well:\n"
        '    client = ["pymysql"]  # `dbtls clients` lists them; default: all that are not meant by name\n'
        '    scenario = ["one-way*", "two-way*"]  # `dbtls scenarios` lists them; default: all\n'
        f"{NEXT}"
    )


def test_the_second_time_nothing_changes(project: Path) -> None:
    _init("--github", "--gitlab")
    before = {name: (project / name).read_bytes() for name in _files(project)}
    said = _init("--github", "--gitlab")
    assert {name: (project / name).read_bytes() for name in _files(project)} == before
    assert "wrote" not in said
    assert said.count("kept ") == 3


def test_another_folder_is_named(project: Path) -> None:
    (project / "there").mkdir()
    assert "wrote there/pyproject.toml:" in _init("there", "--github")
    assert _files(project) == {"there/pyproject.toml", "there/.github/workflows/dbtls.yml"}


@pytest.mark.parametrize(("option", "name"), WORKFLOWS.items())
def test_a_workflow_is_yaml_and_its_commands_are_ours(project: Path, option: str, name: str) -> None:
    said = _init(option)
    text = (project / name).read_text()
    assert f"wrote {name}:\n    # Written by `dbtls init` of dbtls {VERSION}.\n" in said
    jobs = yaml.safe_load(text)
    job = jobs["jobs"]["dbtls"] if option == "--github" else jobs["dbtls"]
    lines = [step["run"] for step in job["steps"] if "run" in step] if option == "--github" else job["script"]
    ours = [line.removeprefix(".dbtls-env/bin/").removesuffix(" || true") for line in lines]
    commands = [line for line in ours if line.startswith("dbtls ")]
    assert [line.split()[1] for line in commands] == ["doctor", "run"]
    assert "mkdir" in lines[-2], "a report's folder has to be there"
    for line in commands[:1]:
        parse(line)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        (project / "dbtls-report").mkdir()
        parse(commands[1])
    assert f"pip install 'dbtls[load]=={VERSION}'" in text


def test_gitlab_is_told_of_the_job(project: Path) -> None:
    _init("--gitlab")
    assert yaml.safe_load((project / ".gitlab-ci.yml").read_text()) == {"include": [{"local": ".gitlab/dbtls.yml"}]}


def test_a_pipeline_of_ones_own_is_not_touched(project: Path) -> None:
    main = project / ".gitlab-ci.yml"
    main.write_text("stages: [test]\n")
    said = _init("--gitlab")
    assert main.read_text() == "stages: [test]\n"
    assert "add to .gitlab-ci.yml:\n    include:\n      - local: .gitlab/dbtls.yml\n" in said
    main.write_text("include: .gitlab/dbtls.yml\n")
    assert "add to" not in _init("--gitlab")


@pytest.mark.parametrize(("option", "name"), WORKFLOWS.items())
def test_a_workflow_that_is_there_is_overwritten_with_force_alone(project: Path, option: str, name: str) -> None:
    there = project / name
    there.parent.mkdir(parents=True)
    there.write_text("mine: true\n")
    with pytest.raises(UsageError) as caught:
        _init(option)
    assert str(caught.value) == f"{name}: is there already"
    assert caught.value.remedy == "keep it, or have it overwritten with --force"
    assert _files(project) == {name}, "nothing is written where not all can be"
    _init(option, "--force")
    assert "mine" not in there.read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.dbtls\n", "is not TOML: "),
        ("[tool]\ndbtls = 1\n", "`tool.dbtls` is no table"),
        ("tool = {}\n", "has a `tool` to which no table can be added"),
    ],
)
def test_a_file_that_cannot_take_a_table_is_left_alone(project: Path, text: str, said: str) -> None:
    file = project / "pyproject.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        _init("--github")
    assert str(caught.value).startswith(f"pyproject.toml: {said}")
    assert file.read_text() == text
    assert _files(project) == {"pyproject.toml"}


@pytest.mark.parametrize("words", [("-s", "mysql-9.6"), ("-c", "pymsql")])
def test_a_name_that_means_nothing_is_told(project: Path, words: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match=r"^no (server|client) "):
        _init(*words)
    assert _files(project) == set()
