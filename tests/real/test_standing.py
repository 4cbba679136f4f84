"""An environment that stays: prepared for another's suite, found and ended by name, and one case left standing."""

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pymysql
import pytest

from harness.locations import owner_of
from harness.waiting import wait_for
from tests.documents import page, shown
from tests.real.command import DBTLS, GONE_S, Dbtls
from tests.real.servers import containers_of


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dbtls: Dbtls) -> Iterator[Path]:
    """Where environments of this test are known; none of them outlives it."""
    monkeypatch.setenv("DBTLS_STATE", str(tmp_path / "state"))
    yield tmp_path / "state" / "up"
    assert dbtls("down", "--all").code == 0


def _up(dbtls: Dbtls, *arguments: str | Path) -> Any:
    """What ``dbtls up --detach --json`` printed; the command has ended, and nothing of it holds its output."""
    with dbtls.running("up", *arguments, "--detach", "--json") as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out)


def _keeper(state: Path, name: str) -> int:
    owner = owner_of(state / name)
    assert owner is not None
    return owner.pid


def _listed(dbtls: Dbtls) -> list[tuple[str, str]]:
    with dbtls.running("up", "--list", "--json") as process:
        out, _ = process.communicate(timeout=30)
    return [(one["name"], one["state"]) for one in json.loads(out)["environments"]]


def _connect(server: Mapping[str, Any], account: Mapping[str, str], folder: str) -> "pymysql.Connection[Any]":
    ca = Path(folder) / "stores" / "current" / "ca.pem"
    return pymysql.connect(
        host=server["host"],
        port=server["port"],
        user=account["user"],
        password=account["password"],
        ssl_ca=str(ca),
        ssl_verify_identity=True,
    )


def test_it_stays_is_prepared_is_found_by_name_and_ends_without_a_trace(
    one_server: str, dbtls: Dbtls, state: Path, tmp_path: Path
) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text(
        "CREATE DATABASE ours;\nDELIMITER //\nCREATE PROCEDURE ours.p()\nBEGIN SELECT 'a;b'; END//\nDELIMITER ;\n"
        "CREATE USER them@'%' IDENTIFIED BY 'theirs';\nGRANT ALL ON ours.* TO them@'%';\n"
    )
    told = _up(dbtls, one_server, "--name", "suite", "--init-sql", schema)
    (server,) = told["servers"]
    assert _listed(dbtls) == [("suite", "up")]
    keeper = _keeper(state, "suite")
    assert len(containers_of(keeper)) == 1
    with _connect(server, {"user": "them", "password": "theirs"}, told["folder"]) as theirs, theirs.cursor() as cursor:
        cursor.execute("CALL ours.p()")
        assert cursor.fetchall() == (("a;b",),)
    with _connect(server, server["admin"], told["folder"]) as admin, admin.cursor() as cursor:
        cursor.execute("CREATE USER another@'%' IDENTIFIED BY 'x'")
        cursor.execute("GRANT SELECT ON ours.* TO another@'%' WITH GRANT OPTION")

    again = dbtls.inside("up", one_server, "--name", "suite", "--detach")
    assert (again.code, again.out) == (2, "")

    ended = dbtls("down", "suite")
    assert (ended.code, ended.out) == (0, "suite: ended\n")
    assert dbtls.debris(keeper) == []
    assert list(state.iterdir()) == []
    # The same name has the same port.
    assert _up(dbtls, one_server, "--name", "suite")["servers"][0]["port"] == server["port"]


def test_what_its_killed_process_left_is_there_until_it_is_ended(
    one_server: str, dbtls: Dbtls, state: Path, tmp_path: Path
) -> None:
    _up(dbtls, one_server, "--name", "suite", "--out", tmp_path / "out")
    keeper = _keeper(state, "suite")
    os.kill(keeper, signal.SIGKILL)
    assert wait_for(lambda: None if containers_of(keeper) else True, deadline_s=GONE_S)
    assert _listed(dbtls) == [("suite", "its process was killed")]
    # Another's sweep leaves it alone.
    dbtls("up", one_server, "--", "true")
    assert (tmp_path / "out" / "environment.json").exists()
    assert dbtls("down", "--all").out == "suite: ended\n"
    assert not (tmp_path / "out").exists()
    assert list(state.iterdir()) == []


def test_a_server_that_ends_is_told_of(one_server: str, dbtls: Dbtls, state: Path) -> None:
    _up(dbtls, one_server, "--name", "suite")
    keeper = _keeper(state, "suite")
    (container,) = containers_of(keeper)
    container.remove(force=True)
    wait_for(lambda: True if _listed(dbtls) != [("suite", "up")] else None, deadline_s=GONE_S)
    assert _listed(dbtls) == [("suite", f"server `{one_server}` has ended")]
    assert dbtls.debris(keeper) == []


def test_a_statement_that_the_server_refuses_is_one_message_with_its_line(
    one_server: str, dbtls: Dbtls, tmp_path: Path, state: Path
) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text("CREATE DATABASE ours;\n\nCREATE TABEL ours.t (a int);\n")
    ended = dbtls("up", one_server, "--init-sql", schema, "--detach")
    assert ended.code == 2
    assert ended.error().startswith(f"{schema}:3: server `{one_server}` refuses this statement: 1064 ")
    assert list(state.iterdir()) == []


def test_one_case_stands_and_its_client_s_own_form_meets_what_is_expected(one_server: str, dbtls: Dbtls) -> None:
    script = (
        "import json, os, subprocess, sys\n"
        "told = json.load(open(os.environ['DBTLS_JSON']))\n"
        "(form,) = told['client']['forms']\n"
        "done = subprocess.run([sys.executable, form['file']], stderr=subprocess.PIPE, text=True)\n"
        "print(json.dumps([told['expected'], told['definition']['expect'], done.returncode, done.stderr]))\n"
    )
    like = ("--like", "one-way::expired", "--client", "pymysql")
    ended = dbtls("up", one_server, *like, "--", sys.executable, "-c", script)
    assert ended.code == 0, ended.both
    expected, defined, code, said = json.loads(ended.out)
    assert expected == "refused by the client: expired"
    assert expected == defined
    assert code == 1
    assert "certificate has expired" in said


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def test_pymysqls_own_tests_pass_by_the_commands_of_the_docs(dbtls: Dbtls, tmp_path: Path) -> None:
    """The commands as they stand on the page, with another port: 3306 may be somebody's."""
    (tmp_path / "accounts.sql").write_text(shown("up", "sql", "CREATE USER"))
    section = page("up").partition("## Another project's tests")[2].partition("\n## ")[0]
    commands = re.findall(r"^\$ (.+?)(?: +#.*)?$", section, re.MULTILINE)
    port = _free_port()
    environment = {
        **os.environ,
        "TMPDIR": str(dbtls.scratch),
        "PATH": f"{DBTLS.parent}:{os.environ['PATH']}",
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
    }
    said = ""
    for command in commands:
        command = command.replace("3306", str(port))
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
        said += done.stdout
        for file in tmp_path.glob("pymysql-*/tests/test_auth.py"):
            file.write_text(file.read_text().replace("port = 3306", f"port = {port}"))
    assert shlex.split(commands[-1])[:2] == ["dbtls", "down"]
    assert re.search(r"^=+ 8 passed", said, re.MULTILINE), said[-2000:]
