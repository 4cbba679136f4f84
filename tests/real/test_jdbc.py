"""JDBC drivers against real servers, through the program: what each does, and the guide's own world."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.clients.build import BUILTIN_CLIENTS, discover_clients
from harness.servers.container import ContainerPlace
from tests.real.command import Dbtls, Ended
from tests.real.copies import copied_driver
from tests.real.fleet import Fleet

DRIVERS = [name for name, build in discover_clients([BUILTIN_CLIENTS]).items() if build.reach == ("jdbc",)]
OURS = ("one-way::another_authority", "one-way::expired", "two-way::good", "jdbc::*")
ON_EVERY_JDK = "jdbc:connector-j-9"
NOT_THERE = "jdbc:com.mysql:mysql-connector-j:9.999.0"


def _run(dbtls: Dbtls, report: Path, *arguments: str | Path) -> tuple[Ended, dict[str, Any]]:
    ended = dbtls("run", *arguments, "--json", report)
    return ended, json.loads(report.read_text(encoding="utf-8"))


def test_each_driver_is_told_the_guides_properties(dbtls: Dbtls, fleet: Fleet, tmp_path: Path) -> None:
    server = "mariadb-11.8" if "mariadb-11.8" in fleet.reached else fleet.reached[0]
    chosen = [word for pattern in OURS for word in ("--scenario", pattern)]
    ended, report = _run(dbtls, tmp_path / "report.json", "--server", server, "--client", "jdbc*", *chosen)
    assert ended.code == 0, ended.both
    proved = {case["client"] for case in report["cases"] if case["status"] == "pass"}
    assert proved == set(DRIVERS)
    words = {(use["client"], use["name"]): use["use"] for use in report["properties"]}
    assert words["jdbc:connector-j-5.1", "requireSSL"] == "honours"
    assert words["jdbc:connector-j-9", "requireSSL"] == "ignores"
    assert words["jdbc:mariadb-3.5", "useSSL"] == "translates"
    assert words["jdbc:mariadb-3.5", "verifyServerCertificate"] == "ignores"


@pytest.mark.parametrize("server", ["mysql-5.7", "mariadb-10.2"])
def test_the_guides_own_world(dbtls: Dbtls, place: ContainerPlace, tmp_path: Path, server: str) -> None:
    """5.1.49 on JDK 8 with the guide's properties: refused as Java ships, accepted once TLSv1.1, alone, is allowed."""
    client = "jdbc:guides-own"
    ended, report = _run(
        dbtls,
        tmp_path / "report.json",
        *("--client-dir", copied_driver(tmp_path, client, relaxed='"TLSv1.1" = ""')),
        *("--server", server, "--client", f"{client}@8"),
        *("--scenario", "jdbc::guide_properties*", "--scenario", "guide::middleware"),
    )
    if report["missing"]:
        pytest.skip(f"unavailable: {report['missing'][0]['reason']}")
    assert ended.code == 0, ended.both
    (told,) = report["provenance"]["clients"]
    assert told["tls_library"].endswith("legacy crypto allowed: jdk.tls.disabledAlgorithms less TLSv1.1")
    cases = {case["id"]: case for case in report["cases"]}
    refused = cases["jdbc::guide_properties_of_an_old_server"]
    assert refused["outcome"] == "refused by the client: protocol-version"
    (attempt,) = (proof for proof in refused["evidence"] if proof["label"] == "case")
    assert attempt["client"]["error"][-1]["message"].startswith("No appropriate protocol")
    for identity in ("jdbc::guide_properties/jks", "jdbc::guide_properties/pkcs12", "guide::middleware"):
        assert cases[identity]["outcome"] == "accepted over TLSv1.1, legacy crypto allowed"
        (attempt,) = (proof for proof in cases[identity]["evidence"] if proof["label"] == "case")
        assert attempt["server"]["account"].startswith("c_x509"), "two ways: the account demands the certificate"


def test_each_jdk_starts_and_connects(dbtls: Dbtls, one_server: str, tmp_path: Path) -> None:
    jdks = {f"{ON_EVERY_JDK}{on}": number for on, number in {"": 17, "@8": 8, "@11": 11, "@21": 21, "@25": 25}.items()}
    ended, report = _run(
        dbtls,
        tmp_path / "report.json",
        *("--server", one_server, "--scenario", "one-way::good_authority", "--scenario", "one-way::disabled"),
        *(word for name in jdks for word in ("--client", name)),
    )
    if report["missing"]:
        pytest.skip(f"unavailable: {report['missing'][0]['reason']}")
    assert ended.code == 0, ended.both
    assert [case["status"] for case in report["cases"]] == ["pass"] * 2 * len(jdks)
    # What the driver's own side sees of TLS, on each of them: the certificate, and that there is none.
    for case in report["cases"]:
        (attempt,) = (proof for proof in case["evidence"] if proof["label"] == "case")
        served = None if case["id"] == "one-way::disabled" else attempt["server"]["served_serial"]
        assert attempt["client"]["server_serial"] == served
    runs = {client["name"]: client["tls_library"] for client in report["provenance"]["clients"]}
    for name, number in jdks.items():
        assert runs[name].startswith("JSSE 1.8." if number == 8 else f"JSSE {number}."), runs


def test_a_driver_that_nobody_publishes_is_missed_and_others_go_on(dbtls: Dbtls, fleet: Fleet, tmp_path: Path) -> None:
    ended, report = _run(
        dbtls,
        tmp_path / "report.json",
        *("--server", fleet.reached[0], "--client", NOT_THERE, "--client", "pymysql"),
        *("--scenario", "one-way::good_authority"),
    )
    assert ended.code == 3
    assert [missing["name"] for missing in report["missing"]] == [NOT_THERE]
    assert f"Maven could not fetch `{NOT_THERE.removeprefix('jdbc:')}`" in report["missing"][0]["reason"]
    assert report["counts"]["pass"] == 1


def test_without_java_on_the_path_its_clients_are_skipped_by_name_and_others_go_on(
    dbtls: Dbtls, one_server: str, tmp_path: Path
) -> None:
    """As on a machine that never had it: nothing of the probe or of a driver is kept from before."""
    report = tmp_path / "report.json"
    ended = dbtls(
        *("run", "--server", one_server, "--client", "jdbc*", "--client", "pymysql"),
        *("--scenario", "one-way::good_authority", "--json", report),
        environment={"PATH": str(tmp_path), "JAVA_HOME": "", "DBTLS_CACHE": str(tmp_path / "cache")},
    )
    assert ended.code == 3, ended.both
    told = json.loads(report.read_text(encoding="utf-8"))
    assert sorted(missing["name"] for missing in told["missing"]) == sorted(DRIVERS)
    for missing in told["missing"]:
        assert "apt-get install" in missing["remedy"]
        assert "maven" in missing["remedy"]
        assert f"Missing: {missing['name']}: {missing['reason']}" in ended.out
    states = {case["client"]: case["status"] for case in told["cases"]}
    assert states == dict.fromkeys(DRIVERS, "skipped") | {"pymysql": "pass"}
