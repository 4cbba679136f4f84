"""Private keys: how they are made, and the forms in which they are written."""

import hashlib
from typing import assert_never

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from harness.errors import UsageError
from harness.model.certificates import KeyType
from harness.model.material import KeyFormat

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def generate(key_type: KeyType) -> PrivateKey:
    """A new key from the system's random source."""
    match key_type:
        case KeyType.RSA_1024:
            return _rsa(1024)
        case KeyType.RSA_2048:
            return _rsa(2048)
        case KeyType.RSA_3072:
            return _rsa(3072)
        case KeyType.RSA_4096:
            return _rsa(4096)
        case KeyType.EC_P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyType.EC_P384:
            return ec.generate_private_key(ec.SECP384R1())
        case KeyType.EC_P521:
            return ec.generate_private_key(ec.SECP521R1())
        case KeyType.ED25519:
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            assert_never(key_type)


def to_pem(key: PrivateKey, form: KeyFormat, passphrase: bytes | None) -> bytes:
    """The key as PEM. Raises UsageError for a passphrase too many or too few, and for Ed25519 as PKCS#1."""
    encryption: KeySerializationEncryption = NoEncryption()
    if form is KeyFormat.PKCS8_ENCRYPTED:
        if not passphrase:
            raise UsageError("an encrypted key needs a passphrase", remedy="give one, or ask for KeyFormat.PKCS8")
        encryption = BestAvailableEncryption(passphrase)
    elif passphrase is not None:
        raise UsageError(f"a passphrase for a key in clear ({form.value})", remedy="ask for KeyFormat.PKCS8_ENCRYPTED")
    layout = PrivateFormat.PKCS8
    if form is KeyFormat.PKCS1:
        if isinstance(key, ed25519.Ed25519PrivateKey):
            raise UsageError("an Ed25519 key has no PKCS#1 form", remedy="use KeyFormat.PKCS8, or another key type")
        layout = PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(Encoding.PEM, layout, encryption)


def to_der(key: PrivateKey) -> bytes:
    """The key as PKCS#8 DER, in clear."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def from_pem(pem: bytes, *, proved: bool = True) -> PrivateKey:
    """A private key in clear. Raises UsageError for what is none, or of a kind that is not used here.

    An RSA key that is not ``proved`` is taken without a look at its numbers, which takes 50 ms: for one that is only
    handed on.
    """
    try:
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=not proved)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"no private key in clear ({error})", remedy="give one as PEM") from error
    return known(key)


def from_der(pkcs8: bytes) -> PrivateKey:
    """A private key in clear, PKCS#8, not proved. Raises UsageError as ``from_pem``."""
    try:
        key = load_der_private_key(pkcs8, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"no private key in clear ({error})", remedy="write it anew, as PKCS#8") from error
    return known(key)


def known(key: object) -> PrivateKey:
    """``key`` if it is of a kind that is used here. Raises UsageError for another."""
    if not isinstance(key, PrivateKey):
        raise UsageError(
            f"a key of another kind ({type(key).__name__})", remedy="use RSA, an elliptic curve or Ed25519"
        )
    return key


def certificates_from_pem(pem: bytes) -> list[x509.Certificate]:
    """The certificates in a file, at least one. Raises UsageError."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise UsageError(f"no certificate ({error})", remedy="give at least one as PEM") from error


def identity(key: PrivateKey) -> bytes:
    """SHA-256 of the public key (SubjectPublicKeyInfo): tells keys apart and gives nothing away."""
    return hashlib.sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)
