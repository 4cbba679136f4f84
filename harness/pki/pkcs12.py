"""PKCS#12 stores, as Java and OpenSSL read them. Encrypted with AES-256: Java from 8u301 on."""

from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from harness.errors import UsageError
from harness.pki import keys
from harness.pki.leaf import Leaf


def trust_store(authorities: Mapping[str, x509.Certificate], password: str) -> bytes:
    """A trust store, by alias.

    Java takes a certificate without a key for trusted only if its bag says so (attribute 2.16.840.1.113894.746875.1.1).
    """
    certificates = [pkcs12.PKCS12Certificate(each, alias.encode()) for alias, each in authorities.items()]
    return pkcs12.serialize_java_truststore(certificates, BestAvailableEncryption(password.encode()))


def key_store(alias: str, leaf: Leaf, password: str) -> bytes:
    """A key store with one private key, its certificate and its chain; the password guards all of it.

    Raises UsageError when the key is not the certificate's: cryptography and `openssl pkcs12 -export` refuse to tie the
    two, and Java finds no certificate for the key when they are left untied.
    """
    if not leaf.key_matches:
        raise UsageError(f"no PKCS#12 store can hold {leaf!r}", remedy="a JKS store or PEM files can")
    return pkcs12.serialize_key_and_certificates(
        alias.encode(), leaf.key, leaf.certificate, leaf.chain, BestAvailableEncryption(password.encode())
    )


def read_trust(store: bytes, password: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a store that has no key. Raises UsageError for a store or password that does not do."""
    return tuple(each.certificate for each in _loaded(store, password).additional_certs)


def read_leaf(store: bytes, password: str) -> Leaf:
    """What a store presents. Raises UsageError, also where it has no key with its certificate."""
    loaded = _loaded(store, password)
    if loaded.key is None or loaded.cert is None:
        raise UsageError("the store has no private key with its certificate", remedy="export both into one store")
    chain = tuple(each.certificate for each in loaded.additional_certs)
    return Leaf(certificate=loaded.cert.certificate, chain=chain, key=keys.known(loaded.key))


def _loaded(store: bytes, password: str) -> pkcs12.PKCS12KeyAndCertificates:
    try:
        return pkcs12.load_pkcs12(store, password.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(
            f"this store cannot be opened ({error})",
            remedy="give the password that it was made with, and a whole store",
        ) from error
