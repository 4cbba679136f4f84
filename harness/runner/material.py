"""A client's side on disk: what situations tell it, each combination written once."""

from dataclasses import replace
from pathlib import Path

from harness.case.properties import ClientFile
from harness.case.situation import Situation
from harness.model.tls import ClientTls, KeyStore, Verify
from harness.pki import Authority, Leaf, Store, StoreContents, StoreFiles, StoreKind


class ClientMaterial:
    """The clients' files below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._published: dict[tuple[tuple[Authority, ...], Leaf | None, StoreKind], ClientTls] = {}
        self._written: dict[tuple[ClientFile, ...], Path] = {}

    def tls(self, situation: Situation, *, key_stores: bool) -> ClientTls:
        """What ``situation`` tells a client: with key stores for one that reads those, else with PEM files."""
        kind = StoreKind.JKS if key_stores else StoreKind.PEM
        key = (situation.client_trusts, situation.client_leaf, kind)
        if key not in self._published:
            contents = StoreContents(trust=situation.client_trusts, leaf=situation.client_leaf, kinds=frozenset({kind}))
            files = Store(self._folder / f"{len(self._published)}").publish(contents)
            self._published[key] = _told(files, contents.password)
        return replace(
            self._published[key],
            verify=situation.verify,
            versions=situation.client_versions,
            ciphers=situation.client_ciphers,
            legacy=situation.client_legacy,
            properties=self._properties(situation),
        )

    def _properties(self, situation: Situation) -> tuple[tuple[str, str], ...] | None:
        if situation.client_properties is None:
            return None
        return situation.client_properties.in_folder(str(self._files(situation.client_files)))

    def _files(self, files: tuple[ClientFile, ...]) -> Path:
        if files not in self._written:
            folder = self._folder / f"files-{len(self._written)}"
            folder.mkdir(mode=0o700, parents=True)
            for file in files:
                (folder / file.name).write_bytes(file.content)
            self._written[files] = folder
        return self._written[files]


def _told(files: StoreFiles, password: str) -> ClientTls:
    return ClientTls(
        verify=Verify.CA,
        ca=files.ca_pem,
        certificate=files.cert_pem,
        key=files.key_pem,
        trust_store=_store(files.truststore_jks, password),
        key_store=_store(files.keystore_jks, password),
    )


def _store(path: Path | None, password: str) -> KeyStore | None:
    return None if path is None else KeyStore(path=path, type="JKS", password=password)
