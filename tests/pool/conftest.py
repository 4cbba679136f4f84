"""An installation on disk, as an operator keeps it, and a client over a fake server."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from harness.model.rotation import Control
from harness.pki import Authority, KeyType, Leaf, LeafSpec, Store, StoreContents, StoreKind
from harness.pool.client import ConfigurationFiles, ReferenceClient, by_leaf
from tests.pool.fakes import FakeConnector, FakeRecorder

TYPES = {StoreKind.PEM: "PEM", StoreKind.PKCS12: "PKCS12", StoreKind.JKS: "JKS"}


@dataclass
class Installation:
    """Files below ``folder``; the dictionaries are written by ``write``."""

    folder: Path
    clients: Authority
    servers: Authority
    kind: StoreKind = StoreKind.PEM
    jdbc: dict[str, object] = field(default_factory=dict)
    configdb: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> ConfigurationFiles:
        return ConfigurationFiles(yaml=self.folder / "dbconnector.yaml", configdb=self.folder / "configdb.properties")

    @property
    def store(self) -> Store:
        return Store(self.folder / "stores")

    def leaf(self, name: str) -> Leaf:
        return self.clients.issue(LeafSpec.client(name, key_type=KeyType.EC_P256))

    def publish(self, leaf: Leaf, *, trust: tuple[Authority, ...] | None = None, older: tuple[Leaf, ...] = ()) -> None:
        """Exchange the stores where they are."""
        contents = StoreContents(trust=trust or (self.servers,), leaf=leaf, older=older, kinds=frozenset({self.kind}))
        self.store.publish(contents)

    def name_stores(self) -> None:
        files = self.store.stable
        trust, store = {
            StoreKind.PEM: (files.ca_pem, files.cert_pem),
            StoreKind.PKCS12: (files.truststore_p12, files.keystore_p12),
            StoreKind.JKS: (files.truststore_jks, files.keystore_jks),
        }[self.kind]
        self.jdbc |= {"useSSL": True, "requireSSL": True, "verifyServerCertificate": True}
        for whose, path in (("trustCertificate", trust), ("clientCertificate", store)):
            self.jdbc |= {
                f"{whose}KeyStoreUrl": f"file:{path}",
                f"{whose}KeyStoreType": TYPES[self.kind],
                f"{whose}KeyStorePassword": "changeit",
            }
        self.jdbc.pop("clientCertificateKeyUrl", None)
        if self.kind is StoreKind.PEM:
            self.jdbc["clientCertificateKeyUrl"] = f"file:{files.key_pem}"

    def write(self) -> None:
        self.files.yaml.write_text(yaml.safe_dump({"com.mysql.jdbc": self.jdbc}))
        self.files.configdb.write_text("".join(f"{name}={value}\n" for name, value in self.configdb.items()))


@pytest.fixture(scope="session")
def authorities() -> tuple[Authority, Authority]:
    return Authority.create("clients", key_type=KeyType.EC_P256), Authority.create("servers", key_type=KeyType.EC_P256)


@pytest.fixture
def installation(tmp_path: Path, authorities: tuple[Authority, Authority]) -> Installation:
    clients, servers = authorities
    made = Installation(tmp_path / "etc", clients, servers)
    made.folder.mkdir()
    for way in ("read", "write"):
        made.configdb |= {
            f"{way}Url": "jdbc:mysql://127.0.0.1:3307/configdb",
            f"{way}DriverClass": "com.mysql.jdbc.Driver",
            f"{way}Property.1": "user=openexchange",
            f"{way}Property.2": "password=secret",
        }
    made.publish(made.leaf("client 0"))
    made.name_stores()
    made.write()
    return made


@pytest.fixture
def server() -> FakeConnector:
    return FakeConnector()


@pytest.fixture
def recorder() -> FakeRecorder:
    return FakeRecorder()


Opens = Callable[..., ReferenceClient]


@pytest.fixture
def opens(installation: Installation, server: FakeConnector, recorder: FakeRecorder, tmp_path: Path) -> Iterator[Opens]:
    """Makes a client of the installation."""
    with ExitStack() as stack:

        def made(
            control: Control | None = None,
            *,
            contexts: Mapping[str, str] | None = None,
            prove: bool = True,
            key_stores: bool = False,
        ) -> ReferenceClient:
            named = {"context-1": "jdbc:mysql://127.0.0.1:3307/db_1"} if contexts is None else contexts
            return stack.enter_context(
                ReferenceClient(
                    installation.files,
                    contexts=named,
                    connector=server,
                    recorder=recorder,
                    scratch=tmp_path / "scratch",
                    deadline_s=5,
                    log_in=by_leaf("pw") if prove else None,
                    key_stores=key_stores,
                    control=control,
                )
            )

        yield made
