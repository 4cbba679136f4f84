"""JKS stores; the only importer of pyjks, which nobody maintains any more."""

import importlib
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from harness.errors import UsageError
from harness.pki import keys
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


def read_trust(store: bytes, password: str) -> tuple[x509.Certificate, ...]:
    """The certificates that a JKS store trusts. Raises UsageError for a store or password that does not do."""
    return tuple(x509.load_der_x509_certificate(each.cert) for each in _loaded(store, password).certs.values())


def read_leaf(store: bytes, password: str) -> Leaf:
    """What a JKS store presents: of several private keys the newest. Raises UsageError, also where there is none."""
    entries = _loaded(store, password).private_keys.values()
    if not entries:
        raise UsageError("the store has no private key", remedy="import a key with its certificate")
    newest = max(entries, key=lambda entry: int(entry.timestamp))
    if not newest.is_decrypted():
        raise UsageError(
            "the store's private key has another password than the store", remedy="give both the same password"
        )
    certificate, *chain = (x509.load_der_x509_certificate(der) for _, der in newest.cert_chain)
    return Leaf(certificate=certificate, chain=tuple(chain), key=keys.from_der(newest.pkey_pkcs8))


def _loaded(store: bytes, password: str) -> Any:
    jks = _pyjks()
    try:
        return jks.KeyStore.loads(store, password)
    except jks.KeystoreSignatureException as error:
        raise UsageError(
            "the store's password is wrong, or the store is damaged", remedy="give the password that it was made with"
        ) from error
    # pyjks reads whatever lengths a damaged store states, and what it then raises is of many kinds.
    except Exception as error:
        raise UsageError(f"this is no whole JKS store ({error})", remedy="copy it again, or write it anew") from error


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
