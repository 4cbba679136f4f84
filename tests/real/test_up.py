"""The reference environment: every client's printed command works as printed, and nothing of it stays."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from harness.model.account import Endpoint
from harness.servers.admin import observing_context
from harness.servers.container import ContainerPlace
from harness.waiting import wait_for
from tests.real.command import Dbtls, descendants, finished
from tests.real.fleet import Fleet
from tests.real.printed import (
    CONNECTOR_J,
    CONNECTOR_J_5,
    MARIADB_CONNECTOR_J,
    Programs,
    Section,
    answered,
    java_options,
    job_of,
    run_python,
    sections,
    url_of,
)
from tests.real.servers import ask_for_tls, containers_of, greeted

ENDS_S = 30.0
LEGACY = ("mysql-5.7", "mariadb-10.2", "mariadb-10.1")
"""yaSSL servers: TLSv1 and TLSv1.1 alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What ``dbtls up`` printed while it is up."""

    folder: Path
    text: str
    servers: Mapping[str, Sequence[Section]]

    def section(self, server: str, start: str) -> Section:
        """The one section of a server whose title begins so."""
        (found,) = [one for one in self.servers[server] if one.title.startswith(start)]
        return found


def _until_the_note(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("note: up until Ctrl-C"):
            return "".join(lines)
    raise AssertionError(f"it ended early: {''.join(lines)} {process.stderr and process.stderr.read()}")


@contextlib.contextmanager
def _up(scratch: Path, *arguments: str) -> Iterator[Printed]:
    """``dbtls up``, up for as long as the block."""
    dbtls = Dbtls(scratch / "tmp")
    folder = scratch / "out"
    with dbtls.running("up", *arguments, "--out", folder) as process:
        text = _until_the_note(process)
        yield Printed(folder=folder, text=text, servers=sections(text))
        process.send_signal(signal.SIGINT)
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == 130, ended.both
    assert not folder.exists()
    assert dbtls.debris(ended.pid) == []


@pytest.fixture(scope="module", params=[(), ("--two-way",)], ids=["one-way", "two-way"])
def everything(
    request: pytest.FixtureRequest, fleet: Fleet, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Printed]:
    """All default servers at once."""
    with _up(tmp_path_factory.mktemp("up"), *fleet.reached, *request.param) as printed:
        yield printed


@pytest.fixture(scope="module")
def legacy(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printed]:
    assert fleet
    with _up(tmp_path_factory.mktemp("up"), *LEGACY, "--two-way") as printed:
        yield printed


@pytest.fixture(scope="module")
def programs(place: ContainerPlace) -> Programs:
    assert place.images is not None
    return Programs(images=place.images)


def test_each_file_has_what_is_printed(everything: Printed) -> None:
    for server in everything.servers:
        for section in everything.servers[server]:
            assert section.file is not None
            assert section.file.is_relative_to(everything.folder / server)
            assert section.file.read_text() == section.text
            assert section.file.stat().st_mode & 0o777 == 0o600
    assert (everything.folder / "README.txt").read_text() == everything.text


@pytest.mark.parametrize("title", ["PyMySQL", "mysql-connector-python"])
def test_each_python_script_works_as_printed(everything: Printed, title: str) -> None:
    for server in everything.servers:
        done = run_python(everything.section(server, title).text)
        assert "TLSv1.3" in done.stdout, (server, done.stderr)


@pytest.mark.parametrize("program", ["mysql", "mariadb"])
def test_each_command_line_works_as_printed(everything: Printed, programs: Programs, program: str) -> None:
    for server in everything.servers:
        output = programs(program, everything.section(server, f"{program} command line").text, everything.folder)
        assert answered(output), (server, output)


@pytest.mark.parametrize(("program", "vendor"), [("mysql", "MySQL"), ("mariadb", "MariaDB")])
def test_each_options_file_works_as_its_first_line_says(
    everything: Printed, programs: Programs, program: str, vendor: str
) -> None:
    for server in everything.servers:
        section = everything.section(server, f"options file of {vendor}")
        output = programs(program, section.text.splitlines()[0].removeprefix("# "), everything.folder)
        assert answered(output), (server, output)


def test_each_url_for_connector_j_works_as_printed(everything: Printed) -> None:
    jobs = [url_of(everything.section(server, "MySQL Connector/J")) for server in everything.servers]
    assert CONNECTOR_J.connect(jobs) == ["connected TLSv1.3"] * len(jobs)


def test_each_url_for_mariadb_connector_j_works_as_printed(everything: Printed) -> None:
    jobs = [url_of(everything.section(server, "MariaDB Connector/J")) for server in everything.servers]
    assert MARIADB_CONNECTOR_J.connect(jobs) == ["connected TLSv1.3"] * len(jobs)


def test_each_dbconnector_yaml_works_as_printed(everything: Printed) -> None:
    jobs = [
        job_of(everything.section(server, "dbconnector.yaml"), everything.section(server, "configdb.properties"))
        for server in everything.servers
    ]
    assert CONNECTOR_J_5.connect(jobs) == ["connected TLSv1.2"] * len(jobs)


def test_two_way_means_that_a_certificate_is_demanded(everything: Printed) -> None:
    script = everything.section(next(iter(everything.servers)), "PyMySQL").text
    without = "".join(
        line for line in script.splitlines(True) if not line.strip().startswith(("ssl_cert=", "ssl_key="))
    )
    done = run_python(without)
    assert (done.returncode == 0) == (script == without)
    assert script == without or "1045" in done.stderr


def test_what_an_old_server_needs_is_printed_and_works(legacy: Printed, programs: Programs) -> None:
    for server in legacy.servers:
        done = run_python(legacy.section(server, "PyMySQL").text)
        assert "TLSv1" in done.stdout, (server, done.stderr)
        output = programs("mariadb", legacy.section(server, "mariadb command line").text, legacy.folder)
        assert answered(output), (server, output)
        options = legacy.section(server, "options file of MariaDB").text
        output = programs("mariadb", options.splitlines()[0].removeprefix("# "), legacy.folder)
        assert answered(output), (server, output)


def test_what_a_jvm_needs_for_an_old_server_is_printed_and_works(legacy: Printed) -> None:
    for server in legacy.servers:
        url = legacy.section(server, "MariaDB Connector/J")
        (answer,) = MARIADB_CONNECTOR_J.connect([url_of(url)], java=java_options(url))
        assert answer.startswith("connected TLSv1"), (server, answer)
        yaml = legacy.section(server, "dbconnector.yaml")
        job = job_of(yaml, legacy.section(server, "configdb.properties"))
        (answer,) = CONNECTOR_J_5.connect([job], java=java_options(yaml))
        assert answer.startswith("connected TLSv1"), (server, answer)


def test_a_client_that_cannot_reach_an_old_server_is_told_so(legacy: Printed) -> None:
    for server in legacy.servers:
        for title in ("mysql command line", "options file of MySQL", "mysql-connector-python", "MySQL Connector/J"):
            section = legacy.section(server, title)
            assert section.file is None
            assert section.text.startswith("cannot connect: ")
            assert "this server offers only TLSv1" in section.text


def _told(*names: str) -> tuple[str, ...]:
    """A command that prints variables of its environment as one JSON list."""
    script = f"import json, os; print(json.dumps([os.environ.get(name) for name in {list(names)}]))"
    return ("--", sys.executable, "-c", script)


def test_a_command_is_told_where_the_server_is_and_its_exit_code_is_the_last(one_server: str, dbtls: Dbtls) -> None:
    script = (
        "import os, pymysql\n"
        "given = {name: os.environ['DBTLS_' + name.upper()] for name in ('host', 'user', 'password')}\n"
        "given |= {f'ssl_{name}': os.environ['DBTLS_' + name.upper()] for name in ('ca', 'cert', 'key')}\n"
        "pymysql.connect(port=int(os.environ['DBTLS_PORT']), ssl_verify_identity=True, **given).close()\n"
        "print(os.environ['DBTLS_SERVER'], sorted(os.listdir(os.environ['DBTLS_FOLDER'])))\n"
        "raise SystemExit(7)\n"
    )
    ended = dbtls("up", one_server, "--two-way", "--", sys.executable, "-c", script)
    assert ended.code == 7, ended.both
    assert ended.out.startswith(f"{one_server} ['configdb.properties', 'connector-j.url'")
    assert len(ended.out.splitlines()) == 1


def test_a_command_that_is_killed_ends_as_a_shell_says_it(one_server: str, dbtls: Dbtls) -> None:
    ended = dbtls("up", one_server, "--", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert ended.code == 137, ended.both


def test_one_way_gives_a_command_no_certificate(one_server: str, dbtls: Dbtls) -> None:
    ended = dbtls("up", one_server, *_told("DBTLS_CA", "DBTLS_CERT", "DBTLS_KEY"))
    authority, certificate, key = json.loads(ended.out)
    assert authority.endswith("ca.pem")
    assert (certificate, key) == (None, None)


def _json_of(dbtls: Dbtls, *arguments: str) -> Any:
    """What the file that DBTLS_JSON names holds while ``dbtls up`` is up."""
    script = "import os; print(open(os.environ['DBTLS_JSON']).read())"
    ended = dbtls("up", *arguments, "--", sys.executable, "-c", script)
    assert ended.code == 0, ended.both
    return json.loads(ended.out)


def test_a_server_that_is_told_one_version_offers_no_other(one_server: str, dbtls: Dbtls) -> None:
    told = _json_of(dbtls, one_server, "--tls-version", "TLSv1.3")
    (server,) = told["servers"]
    assert server["tls_versions"] == ["TLSv1.3"]
    (yaml,) = [form for form in server["forms"] if form["client"] == "dbconnector.yaml"]
    assert "speaks no TLSv1.3" in yaml["cannot"]


def test_the_json_is_one_line_and_is_enough_to_connect(one_server: str, dbtls: Dbtls) -> None:
    with dbtls.running("up", one_server, "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told == json.loads((Path(told["folder"]) / "environment.json").read_text())
        assert told["format"] == "dbtls-up/1"
        (server,) = told["servers"]
        assert run_python(_form(server, "pymysql")["text"]).returncode == 0
        process.send_signal(signal.SIGTERM)
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == 143, ended.both
    assert dbtls.debris(ended.pid) == []


def _form(server: Any, client: str) -> Any:
    (found,) = [form for form in server["forms"] if form["client"] == client]
    return found


def test_a_certificate_that_expired_is_refused_by_every_client_that_verifies(one_server: str, dbtls: Dbtls) -> None:
    script = (
        "import json, os, subprocess, sys\n"
        "told = json.load(open(os.environ['DBTLS_JSON']))\n"
        "(form,) = [form for form in told['servers'][0]['forms'] if form['client'] == 'pymysql']\n"
        "done = subprocess.run([sys.executable, form['file']], stderr=subprocess.PIPE, text=True)\n"
        "print(json.dumps([told['notes'], done.returncode, done.stderr]))\n"
    )
    ended = dbtls("up", one_server, "--days", "-1", "--", sys.executable, "-c", script)
    assert ended.code == 0, ended.both
    notes, code, said = json.loads(ended.out)
    assert any("have expired" in note for note in notes)
    assert code == 1
    assert "certificate has expired" in said


def test_a_host_is_in_the_certificate_and_in_what_is_printed(one_server: str, dbtls: Dbtls) -> None:
    with dbtls.running("up", one_server, "--host", "db.dbtls.test", "--host", "10.0.0.1", "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        (server,) = told["servers"]
        with (
            greeted(Endpoint("127.0.0.1", server["port"])) as (connection, _),
            ask_for_tls(connection, observing_context()) as secured,
        ):
            presented = secured.getpeercert(binary_form=True)
        process.send_signal(signal.SIGINT)
        finished(process, deadline_s=ENDS_S)
    assert presented is not None
    listed = x509.load_der_x509_certificate(presented).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert listed.value.get_values_for_type(x509.DNSName) == ["db.dbtls.test", "localhost"]
    assert [str(one) for one in listed.value.get_values_for_type(x509.IPAddress)] == ["10.0.0.1", "127.0.0.1"]
    assert server["host"] == "db.dbtls.test"
    assert "--host=db.dbtls.test" in _form(server, "mysql")["text"]
    assert any("db.dbtls.test does not lead to 127.0.0.1 here" in note for note in told["notes"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_told_to_end_it_leaves_a_folder_of_the_users_and_nothing_in_it(
    one_server: str, dbtls: Dbtls, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    with dbtls.running("up", one_server, "--two-way", "--out", out) as process:
        _until_the_note(process)
        (out / "notes.txt").write_text("the user's own")
        assert len(containers_of(process.pid)) == 1
        process.send_signal(number)
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == code, ended.both
    assert "Traceback" not in ended.both
    assert [path.name for path in out.iterdir()] == ["notes.txt"]
    assert dbtls.debris(ended.pid) == []


def test_told_to_end_before_its_server_is_up_it_leaves_nothing(one_server: str, dbtls: Dbtls, tmp_path: Path) -> None:
    with dbtls.running("up", one_server, "--two-way", "--out", tmp_path / "mine") as process:
        assert wait_for(lambda: containers_of(process.pid) or None, deadline_s=ENDS_S)
        process.send_signal(signal.SIGINT)
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == 130, ended.both
    assert "Traceback" not in ended.both
    assert not (tmp_path / "mine").exists()
    assert dbtls.debris(ended.pid) == []


def test_ctrl_c_is_the_command_s_to_answer(one_server: str, dbtls: Dbtls) -> None:
    script = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(3))\n"
        "print('running', flush=True)\n"
        "while True: signal.pause()\n"
    )
    with dbtls.running("up", one_server, "--", sys.executable, "-c", script) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGINT)
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == 3, ended.both
    assert dbtls.debris(ended.pid) == []


def test_told_to_end_while_a_command_runs_it_ends_that_first(one_server: str, dbtls: Dbtls) -> None:
    script = "import signal; print('running', flush=True); signal.pause()"
    with dbtls.running("up", one_server, "--", sys.executable, "-c", script) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        below = descendants(process.pid)
        assert below
        process.send_signal(signal.SIGTERM)
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == 143, ended.both
    assert [one for one in below if one.there()] == []
    assert dbtls.debris(ended.pid) == []


def test_after_a_kill_the_next_run_sweeps_the_folder_that_the_user_named(
    one_server: str, dbtls: Dbtls, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    with dbtls.running("up", one_server, "--two-way", "--out", out) as process:
        _until_the_note(process)
        process.kill()
        ended = finished(process, deadline_s=ENDS_S)
    assert list(out.rglob("*.pem")), "the killed run has left its key files"
    following = dbtls("up", one_server, "--out", out, "--", sys.executable, "-c", "")
    assert following.code == 0, following.both
    assert not out.exists()
    assert dbtls.debris(ended.pid) == []


def test_a_server_that_ends_is_told(one_server: str, dbtls: Dbtls) -> None:
    with dbtls.running("up", one_server) as process:
        _until_the_note(process)
        (container,) = containers_of(process.pid)
        container.kill()
        ended = finished(process, deadline_s=ENDS_S)
    assert ended.code == 2, ended.both
    assert ended.error() == f"server `{one_server}` has ended"
    assert dbtls.debris(ended.pid) == []


def test_a_port_can_be_chosen_and_one_that_is_taken_is_told(one_server: str, dbtls: Dbtls) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = dbtls("up", one_server, "--port", port)
        assert (ended.code, ended.error()) == (2, f"port {port} unavailable: Address already in use")
    ended = dbtls("up", one_server, "--port", port, *_told("DBTLS_PORT"))
    assert (ended.code, ended.out) == (0, f'["{port}"]\n'), ended.both


def test_a_version_that_the_server_refuses_is_one_message(fleet: Fleet, dbtls: Dbtls) -> None:
    for server in fleet.reached:
        if server.startswith("mysql-"):
            ended = dbtls("up", server, "--tls-version", "TLSv1.1")
            assert ended.code == 2, ended.both
            assert ended.error().startswith(f"server `{server}` ")
            assert "invalid value TLSv1.1" in ended.err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("mariadb-11.9",), "no server `mariadb-11.9`"),
        (("mariadb-11.8", "mysql-9.7", "--port", "3306"), "one port for 2 servers"),
        (("mariadb-11.8", "--"), "no COMMAND after `--`"),
        (("mariadb-11.8", "--", "no-such-program"), "there is no program `no-such-program`"),
        (("mariadb-11.8", "--json", "--", "true"), "`--json` is not for a COMMAND"),
        (("mariadb-11.8", "--name", "suite"), "--name is for what is left up"),
        (("mariadb-11.8", "--detach", "--", "true"), "--detach is not for a COMMAND"),
        (("mariadb-11.8", "--detach", "--name", "a/b"), "`a/b` cannot be an environment's name"),
        (("mariadb-11.8", "--init-sql", "/no/such.sql"), "/no/such.sql: cannot be read"),
        (("mariadb-11.8", "-c", "pymysql"), "--client is for --like"),
        (("mariadb-11.8", "--like", "one-way::expired"), "--like without a client"),
        (("mariadb-11.8", "--like", "one-way::expired", "-c", "pymysql,mysql-cli-9.7"), "one case with 2 clients"),
        (("mariadb-11.8", "mysql-9.7", "--like", "one-way::expired", "-c", "pymysql"), "one case on 2 servers"),
        (("mariadb-11.8", "--like", "one-way::expried", "-c", "pymysql"), "no case `one-way::expried`"),
        (("mariadb-11.8", "--like", "one-way::expired", "-c", "pymysql", "--days", "3"), "--days beside --like"),
        (("mariadb-11.8", "--like", "start-up::cipher", "-c", "pymysql"), "`start-up::cipher` is about a server alone"),
        (("mariadb-11.8", "--host", "smörgås"), "`smörgås` is not a DNS name"),
        (("mariadb-11.8", "--out", "/no/such/a b"), "/no/such/a b: a path that cannot stand in every client's"),
        (("mariadb-11.8", "--out", "/no/such/folder/out"), "/no/such/folder: there is no such folder"),
    ],
)
def test_what_cannot_be_brought_up_is_one_message(dbtls: Dbtls, arguments: tuple[str, ...], what: str) -> None:
    ended = dbtls.inside("up", *arguments)
    assert ended.code == 2
    assert ended.error().startswith(what), ended.err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("mariadb-11.8", "--days", "soon"), "`--days`: `soon` is no number of days"),
        (("mariadb-11.8", "--days", "-100000"), "`--days`: `-100000` days are too many"),
        (("mariadb-11.8", "--tls-version", "TLSv1.4"), "`--tls-version`: `TLSv1.4` is none of its words"),
        (("mariadb-11.8", "--port", "0"), "`--port`: `0` is no whole number from 1 to 65535"),
        ((), "there is no server named to bring up"),
    ],
)
def test_an_option_that_cannot_be_read_is_a_usage_error(dbtls: Dbtls, arguments: tuple[str, ...], what: str) -> None:
    ended = dbtls.inside("up", *arguments)
    assert (ended.code, ended.error()) == (2, what)


def test_a_folder_that_holds_something_is_refused_and_kept(dbtls: Dbtls, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("the user's own")
    ended = dbtls.inside("up", "mariadb-11.8", "--out", tmp_path / "mine")
    assert (ended.code, ended.error()) == (2, f"{tmp_path / 'mine'}: the folder is not empty")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_folder_that_is_a_file_or_may_not_be_written_is_refused(dbtls: Dbtls, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = dbtls.inside("up", "mariadb-11.8", "--out", tmp_path / "file")
    assert ended.code == 2
    assert "Not a directory" in ended.error()
    ended = dbtls.inside("up", "mariadb-11.8", "--out", "/proc/mine")  # where root may not write either
    assert ended.code == 2
    assert ended.error().startswith("/proc: there is no such folder") or "/proc/mine" in ended.error()
