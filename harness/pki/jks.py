"""JKS stores; the only importer of pyjks, which nobody maintains any more."""

import importlib
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from harness.errors import UsageError
from harness.pki.leaf import Leaf


def trust_store(authorities: Mapping[str, x509.Certificate], password: str) -> bytes:
    """A JKS trust store, by alias. Raises UsageError without pyjks, and for a password outside ASCII."""
    jks = _pyjks()
    entries = [jks.TrustedCertEntry.new(alias, _der(each)) for alias, each in authorities.items()]
    return _written(jks, entries, password)


def key_store(leaves: Mapping[str, Leaf], password: str) -> bytes:
    """A JKS key store with private keys, by alias, newest first; the password guards store and entries.

    Raises as ``trust_store``.
    """
    jks = _pyjks()
    entries = []
    for age, (alias, leaf) in enumerate(leaves.items()):
        chain = [_der(each) for each in (leaf.certificate, *leaf.chain)]
        entry = jks.PrivateKeyEntry.new(alias, chain, leaf.key_der(), "pkcs8")
        entry.timestamp -= age * 1000  # pyjks dates in milliseconds, by the second
        entries.append(entry)
    return _written(jks, entries, password)


# pyjks has no types: Any is what its module and its entries are.
def _pyjks() -> Any:
    try:
        return importlib.import_module("jks")
    except ImportError as error:
        raise UsageError(
            f"JKS stores are written with pyjks, which cannot be imported ({error})",
            remedy='pip install "dbtls-harness[jks]", or ask for PKCS#12 stores, which Java reads as well',
        ) from error


def _written(jks: Any, entries: list[Any], password: str) -> bytes:
    if not password.isascii():
        raise UsageError("a JKS password outside ASCII", remedy="use ASCII characters only")
    written: bytes = jks.KeyStore.new("jks", entries).saves(password)
    return written


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
