"""Drivers of other versions, as their users name them, through the program: what each does is proved, or known.

With EVERY_DRIVER_VERSION=1 in the environment every version in tests/knowledge/reach.toml, else those at which much
changes.
"""

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from harness.containers import maven
from harness.errors import BuildUnavailable
from harness.knowledge.product import Product
from tests.knowledge import reach
from tests.real.command import Dbtls, Ended
from tests.real.fleet import Fleet

MARIADB, MYSQL = "jdbc:org.mariadb.jdbc:mariadb-java-client", "jdbc:mysql:mysql-connector-java"
FEW = (
    *(f"{MYSQL}:{version}" for version in ("5.1.47", "8.0.12", "8.0.19")),
    *(f"{MARIADB}:{version}" for version in ("2.4.4", "3.1.4", "3.4.1", "3.5.9")),
    *("pymysql@1.0.2", "pymysql@1.1.0", "mysql-connector-pure@8.0.33"),
)
CHOSEN = tuple(reach.VERSIONS) if os.environ.get("EVERY_DRIVER_VERSION") else FEW
FIVE = (
    "one-way::good_authority",
    "one-way::another_authority",
    "one-way::wrong_host",
    "one-way::expired",
    "two-way::good",
)


def _run(dbtls: Dbtls, report: Path, clients: tuple[str, ...], *arguments: str) -> tuple[Ended, dict[str, Any]]:
    """The report, in which nothing that was named is missing."""
    named = [word for client in clients for word in ("--client", client)]
    ended = dbtls("run", *named, *arguments, "--json", report)
    found = json.loads(report.read_text(encoding="utf-8"))
    if found["missing"]:
        pytest.skip(f"unavailable: {found['missing'][0]['reason']}")
    return ended, found


def _states(report: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(case["client"].rpartition(":")[2], case["id"]): case["status"] for case in report["cases"]}


def test_what_a_version_does_is_proved_or_known(dbtls: Dbtls, fleet: Fleet, tmp_path: Path) -> None:
    server = "mariadb-10.11" if "mariadb-10.11" in fleet.reached else fleet.reached[0]
    chosen = [word for pattern in FIVE for word in ("--scenario", pattern)]
    ended, report = _run(dbtls, tmp_path / "report.json", (*CHOSEN, "pymysql"), "--server", server, *chosen)
    assert ended.code == 0, ended.both
    states = {(case["client"], case["id"]): case["status"] for case in report["cases"]}
    assert {client for client, _ in states} == {*CHOSEN, "pymysql"}
    # What a version is said to lack, and no more: of Connector/J names before 8.0.22, and before 5.1.44 any version of
    # TLS that this server offers.
    mysql = [name for name in CHOSEN if name.startswith(MYSQL)]
    skipped = {(name, FIVE[2]) for name in mysql if _is(name, "connector-j", 8, 0, 22)}
    skipped |= {(name, case) for name in mysql if _is(name, "connector-j", 5, 1, 44) for case in FIVE}
    assert {key for key, state in states.items() if state == "skipped"} == skipped
    good = {(name, case) for name in CHOSEN for case in (FIVE[0], FIVE[4])} - skipped
    assert {states[key] for key in good} == {"pass"}
    for client in report["provenance"]["clients"]:
        if client["name"] in reach.VERSIONS:
            assert reach.VERSIONS[client["name"]].is_seen_in(Product.parse(client["product"])), client


def _is(name: str, product: str, *before: int) -> bool:
    """Whether the driver is of a version before that."""
    found = reach.VERSIONS[name]
    assert found.name == product
    return found.version is not None and found.version.release < before


def test_the_version_that_asks_for_tls_1_2_by_name(dbtls: Dbtls, one_server: str, tmp_path: Path) -> None:
    """MariaDB Connector/J 3.5.2 (CONJ-1240): TLSv1.2 where both have TLSv1.3, and refused where there is no other."""
    clients = tuple(f"{MARIADB}:{version}" for version in ("3.5.0", "3.5.2", "3.5.3"))
    chosen = ("--scenario", "one-way::good_authority", "--scenario", "versions::a_version_that_the_client_lacks")
    ended, report = _run(dbtls, tmp_path / "report.json", clients, "--server", one_server, *chosen)
    assert ended.code == 0, ended.both
    cases = {(case["client"].rpartition(":")[2], case["id"]): case["outcome"] for case in report["cases"]}
    good = {version: cases[version, "one-way::good_authority"] for version in ("3.5.0", "3.5.2", "3.5.3")}
    assert good == {version: f"accepted over TLSv1.{2 if version == '3.5.2' else 3}" for version in good}
    refused = {key: outcome for key, outcome in cases.items() if key[1].endswith("/TLSv1.3")}
    assert refused == {
        ("3.5.2", "versions::a_version_that_the_client_lacks/TLSv1.3"): "refused by the server: protocol-version"
    }


