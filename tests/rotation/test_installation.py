"""A client's files, as they are installed and as they change."""

import os
from pathlib import Path

import javaproperties
import pytest
import yaml

from harness.case.rotation import Rotation
from harness.model.account import Credentials, Endpoint
from harness.model.rotation import How, What
from harness.pki import Store, StoreContents, StoreKind
from harness.rotation.course import Configured, Parties
from harness.rotation.installation import Installation

ENDS = Parties.made()


def installation(tmp_path: Path, how: How, stores: StoreKind = StoreKind.JKS, **more: tuple[str, ...]) -> Installation:
    rotation = Rotation(what=What.LEAF, how=how, stores=stores, duration_s=10, protocols=more.get("protocols", ()))
    made = Installation(tmp_path / "client", Endpoint("127.0.0.1", 3306), rotation, Credentials("u", "p w"))
    made.install(contents(stores))
    return made


def contents(stores: StoreKind) -> StoreContents:
    return StoreContents(trust=(ENDS.servers,), leaf=ENDS.client_leaf, kinds=frozenset({stores}))


def jdbc(made: Installation) -> dict[str, object]:
    told: dict[str, object] = yaml.safe_load(made.yaml.read_text())["com.mysql.jdbc"]
    return told


@pytest.mark.parametrize("stores", list(StoreKind))
def test_every_store_that_the_yaml_names_is_there(tmp_path: Path, stores: StoreKind) -> None:
    told = jdbc(installation(tmp_path, How.IN_PLACE, stores))
    urls = [str(value).removeprefix("file:") for name, value in told.items() if name.endswith("Url")]
    assert len(urls) == (3 if stores is StoreKind.PEM else 2)
    assert all(Path(url).is_file() for url in urls)
    assert told["useSSL"] is told["requireSSL"] is told["verifyServerCertificate"] is True
    assert "enabledTLSProtocols" not in told


def test_protocols_are_named_where_the_client_must_be_told(tmp_path: Path) -> None:
    told = jdbc(installation(tmp_path, How.IN_PLACE, protocols=("TLSv1", "TLSv1.1")))
    assert told["enabledTLSProtocols"] == told["enabledSslProtocolSuites"] == "TLSv1,TLSv1.1"


def test_in_place_keeps_the_yaml_and_changes_the_stores(tmp_path: Path) -> None:
    made = installation(tmp_path, How.IN_PLACE)
    before, named = made.yaml.read_text(), Path(str(jdbc(made)["clientCertificateKeyStoreUrl"]).removeprefix("file:"))
    content = named.read_bytes()
    made.publish(contents(StoreKind.JKS))
    assert made.yaml.read_text() == before
    assert named.read_bytes() != content


def test_a_key_store_that_keeps_its_time_is_another_and_the_trust_store_does_not(tmp_path: Path) -> None:
    rotation = Rotation(what=What.LEAF, how=How.IN_PLACE, stores=StoreKind.PKCS12, duration_s=10, same_stat=True)
    made = Installation(tmp_path / "client", Endpoint("127.0.0.1", 3306), rotation, Credentials("u", "p w"))
    made.install(contents(StoreKind.PKCS12))
    urls = [f"{whose}KeyStoreUrl" for whose in ("clientCertificate", "trustCertificate")]
    keys, trust = (Path(str(jdbc(made)[url]).removeprefix("file:")) for url in urls)
    for path in (keys, trust):
        os.utime(path, ns=(10**18 + 7, 10**18 + 7))
    content = keys.read_bytes()
    made.publish(contents(StoreKind.PKCS12))
    assert keys.read_bytes() != content
    assert keys.stat().st_mtime_ns == 10**18 + 7
    assert trust.stat().st_mtime_ns != 10**18 + 7


def test_a_new_url_is_named_and_the_old_stores_stay(tmp_path: Path) -> None:
    made = installation(tmp_path, How.NEW_URL)
    before = Path(str(jdbc(made)["clientCertificateKeyStoreUrl"]).removeprefix("file:"))
    made.publish(contents(StoreKind.JKS))
    after = Path(str(jdbc(made)["clientCertificateKeyStoreUrl"]).removeprefix("file:"))
    assert before != after
    assert before.is_file()
    assert Store(tmp_path / "client" / "stores").current is not None


def test_configurations_change_what_they_say_and_nothing_else(tmp_path: Path) -> None:
    made = installation(tmp_path, How.IN_PLACE)
    first = javaproperties.loads(made.configdb.read_text())
    made.configure(Configured(rotation=1, step="", property_changed=True))
    second = javaproperties.loads(made.configdb.read_text())
    assert {name for name in first if first[name] != second[name]} == {"readProperty.3", "writeProperty.3"}
    made.configure(Configured(rotation=2, step=""))
    third = javaproperties.loads(made.configdb.read_text())
    assert "maxIdleTime" in {name for name in first if second[name] != third[name]}


def test_a_broken_yaml_does_not_parse(tmp_path: Path) -> None:
    made = installation(tmp_path, How.IN_PLACE)
    made.configure(Configured(rotation=1, step="", yaml_broken=True))
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(made.yaml.read_text())


def test_keys_and_passwords_are_the_owners_alone(tmp_path: Path) -> None:
    made = installation(tmp_path, How.IN_PLACE)
    assert made.folder.stat().st_mode & 0o777 == 0o700
    assert made.configdb.stat().st_mode & 0o777 == 0o600
