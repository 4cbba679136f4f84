"""A leaf: one end's certificate, the intermediates it presents with it, and a private key."""

from dataclasses import dataclass, field, replace
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness.model.material import KeyFormat
from harness.pki import keys, names
from harness.pki.keys import PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Leaf:
    """What one end presents. Equal when certificate, chain and key are; its text never shows the key.

    ``chain`` holds the intermediates, nearest first, never the root.
    """

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()
    key: PrivateKey = field(repr=False)

    @classmethod
    def from_pem(cls, certificate: bytes, key: bytes) -> Self:
        """What somebody else has made: a certificate, its intermediates after it, and a key in clear.

        Raises UsageError for what is none.
        """
        leaf, *chain = keys.certificates_from_pem(certificate)
        return cls(certificate=leaf, chain=tuple(chain), key=keys.from_pem(key))

    @property
    def serial(self) -> int:
        """The certificate's serial number: what verdicts tell certificates apart by."""
        return self.certificate.serial_number

    @property
    def common_name(self) -> str | None:
        """The subject's CN, or None."""
        return names.common_name(self.certificate.subject)

    @property
    def subject_oneline(self) -> str:
        """The subject as ``REQUIRE SUBJECT`` wants it: ``/O=dbtls/CN=client``."""
        return names.one_line(self.certificate.subject)

    @property
    def issuer_oneline(self) -> str:
        """The issuer as ``REQUIRE ISSUER`` wants it."""
        return names.one_line(self.certificate.issuer)

    @property
    def fingerprint_sha256(self) -> str:
        """SHA-256 of the certificate's DER: 64 lower-case hexadecimal digits, no colons."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def certificate_pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def chain_pem(self) -> bytes:
        """The certificate, then its intermediates: the order that TLS wants (RFC 5246 7.4.2)."""
        return b"".join(each.public_bytes(Encoding.PEM) for each in (self.certificate, *self.chain))

    @property
    def key_matches(self) -> bool:
        """Whether the key is the certificate's own."""
        certified = self.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return certified == self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    # The parameter is called what a caller would write; the builtin is not needed here.
    def key_pem(self, format: KeyFormat = KeyFormat.PKCS8, passphrase: bytes | None = None) -> bytes:  # noqa: A002
        """The private key as PEM. Raises UsageError for a passphrase too many or too few, and for Ed25519 as PKCS#1."""
        return keys.to_pem(self.key, format, passphrase)

    def oldest_key_pem(self) -> bytes:
        """The private key as PEM in the oldest form it has, which every server reads; yaSSL takes no other."""
        return self.key_pem(KeyFormat.PKCS8 if isinstance(self.key, ed25519.Ed25519PrivateKey) else KeyFormat.PKCS1)

    def key_der(self) -> bytes:
        """The private key as PKCS#8 DER, in clear."""
        return keys.to_der(self.key)

    def with_key_of(self, other: Self) -> Self:
        """This certificate with the other's key: the mismatch that a half-done rotation leaves."""
        return replace(self, key=other.key)

    def without_chain(self) -> Self:
        """This certificate presented without its intermediates."""
        return replace(self, chain=())

    def _identity(self) -> tuple[object, ...]:
        presented = tuple(each.fingerprint(hashes.SHA256()) for each in (self.certificate, *self.chain))
        return (*presented, keys.identity(self.key))

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Leaf) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        itself = self.certificate.issuer == self.certificate.subject
        parts = [
            (self.subject_oneline or "no subject") if self.common_name is None else f"CN={self.common_name}",
            f"serial {short_serial(self.serial)}",
            "self-signed" if itself else f"by «{names.common_name(self.certificate.issuer)}»",
        ]
        if self.chain:
            parts.append(f"with {len(self.chain)} intermediate" + ("s" if len(self.chain) > 1 else ""))
        if not self.key_matches:
            parts.append("key of another")
        return f"Leaf({', '.join(parts)})"


def short_serial(serial: int) -> str:
    """A serial number's first eight hexadecimal digits, for a reader."""
    digits = f"{serial:x}"
    return f"0x{digits}" if len(digits) <= 8 else f"0x{digits[:8]}…"
