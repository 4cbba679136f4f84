"""A client's side on disk, as it is told of it."""

from pathlib import Path

from harness.model.tls import ClientTls, KeyStore, Verify
from harness.pki import StoreFiles


def client_tls(files: StoreFiles, password: str) -> ClientTls:
    """The files that are there, as PEM or as key stores; how much to verify is the caller's to say."""
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
