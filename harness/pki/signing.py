"""Signing, also what the library refuses: weak digests, and X.509 version 1.

cryptography signs certificates neither with MD5 or SHA-1 nor without a version field. So it signs an ordinary one,
whose DER is then taken apart at its top two levels, changed, and signed again with the same key.
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from harness.errors import UsageError
from harness.model.certificates import Digest
from harness.pki.keys import PrivateKey

_SEQUENCE = 0x30
_BIT_STRING = 0x03
_V1_LACKS = frozenset({0xA0, 0xA3})
"""Context tags 0 and 3 of TBSCertificate: version and extensions (RFC 5280 4.1; both absent means version 1)."""


_HASHES: dict[Digest, hashes.MD5 | hashes.SHA1 | hashes.SHA256 | hashes.SHA384] = {
    Digest.MD5: hashes.MD5(),  # noqa: S303  made so that clients refuse it
    Digest.SHA1: hashes.SHA1(),  # noqa: S303  as above
    Digest.SHA256: hashes.SHA256(),
    Digest.SHA384: hashes.SHA384(),
}

# AlgorithmIdentifiers in DER: RFC 3279 2.2.1 (RSA, with NULL parameters) and 2.2.3 (ECDSA, without parameters).
_WEAK_RSA = {
    Digest.MD5: bytes.fromhex("300d06092a864886f70d0101040500"),
    Digest.SHA1: bytes.fromhex("300d06092a864886f70d0101050500"),
}
_WEAK_ECDSA = {Digest.SHA1: bytes.fromhex("300906072a8648ce3d0401")}


def sign(
    builder: x509.CertificateBuilder, key: PrivateKey, digest: Digest, *, x509_v1: bool = False
) -> x509.Certificate:
    """The certificate signed by ``key``; as version 1 it loses its extensions. Raises UsageError for MD5 with ECDSA."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        certificate = builder.sign(key, None)
        algorithm = None
    else:
        algorithm = _weak_algorithm(key, digest)
        certificate = builder.sign(key, hashes.SHA384() if digest is Digest.SHA384 else hashes.SHA256())
    if algorithm is None and not x509_v1:
        return certificate
    tbs, signed_with, _ = _children(certificate.public_bytes(Encoding.DER))
    drop = _V1_LACKS if x509_v1 else frozenset()
    new_algorithm = algorithm or signed_with
    # The identifier stands inside the signed part as well, and the two must agree (RFC 5280 4.1.1.2).
    fields = [new_algorithm if field == signed_with else field for field in _children(tbs) if field[0] not in drop]
    new_tbs = _tlv(_SEQUENCE, b"".join(fields))
    signature = _tlv(_BIT_STRING, b"\x00" + _raw_signature(key, digest, new_tbs))
    return x509.load_der_x509_certificate(_tlv(_SEQUENCE, new_tbs + new_algorithm + signature))


def _weak_algorithm(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, digest: Digest) -> bytes | None:
    """The AlgorithmIdentifier that the library will not write, or None where it signs by itself."""
    if digest not in _WEAK_RSA:
        return None
    if isinstance(key, rsa.RSAPrivateKey):
        return _WEAK_RSA[digest]
    if digest not in _WEAK_ECDSA:
        raise UsageError(f"ECDSA has no {digest.value} signature", remedy="use an RSA authority, or another digest")
    return _WEAK_ECDSA[digest]


def _raw_signature(key: PrivateKey, digest: Digest, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), _HASHES[digest])
    return key.sign(data, ec.ECDSA(_HASHES[digest]))


def _children(der: bytes) -> list[bytes]:
    """The elements inside one DER element, each whole (tag, length, content)."""
    end, at = _extent(der, 0), _content(der, 0)
    found = []
    while at < end:
        after = _extent(der, at)
        found.append(der[at:after])
        at = after
    return found


def _content(der: bytes, at: int) -> int:
    """Where the content begins of the element at ``at`` (X.690 8.1.3: short and long form of the length)."""
    return at + 2 + (der[at + 1] & 0x7F if der[at + 1] & 0x80 else 0)


def _extent(der: bytes, at: int) -> int:
    """Where the element at ``at`` ends."""
    start = _content(der, at)
    length = der[at + 1] if start == at + 2 else int.from_bytes(der[at + 2 : start], "big")
    return start + length


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content
