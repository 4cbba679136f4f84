"""``dbtls explain``: what it prints, how it ends, and that it is quick."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.errors import UsageError
from tests.documents import page


def _typed(*words: str, text: str | bytes = "") -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(cli, ["explain", *words], input=text, catch_exceptions=False)


def test_a_received_alert_means_that_the_other_side_refuses() -> None:
    done = _typed("Received fatal alert: unknown_ca")
    assert done.exit_code == 0
    assert "unknown-authority, refused by the server: " in done.stdout
    assert done.stdout in page("explain")


def test_a_text_may_come_from_standard_input_with_junk_in_it() -> None:
    done = _typed("-", text=b"\xff\xfe\0\nERROR 2026 (HY000): TLS/SSL error: certificate has expired\n")
    assert done.exit_code == 0
    assert done.stdout.count("expired, refused by the client: ") == 1


def test_an_unknown_text_says_so_and_how_to_add_it() -> None:
    done = _typed("Too", "many", "connections")
    assert done.exit_code == 3
    assert "No error table knows this text" in done.stdout
    assert "docs/extending.md" in done.stdout


def test_json_is_all_that_is_on_standard_output() -> None:
    told = json.loads(_typed("--json", "unsafe").stdout)
    assert told["format"] == "dbtls-explanation/1"
    assert told["words"][0]["word"] == "unsafe"


def test_what_weakens_is_marked() -> None:
    assert "\n  weakens   " in _typed("no-tls").stdout


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(UsageError, match="is longer than 100,000 bytes"):
        _typed("-", text="x" * 100_001)


def test_a_long_text_without_an_error_is_answered_in_time(tmp_path: Path) -> None:
    done = _typed("-", text="a line of a log that says nothing of interest\n" * 2_000)
    assert done.exit_code == 3


def test_it_imports_nothing_that_is_only_for_running() -> None:
    """The bound is half a second; a time is the machine's, an import is ours."""
    heavy = {"cryptography", "docker", "harness.clients.build"}
    program = f"import sys, harness.commands.doing.explain\nprint(*sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "\n"
