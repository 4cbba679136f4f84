"""``dbtls doctor``: whole output and exit code."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from click.testing import CliRunner

from harness.commands.doctor import doctor_command
from harness.commands.doing import doctor
from harness.machine.facts import Machine
from tests.machine.machines import GOOD

SAID = """\
ok       engine   Docker 28.0 answers
ok       bases    Debian bookworm, bullseye, sid, trixie
ok       Maven    /usr/bin/mvn
ok       Java     JDK or JRE 17; 8, 11, 21, 25 in images
ok       openssl  /usr/bin/openssl
ok       keytool  /usr/bin/keytool
ok       locust   installed
ok       disk     50 GB free in /tmp, /home/a/.cache/dbtls
note     memory   1.0 GB available
                  costs  a run wants 2.0 GB for four servers at a time; with less, load is late
                  do     dbtls run --server NAME, one at a time
ok       cache    /home/a/.cache/dbtls
ok       Python   3.13.1 (/usr/bin/python3)

ready: nothing is missing
"""
NO_OPENSSL = {**GOOD.programs, "openssl": None}


def _told(monkeypatch: pytest.MonkeyPatch, machine: Machine, *options: str) -> tuple[int, str]:
    def looked(*_: Sequence[object]) -> Machine:
        return machine

    monkeypatch.setattr(doctor, "look", looked)
    done = CliRunner().invoke(doctor_command, options, catch_exceptions=False)
    return done.exit_code, done.output


def test_a_machine_that_is_ready_is_0(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _told(monkeypatch, replace(GOOD, memory_bytes=1_000_000_000)) == (0, SAID)


def test_one_that_lacks_something_is_1_and_the_last_line_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = _told(monkeypatch, replace(GOOD, programs=NO_OPENSSL))
    assert code == 1
    assert said.endswith("\n\n1 missing: openssl\n")
    assert (
        "missing  openssl  there is no program `openssl`\n"
        "                  costs  cases of `guide` whose commands call openssl are skipped\n"
        "                  do     sudo apt-get install openssl\n"
    ) in said


def test_as_json_it_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = _told(monkeypatch, replace(GOOD, programs=NO_OPENSSL), "--json")
    told = json.loads(said)
    assert (code, told["format"], told["ready"]) == (1, "dbtls-doctor/1", False)
    (missing,) = (one for one in told["findings"] if one["state"] == "missing")
    assert missing == {
        "name": "openssl",
        "state": "missing",
        "seen": "there is no program `openssl`",
        "costs": ["cases of `guide` whose commands call openssl are skipped"],
        "command": "sudo apt-get install openssl",
    }
    code, said = _told(monkeypatch, GOOD, "--json")
    assert (code, json.loads(said)["ready"]) == (0, True)
