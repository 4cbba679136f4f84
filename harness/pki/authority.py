"""Authorities: they issue leaves, intermediates and revocation lists, and are what the other end trusts."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self, Unpack

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from harness.errors import UsageError
from harness.model.certificates import ORGANIZATION, AuthorityOptions, AuthoritySpec, LeafSpec
from harness.pki import building, keys, names, signing
from harness.pki.keys import PrivateKey
from harness.pki.leaf import Leaf, short_serial

_CRL_LAST_UPDATE = timedelta(days=-1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Authority:
    """A certificate authority, made by ``of``, or by ``create`` and ``intermediate``, which write its specification.

    Its subject is ``/O=dbtls authority/CN=name``. Two of one name have different keys, as an authority and its impostor
    do. Equal when certificate and key are; its text never shows the key.
    """

    name: str
    certificate: x509.Certificate
    _key: PrivateKey = field(repr=False)
    _chain: tuple[x509.Certificate, ...] = ()

    @classmethod
    def create(cls, name: str, *, path_length: int | None = None, **options: Unpack[AuthorityOptions]) -> Self:
        """A root; ``path_length`` bounds the intermediates below it.

        Raises UsageError where a value cannot stand in a certificate.
        """
        return cls.of(AuthoritySpec(name, path_length=path_length, **options))

    def intermediate(self, name: str, *, path_length: int | None = 0, **options: Unpack[AuthorityOptions]) -> Self:
        """An authority below this one; the leaves it issues carry its certificate. Raises UsageError as ``create``."""
        return self.of(AuthoritySpec(name, path_length=path_length, **options), below=self)

    @classmethod
    def of(cls, spec: AuthoritySpec, *, below: "Authority | None" = None) -> Self:
        """What ``spec`` asks for, with a new key; ``below`` is what its issuer is made of, and None for a root.

        Raises UsageError where a value cannot stand in a certificate.
        """
        key = keys.generate(spec.key_type)
        subject = names.distinguished_name(organization=ORGANIZATION, unit=None, common_name=spec.name)
        builder = building.skeleton(
            subject=subject,
            issuer=subject if below is None else below.certificate.subject,
            key=key,
            not_before=spec.not_before,
            not_after=spec.not_after,
        )
        if below is not None:
            builder = builder.add_extension(building.issued_by(below._key), critical=False)
        builder = building.as_authority(builder, spec)
        certificate = signing.sign(builder, key if below is None else below._key, spec.digest)
        chain = () if below is None else (certificate, *below._chain)
        return cls(name=spec.name, certificate=certificate, _key=key, _chain=chain)

    @property
    def pem(self) -> bytes:
        """The certificate alone, an intermediate's too."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def serial(self) -> int:
        """The serial number of its own certificate."""
        return self.certificate.serial_number

    @property
    def subject_oneline(self) -> str:
        """Its name as ``REQUIRE ISSUER`` wants it."""
        return names.one_line(self.certificate.subject)

    @property
    def subject_hash(self) -> str:
        """What its file is called in a folder of authorities, less the ``.0``."""
        return names.subject_hash(self.certificate.subject)

    @property
    def fingerprint_sha256(self) -> str:
        """SHA-256 of the certificate's DER: 64 lower-case hexadecimal digits, no colons."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def issue(self, spec: LeafSpec) -> Leaf:
        """A leaf with a key of its own. Raises UsageError for MD5 under an EC authority."""
        key = keys.generate(spec.key_type)
        builder = building.leaf(spec, key, self.certificate.subject, self._key)
        certificate = signing.sign(builder, self._key, spec.digest, x509_v1=spec.x509_v1)
        return Leaf(certificate=certificate, chain=self._chain, key=key)

    def crl(self, revoked: Iterable[Leaf], *, next_update: timedelta = timedelta(days=7)) -> bytes:
        """The revocation list as PEM, dated a day back, due ``next_update`` from now (below zero: overdue).

        Raises UsageError for a leaf of another authority, and for a list due before its date.
        """
        if next_update <= _CRL_LAST_UPDATE:
            raise UsageError(
                f"a revocation list due ({next_update}) before its date ({_CRL_LAST_UPDATE})",
                remedy="next_update=timedelta(hours=-1) is overdue",
            )
        present = building.now()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(present + _CRL_LAST_UPDATE)
            .next_update(present + next_update)
            .add_extension(building.issued_by(self._key), critical=False)
            # Must grow from list to list (RFC 5280 5.2.3), and an authority keeps no state.
            .add_extension(x509.CRLNumber(time.time_ns()), critical=False)
        )
        for leaf in revoked:
            if leaf.certificate.issuer != self.certificate.subject:
                raise UsageError(f"{self!r} cannot revoke {leaf!r}", remedy="only the issuer revokes a certificate")
            entry = x509.RevokedCertificateBuilder(leaf.serial, present + _CRL_LAST_UPDATE).build()
            builder = builder.add_revoked_certificate(entry)
        algorithm = None if isinstance(self._key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        return builder.sign(self._key, algorithm).public_bytes(Encoding.PEM)

    def _identity(self) -> tuple[bytes, bytes]:
        return self.certificate.fingerprint(hashes.SHA256()), keys.identity(self._key)

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Authority) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        return f"Authority(«{self.name}», serial {short_serial(self.serial)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedCertificate:
    """An authority of somebody else's, to be trusted: its certificate, without its key."""

    name: str
    certificate: x509.Certificate

    @classmethod
    def from_pem(cls, name: str, certificate: bytes) -> Self:
        """The first certificate of a file. Raises UsageError for what is none."""
        return cls(name=name, certificate=keys.certificates_from_pem(certificate)[0])

    @property
    def subject_hash(self) -> str:
        """What its file is called in a folder of authorities, less the ``.0``."""
        return names.subject_hash(self.certificate.subject)

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM)


def self_signed(spec: LeafSpec) -> Leaf:
    """A leaf that signs itself and is no authority."""
    key = keys.generate(spec.key_type)
    builder = building.leaf(spec, key, names.subject(spec), key)
    return Leaf(certificate=signing.sign(builder, key, spec.digest, x509_v1=spec.x509_v1), key=key)
