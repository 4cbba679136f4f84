"""PKCS#12 stores, as Java and OpenSSL read them. Encrypted with AES-256: Java from 8u301 on."""

from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import KeySerializationEncryption, PrivateFormat, pkcs12

from harness.errors import UsageError
from harness.pki import keys
from harness.pki.leaf import Leaf

_ROUNDS = 2048
"""OpenSSL's PKCS12_DEFAULT_ITER."""


def trust_store(authorities: Mapping[str, x509.Certificate], password: str) -> bytes:
    """A trust store, by alias.

    Java takes a certificate without a key for trusted only if its bag says so (attribute 2.16.840.1.113894.746875.1.1).
    """
    certificates = [pkcs12.PKCS12Certificate(each, alias.encode()) for alias, each in authorities.items()]
    return pkcs12.serialize_java_truststore(certificates, _encryption(password))


def unmarked_store(certificates: Sequence[x509.Certificate], password: str) -> bytes:
    """Certificates that Java does not take for trusted, as `openssl pkcs12 -export -nokeys` writes them."""
    return pkcs12.serialize_key_and_certificates(None, None, None, certificates, _encryption(password))


def key_store(alias: str, leaf: Leaf, password: str) -> bytes:
    """A key store with one private key, its certificate and its chain; the password guards all of it.

    Raises UsageError when the key is not the certificate's: cryptography and `openssl pkcs12 -export` refuse to tie the
    two, and Java finds no certificate for the key when they are left untied.
    """
    if not leaf.key_matches:
        raise UsageError(f"no PKCS#12 store can hold {leaf!r}", remedy="a JKS store or PEM files can")
    return pkcs12.serialize_key_and_certificates(
        alias.encode(), leaf.key, leaf.certificate, leaf.chain, _encryption(password)
    )


def _encryption(password: str) -> KeySerializationEncryption:
    """As `openssl pkcs12 -export` of OpenSSL 3 does it, which the guide uses.

    cryptography's own choice derives the key ten times as long, and a driver that reads its stores anew pays that for
    every connection.
    """
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_ROUNDS)
    algorithm = pkcs12.PBES.PBESv2SHA256AndAES256CBC
    return builder.key_cert_algorithm(algorithm).hmac_hash(hashes.SHA256()).build(password.encode())


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
