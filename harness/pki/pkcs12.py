"""PKCS#12 stores, as Java and OpenSSL read them. Encrypted with AES-256: Java from 8u301 on."""

from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from harness.pki.leaf import Leaf


def trust_store(authorities: Mapping[str, x509.Certificate], password: str) -> bytes:
    """A trust store, by alias.

    Java takes a certificate without a key for trusted only if its bag says so (attribute 2.16.840.1.113894.746875.1.1).
    """
    certificates = [pkcs12.PKCS12Certificate(each, alias.encode()) for alias, each in authorities.items()]
    return pkcs12.serialize_java_truststore(certificates, BestAvailableEncryption(password.encode()))


def key_store(alias: str, leaf: Leaf, password: str) -> bytes:
    """A key store with one private key, its certificate and its chain; the password guards all of it."""
    certificate: x509.Certificate | None = leaf.certificate
    others = leaf.chain
    if not leaf.key_matches:
        # The library refuses to tie a certificate to another's key. Left untied, Java ties the first to the only key
        # (PKCS12KeyStore.loadSafeContents, where localKeyID is absent).
        certificate, others = None, (leaf.certificate, *leaf.chain)
    return pkcs12.serialize_key_and_certificates(
        alias.encode(), leaf.key, certificate, others, BestAvailableEncryption(password.encode())
    )
