"""What the README and the pages of docs/ tell a reader to type exists, and their tables are those of the code."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from harness.case.scenario import discover_scenarios
from harness.cli import cli
from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.commands.epilogs import EXIT_CODES
from harness.knowledge.product import Product
from harness.knowledge.reader import Knowledge
from harness.knowledge.rows import Severity
from harness.model.outcome import Cause
from harness.model.verdict import Status
from harness.servers.build import BUILTIN_SERVERS, discover_servers
from harness.version import VERSION
from tests.documents import PAGES, ROOT, page, shown
from tests.test_architecture import ROOMS

README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
COMMAND = re.compile(r"^\$ (?:\.venv/bin/)?(.+?)(?: +#.*)?$", re.MULTILINE)
IN_TEXT = re.compile(r"`(dbtls [a-z]+(?: [^`]*)?)`")
COMMANDS = [(name, line) for name, text in TEXTS.items() for line in COMMAND.findall(text)]
DBTLS = [each for each in COMMANDS if each[1].startswith("dbtls ")]
MAKE = [each for each in COMMANDS if each[1].startswith("make ")]
IN_TABLES = [(name, line) for name, text in TEXTS.items() for line in IN_TEXT.findall(text) if "…" not in line]
IMPORTED = "from dbtls import Can, Case, Cause, Side, Testbed, Verify, scenario"
ROW = "[[known]]  # or [[lacks]] (what), [[behaviour]] (does)"
MYSQL = Product.of("mysql", "8.0.15", parts=[Product.of("openssl", "1.0.2")])
FIRST = ("install", "dbtls doctor", "dbtls run", "dbtls up", "dbtls rotate")


def _parse(words: list[str]) -> None:
    """Parse a ``dbtls`` command line as click does, without carrying it out. Raises click.UsageError."""
    command: click.Command = cli
    while isinstance(command, click.Group):
        if not words and command.invoke_without_command:
            return
        name = words.pop(0)
        found = command.get_command(click.Context(command), name)
        if found is None:
            raise click.UsageError(f"no command {name}")
        command = found
    command.make_context(command.name or "", words)


def _named_first(text: str, begin: str) -> set[str]:
    """The names in the first column of the tables of ``text`` that follow ``begin``."""
    return set(re.findall(r"^\| `([^`]+)`[^|]*\|", text.partition(begin)[2], re.MULTILINE))


def _files_there(words: list[str], folder: Path) -> None:
    """Make what a command line names, as a reader would have it, where the command asks for it to be there."""
    for word in words:
        if word.startswith("./") and not (folder / word).suffix and "out" not in words[words.index(word) - 1]:
            (folder / word).mkdir(parents=True, exist_ok=True)
        elif word.endswith(".history"):
            (folder / word).touch()


def test_there_are_commands_in_it() -> None:
    assert len(COMMAND.findall(README)) >= 6
    assert len(DBTLS) >= 40


@pytest.mark.parametrize(("name", "line"), DBTLS)
def test_each_dbtls_command_parses(name: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(line)[1:]
    monkeypatch.chdir(tmp_path)
    _files_there(words, tmp_path)
    _parse(words)


@pytest.mark.parametrize(("name", "line"), IN_TABLES)
def test_each_dbtls_command_in_a_sentence_parses_too(name: str, line: str) -> None:
    words = shlex.split(line)[1:]
    if len(words) > 1:
        _parse(words)
    else:
        assert cli.get_command(click.Context(cli), words[0]) is not None


def test_a_command_that_is_none_would_be_found() -> None:
    with pytest.raises(click.UsageError):
        _parse(["run", "--sever", "mysql-9.7"])
    with pytest.raises(click.UsageError):
        _parse(["compare", "mysql-8.0.31"])


@pytest.mark.parametrize(("name", "line"), MAKE)
def test_each_make_target_exists(name: str, line: str) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert line.split()[1] in targets


@pytest.mark.parametrize("text", [README, page("verdicts")], ids=["README", "verdicts"])
def test_its_exit_codes_are_those_of_the_help(text: str) -> None:
    told = {int(code) for code in re.findall(r"^  (\d+) ", EXIT_CODES, re.MULTILINE)}
    rows = re.findall(r"^\| (\d+)(?:, (\d+))? \|", text, re.MULTILINE)
    assert {int(code) for row in rows for code in row if code} == told


def test_a_reader_has_a_first_command_within_twenty_lines_of_about_150() -> None:
    lines = README.splitlines()
    assert len(lines) <= 160
    assert [command for command in FIRST if command not in "\n".join(lines[:20])] == []


def test_only_the_page_about_installing_names_the_virtual_environments_folder() -> None:
    assert [name for name, text in TEXTS.items() if ".venv/bin/" in text] == ["docs/install.md"]


@pytest.mark.parametrize("name", TEXTS)
def test_each_link_leads_to_a_page(name: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXTS[name]) if "://" not in link]
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []


def test_each_page_is_linked_from_the_readme_and_each_page_of_facts_from_knowledge() -> None:
    links = set(re.findall(r"\]\((docs/[^)]+)\)", README))
    links |= {f"docs/{link}" for link in re.findall(r"\]\((facts/[^)]+)\)", page("knowledge"))}
    assert {name for name in TEXTS if name.startswith("docs/")} <= links


@pytest.mark.parametrize("words", ["can be had", "be had to", "is told", "as it stands"])
def test_words_that_have_to_be_read_twice_are_not_used(words: str) -> None:
    assert [name for name, text in TEXTS.items() if words in " ".join(text.split())] == []


def test_the_table_of_rooms_is_that_of_the_test_of_the_architecture() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", page("architecture"), re.MULTILINE)
    assert tuple(re.findall(r"`(\w+)`", " ".join(rows))) == ROOMS


def test_the_verdicts_severities_and_causes_are_those_of_the_code() -> None:
    text = page("verdicts")
    assert set(re.findall(r"^\| ([A-Z]{4,}) \|", text, re.MULTILINE)) == {status.name for status in Status}
    assert _named_first(text, "## Severities") == {severity.value for severity in Severity}
    causes = text.partition("## Causes of a refusal")[2].partition("Error tables")[0]
    assert set(re.findall(r"`([a-z-]+)`", causes)) - {"client", "server"} == {cause.value for cause in Cause}


def test_each_server_has_a_row_and_an_origin() -> None:
    builds = discover_servers([BUILTIN_SERVERS])
    table, _, origins = page("servers").partition("| server | where the build comes from |")
    assert _named_first(table, "| server |") == set(builds)
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", origins, re.MULTILINE))
    assert set(rows) == set(builds)
    for name, row in rows.items():
        told = (BUILTIN_SERVERS / name / "server.toml").read_text(encoding="utf-8")
        assert [each for each in re.findall(r'^coordinates = "(.+)"', told, re.MULTILINE) if each not in row] == []
        suite = re.search(r'^suite = "(.+)"', told, re.MULTILINE)
        assert "Maven" in row or (suite is not None and (suite[1] in row or "Debian 12" in row))


def test_each_client_has_a_row() -> None:
    builds = {name for name in discover_clients([BUILTIN_CLIENTS]) if "@" not in name}
    told = page("clients").partition("## Any version of a driver")[0]
    assert _named_first(told, "| client |") == builds


def test_the_scenario_and_the_row_that_are_shown_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(shown("scenarios", "python", IMPORTED), encoding="utf-8")
    ((identity, one),) = discover_scenarios([tmp_path]).items()
    claim = "A client that verifies refuses a server whose certificate another authority signed."
    assert (identity, one.claim) == ("mine::another_authority", claim)
    (tmp_path / "mine.toml").write_text(shown("knowledge", "toml", ROW), encoding="utf-8")
    known = Knowledge.read([tmp_path]).deviation("chain::intermediate_sent", MYSQL, None)
    assert known is not None
    assert known.severity is Severity.BREAKS


def test_the_test_in_the_readme_is_one_of_those_that_run() -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    test = block[block.index("def test_") :]
    assert test in shown("pytest", "python", "import pymysql")


def test_the_settings_that_are_shown_are_those_of_a_project() -> None:
    table = tomllib.loads(shown("pytest", "toml", "[tool.dbtls]"))["tool"]["dbtls"]
    assert set(table) == {"server-dir", "server", "pytest", "rotate"}


@pytest.mark.parametrize("name", TEXTS)
def test_the_wheel_that_is_named_is_of_this_version(name: str) -> None:
    assert set(re.findall(r"dbtls-(\d[\w.]*)-py3", TEXTS[name])) <= {VERSION}
