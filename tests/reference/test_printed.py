"""An environment as text, files, JSON and variables."""

from pathlib import Path

import pytest

from harness.reference.printed import as_json, files, forms, text, variables, write_private
from tests.reference.environments import FOLDER, TODAYS, TWO_WAY, YASSL, environment, server_up


@pytest.mark.parametrize("versions", [TODAYS, YASSL])
def test_the_text_has_each_file_as_it_stands(versions: tuple[object, ...]) -> None:
    up = environment(server_up(YASSL if versions is YASSL else TODAYS))
    written = dict(files(up))
    printed = written.pop(FOLDER / "README.txt")
    assert printed == text(up)
    beside = {FOLDER / "some-server" / name for name in ("openssl-legacy.cnf", "java-legacy.security")}
    assert (beside <= written.keys()) == (versions is YASSL)
    for path, content in written.items():
        if path not in beside:
            assert f": {path} <==\n{content}" in printed


def test_files_do_not_overwrite_each_other() -> None:
    found = [form.file for form in forms(server_up()) if hasattr(form, "file")]
    assert len(found) == len(set(found))


def test_the_json_has_what_a_script_needs() -> None:
    up = environment(server_up(YASSL, TWO_WAY))
    made = as_json(up)
    assert made["format"] == "dbtls-up/1"
    assert made["two_way"] is True
    assert made["stores"]["client"]["keystore_p12"] == "/out/stores/current/keystore.p12"
    (server,) = made["servers"]
    assert server["tls_versions"] == ["TLSv1", "TLSv1.1"]
    assert server["certificate"] == {"serial": "abc", "not_after": "2026-12-24T18:30:00+00:00"}
    forms = {form["client"]: form for form in server["forms"]}
    assert set(forms["mysql"]) == {"client", "cannot"}
    assert forms["pymysql"]["file"] == "/out/some-server/pymysql_example.py"


def test_one_way_has_no_client_in_the_json_and_no_variable_for_it() -> None:
    up = environment(server_up())
    assert as_json(up)["stores"]["client"] is None
    assert {"DBTLS_CERT", "DBTLS_KEY"} & variables(up).keys() == set()
    both = environment(server_up(stores=TWO_WAY))
    assert variables(both)["DBTLS_KEY"] == "/out/stores/current/key.pem"


def test_no_password_shows_in_a_server_s_own_text() -> None:
    assert "s-e_cret" not in repr(environment(server_up()))


def test_a_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    write_private(tmp_path / "server" / "my.cnf", "password=x\n")
    assert (tmp_path / "server" / "my.cnf").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "server").stat().st_mode & 0o777 == 0o700
