"""Installation: a client's configuration and stores on disk, in the guide's own formats, and how they change."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import javaproperties
import yaml

from harness.case.rotation import Rotation
from harness.model.account import Credentials, Endpoint
from harness.model.rotation import How
from harness.pki import Store, StoreContents, StoreFiles, StoreKind
from harness.rotation.course import Configured

CONTEXTS = ("context-1", "context-2")
"""The pools of databases beside the configDB's own two."""

_DRIVER = "com.mysql.jdbc.Driver"
# The guide's dbconnector.yaml, less its stores.
_JDBC: Mapping[str, object] = {
    "useUnicode": True,
    "characterEncoding": "UTF-8",
    "autoReconnect": False,
    "useServerPrepStmts": False,
    "useTimezone": True,
    "serverTimezone": "UTC",
    "connectTimeout": 15000,
    "socketTimeout": 15000,
    "useSSL": True,
    "requireSSL": True,
    "verifyServerCertificate": True,
}
_BROKEN = "com.mysql.jdbc: {useSSL: true\n"


@dataclass(slots=True)
class Installation:
    """Below ``folder``; ``account`` is what configdb.properties names.

    Every change replaces a file in one step, as an editor does that saves by renaming.
    """

    folder: Path
    endpoint: Endpoint
    rotation: Rotation
    account: Credentials
    _changes: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True)

    @property
    def yaml(self) -> Path:
        """The file for all connections."""
        return self.folder / "dbconnector.yaml"

    @property
    def configdb(self) -> Path:
        """The file for the configDB's connections, and for the pools."""
        return self.folder / "configdb.properties"

    @property
    def contexts(self) -> Mapping[str, str]:
        """The JDBC URLs of the contexts' databases."""
        return dict.fromkeys(CONTEXTS, self._url())

    def scratch(self, worker: int) -> Path:
        """A folder of one worker's own, made now."""
        folder = self.folder / f"scratch-{worker + 1}"
        folder.mkdir(mode=0o700)
        return folder

    def install(self, contents: StoreContents) -> None:
        """Write everything for the first time."""
        self.publish(contents)
        self._write_yaml(self._store.stable if self._keeps_urls else self._current())
        self._write_configdb()

    def publish(self, contents: StoreContents) -> None:
        """Bring new stores: at the paths that are named already, or at new ones, which dbconnector.yaml then names."""
        generation = self._store.publish(contents, modified_ns=self._modified_ns())
        if not self._keeps_urls:
            self._write_yaml(generation)

    def configure(self, change: Configured) -> None:
        """Change the configuration alone."""
        if change.yaml_broken:
            _replace(self.yaml, _BROKEN)
            return
        self._changes += 1
        self._write_configdb(change)

    @property
    def _store(self) -> Store:
        return Store(self.folder / "stores")

    @property
    def _keeps_urls(self) -> bool:
        return self.rotation.how is not How.NEW_URL

    def _modified_ns(self) -> Mapping[str, int]:
        """The times of what is in place and holds a leaf, where the new is to have them too."""
        current = self._store.current
        if current is None or not self.rotation.same_stat:
            return {}
        kept = (current.keystore_jks, current.keystore_p12, current.cert_pem, current.key_pem)
        return {path.name: path.stat().st_mtime_ns for path in kept if path is not None}

    def _current(self) -> StoreFiles:
        current = self._store.current
        return self._store.stable if current is None else current

    def _write_yaml(self, files: StoreFiles) -> None:
        told = {**_JDBC, **_store_properties(self.rotation.stores, files)}
        if self.rotation.protocols:
            # Each family of drivers in its own word: neither minds the other's.
            told |= dict.fromkeys(
                ("enabledTLSProtocols", "enabledSslProtocolSuites"), ",".join(self.rotation.protocols)
            )
        _replace(self.yaml, yaml.safe_dump({"com.mysql.jdbc": told}, sort_keys=False))

    def _write_configdb(self, change: Configured | None = None) -> None:
        own_property = change is not None and change.property_changed
        told: dict[str, str] = {}
        for way in ("read", "write"):
            told |= {
                f"{way}Url": self._url(),
                f"{way}DriverClass": _DRIVER,
                f"{way}Property.1": f"user={self.account.user}",
                f"{way}Property.2": f"password={self.account.password}",
                f"{way}Property.3": f"connectTimeout={15000 + (self._changes if own_property else 0)}",
            }
        told |= {
            "cleanerInterval": _ms(self.rotation.cleaner_s),
            "maxLifeTime": _ms(self.rotation.max_life_time_s),
            "maxIdleTime": str(60000 + (0 if own_property else self._changes)),
        }
        _replace(self.configdb, javaproperties.dumps(told, timestamp=None))

    def _url(self) -> str:
        return f"jdbc:mysql://{self.endpoint.host}:{self.endpoint.port}/"


def _store_properties(kind: StoreKind, files: StoreFiles) -> Mapping[str, object]:
    """The guide's six properties; for PEM the reference client's own forms of them."""
    match kind:
        case StoreKind.PEM:
            named, trust, keys = "PEM", files.ca_pem, files.cert_pem
        case StoreKind.PKCS12:
            named, trust, keys = "PKCS12", files.truststore_p12, files.keystore_p12
        case StoreKind.JKS:
            named, trust, keys = "JKS", files.truststore_jks, files.keystore_jks
    told: dict[str, object] = {}
    for whose, path in (("clientCertificate", keys), ("trustCertificate", trust)):
        told[f"{whose}KeyStoreUrl"] = f"file:{path}"
        told[f"{whose}KeyStoreType"] = named
        if kind is not StoreKind.PEM:
            told[f"{whose}KeyStorePassword"] = StoreContents().password
    if kind is StoreKind.PEM:
        told["clientCertificateKeyUrl"] = f"file:{files.key_pem}"
    return told


def _ms(seconds: float) -> str:
    return str(int(seconds * 1000))


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