def test_the_versions_that_connect_to_another_authority(dbtls: Dbtls, fleet: Fleet, tmp_path: Path) -> None:
    """MariaDB Connector/J 3.5.4 to 3.5.9, whose password vouches for any certificate (CONJ-1331)."""
    if "mariadb-11.8" not in fleet.reached:
        pytest.skip("mariadb-11.8 is not available today")
    clients = tuple(f"{MARIADB}:{version}" for version in ("3.5.3", "3.5.9", "3.5.11"))
    chosen = ("--scenario", "one-way::another_authority")
    ended, report = _run(dbtls, tmp_path / "report.json", clients, "--server", "mariadb-11.8", *chosen)
    assert ended.code == 0, ended.both
    assert {key[0]: state for key, state in _states(report).items()} == {
        "3.5.3": "pass",
        "3.5.9": "known",
        "3.5.11": "pass",
    }
    (case,) = (case for case in report["cases"] if case["status"] == "known")
    assert case["reason"].startswith("connected but unverified: accepted over TLSv1.3, ")
    assert case["known"]["severity"] == "unsafe"


def test_what_a_driver_ignores_in_silence_is_told(dbtls: Dbtls, one_server: str, tmp_path: Path) -> None:
    """A trust store that the driver does not read is named where it cannot connect without, and in the evidence."""
    clients = (f"{MARIADB}:3.1.4",)
    ended, report = _run(
        dbtls, tmp_path / "report.json", clients, "--server", one_server, "--scenario", "jdbc::guide_properties/jks"
    )
    assert ended.code == 0, ended.both
    (case,) = report["cases"]
    assert case["status"] == "known"
    assert "ignored in silence: " in case["reason"]
    (attempt,) = (proof for proof in case["evidence"] if proof["label"] == "case")
    assert {"trustCertificateKeyStoreUrl", "verifyServerCertificate"} <= set(attempt["client"]["ignored"])
    assert not {"useSSL", "clientCertificateKeyStoreUrl"} & set(attempt["client"]["ignored"])


def test_a_jar_of_ones_own(dbtls: Dbtls, one_server: str, tmp_path: Path) -> None:
    try:
        published, found = maven.fetch_unpinned(f"{MARIADB.removeprefix('jdbc:')}:3.4.1")
    except BuildUnavailable as error:
        pytest.skip(f"unavailable: {error}")
    jar = tmp_path / "own.jar"
    shutil.copy(published, jar)
    ended, report = _run(
        dbtls, tmp_path / "report.json", (f"jdbc:{jar}",), "--server", one_server, "--scenario", "two-way::good"
    )
    assert ended.code == 0, ended.both
    (told,) = report["provenance"]["clients"]
    assert told["name"] == f"jdbc:{jar}"
    assert told["driver"].startswith(f"mariadb-connector-j 3.4.1 (own.jar, not pinned, SHA-256 {found})")
    with zipfile.ZipFile(tmp_path / "no-driver.jar", "w") as archive:
        archive.writestr("a", "")
    unknown = dbtls("run", "--client", f"jdbc:{tmp_path / 'no-driver.jar'}")
    assert unknown.code == 2
    assert "dbtls does not know this driver" in unknown.error()


def test_a_version_that_nobody_publishes_is_missed_and_others_go_on(
    dbtls: Dbtls, one_server: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    named = ("--client", "pymysql@0.0.0", "--client", "pymysql", "--scenario", "one-way::good_authority")
    ended = dbtls("run", "--server", one_server, *named, "--json", report)
    assert ended.code == 3, ended.both
    found = json.loads(report.read_text(encoding="utf-8"))
    assert [missing["name"] for missing in found["missing"]] == ["pymysql@0.0.0"]
    assert "pip could not install `PyMySQL[rsa]==0.0.0`" in found["missing"][0]["reason"]
    assert found["counts"]["pass"] == 1
