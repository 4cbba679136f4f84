"""Completion: the script of each shell, and what it gets for a line; bash carries its script out."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.case.scenario import BUILTIN_SCENARIOS, discover_scenarios
from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.commands.completing import SHELLS
from harness.servers.build import BUILTIN_SERVERS, discover_servers
from tests.real.command import DBTLS
from tests.real.copies import copied_server

SERVERS = list(discover_servers([BUILTIN_SERVERS]))
CLIENTS = list(discover_clients([BUILTIN_CLIENTS]))
SCENARIOS = list(discover_scenarios([BUILTIN_SCENARIOS]))


def _dbtls(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [DBTLS, *words], capture_output=True, text=True, cwd=folder, env={**os.environ, **(environment or {})}
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _bash(folder: Path, line: str, word: str) -> list[str]:
    """What bash would offer after ``line``, of which it is completing ``word``."""
    script = (
        f'PATH={DBTLS.parent}:$PATH; eval "$(dbtls completion bash)"; COMP_LINE=$1 COMP_POINT=${{#1}}\n'
        'complete -p dbtls >/dev/null && _dbtls_completion dbtls "$2" && printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", line, word], capture_output=True, text=True, cwd=folder
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "word", "offered"),
    [
        ("dbtls s", "s", ["servers", "scenarios"]),
        ("dbtls run -s mysql-9", "mysql-9", ["mysql-9.7"]),
        ("dbtls run -s mysql-9.7 --server=mysql-9", "mysql-9", ["mysql-9.7"]),
        ("dbtls rotate -c pym", "pym", ["pymysql"]),
        ("dbtls up mariadb-11.8 mysql-9", "mysql-9", ["mysql-9.7"]),
        ("dbtls probe check --server mysql-9", "mysql-9", ["mysql-9.7"]),
        # Of a word with a colon bash completes what comes after it; of one in quotes, all.
        ("dbtls run -c jdbc:connector-j-2", "connector-j-2", ["connector-j-26"]),
        ("dbtls run --client=jdbc:connector-j-2", "connector-j-2", ["connector-j-26"]),
        ("dbtls run -c 'jdbc:connector-j-2", "jdbc:connector-j-2", ["jdbc:connector-j-26"]),
        ("dbtls run -k one-way::exp", "exp", ["expired"]),
        ("dbtls run -k one-way::expired -s nosuch", "nosuch", []),
        ("dbtls run --sce", "--sce", ["--scenario", "--scenario-dir"]),
        ("dbtls completion ", "", list(SHELLS)),
    ],
)
def test_bash_completes_the_word_that_it_is_at(tmp_path: Path, line: str, word: str, offered: list[str]) -> None:
    assert _bash(tmp_path, line, word) == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("dbtls run -s ", SERVERS),
        ("dbtls run -c ", [name for name in CLIENTS if "@" not in name]),
        ("dbtls run -c jdbc:connector-j-9@", [name for name in CLIENTS if name.startswith("jdbc:connector-j-9@")]),
        ("dbtls run -k ", [*dict.fromkeys(name.partition("::")[0] for name in SCENARIOS), *SCENARIOS]),
    ],
)
def test_all_that_discovery_finds_is_offered(tmp_path: Path, line: str, offered: list[str]) -> None:
    assert len(offered) > 1
    asked = {"_DBTLS_COMPLETE": "bash_complete", "COMP_LINE": line, "COMP_WORD": line.rpartition(" ")[2]}
    assert _dbtls(tmp_path, environment=asked).split() == [f"plain,{name}" for name in offered]


def test_what_a_project_and_an_option_add_is_offered_too(tmp_path: Path) -> None:
    copied_server(tmp_path / "project", "one-of-the-projects")
    copied_server(tmp_path / "more", "one-of-the-options")
    (tmp_path / "pyproject.toml").write_text('[tool.dbtls]\nservers = ["project/servers"]\n')
    assert _bash(tmp_path, "dbtls run --servers more/servers -s one", "one") == [
        "one-of-the-projects",
        "one-of-the-options",
    ]


@pytest.mark.parametrize("text", ["[tool.dbtls]\nservrs = []\n", "[tool.dbtls\n"])
def test_what_is_wrong_in_a_project_is_not_said_while_a_line_is_typed(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert _bash(tmp_path, "dbtls run -s mysql-9", "mysql-9") == ["mysql-9.7"]


def test_a_manifest_that_is_wrong_offers_nothing_and_says_nothing(tmp_path: Path) -> None:
    (copied_server(tmp_path, "mine") / "mine" / "server.toml").write_text("summry = 1\n")
    assert _bash(tmp_path, "dbtls run --servers servers -s my", "my") == []


def test_zsh_and_fish_get_names_with_what_they_are(tmp_path: Path) -> None:
    asked = {"_DBTLS_COMPLETE": "zsh_complete", "COMP_WORDS": "dbtls run -k one-way::exp", "COMP_CWORD": "3"}
    of_type, name, claim = _dbtls(tmp_path, environment=asked).splitlines()
    assert (of_type, name) == ("plain", "one-way\\:\\:expired")
    assert "expired" in claim
    asked = {"_DBTLS_COMPLETE": "fish_complete", "COMP_WORDS": "dbtls run -s mysql-9", "COMP_CWORD": "mysql-9"}
    assert "mysql-9.7" in _dbtls(tmp_path, environment=asked)


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_its_script(tmp_path: Path, shell: str) -> None:
    script = _dbtls(tmp_path, "completion", shell)
    assert f"_DBTLS_COMPLETE={shell}_complete" in script
    assert "_dbtls_completion" in script
