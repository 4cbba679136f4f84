"""Authorities: they issue leaves, intermediates and revocation lists, and are what the other end trusts."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self, TypedDict, Unpack

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from harness.errors import UsageError
from harness.pki import building, keys, names, signing
from harness.pki.keys import KeyType, PrivateKey
from harness.pki.leaf import Leaf, short_serial
from harness.pki.signing import Digest
from harness.pki.spec import NOT_BEFORE, KeyUse, LeafSpec, check_validity

ORGANIZATION = "dbtls authority"
"""Not the leaves' organization: a leaf and its authority of one name are "self-signed" to OpenSSL (error 18)."""

_LIFETIME = timedelta(days=365)
"""Longer than a leaf's, so that a good chain never ends at its authority."""

_CRL_LAST_UPDATE = timedelta(days=-1)


class AuthorityOptions(TypedDict, total=False):
    """What an authority can be told; left out, it is correct.

    ``digest`` is that of its issuer's signature. ``not_before`` and ``not_after`` count from now (a day back, 365 days
    on). ``is_ca=False`` writes CA:FALSE, drops the path length that then may not stand there, and changes nothing else.
    ``permitted_dns`` are the only domains that it may issue for (RFC 5280 4.2.1.10).
    """

    key_type: KeyType
    digest: Digest
    not_before: timedelta
    not_after: timedelta
    is_ca: bool
    key_use: KeyUse
    permitted_dns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Authority:
    """A certificate authority, made by ``create`` or ``intermediate`` alone.

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
        return cls._make(name, None, path_length, **options)

    def intermediate(self, name: str, *, path_length: int | None = 0, **options: Unpack[AuthorityOptions]) -> Self:
        """An authority below this one; the leaves it issues carry its certificate. Raises UsageError as ``create``."""
        return self._make(name, self, path_length, **options)

    @classmethod
    def from_pem(cls, name: str, certificate: bytes, key: bytes) -> Self:
        """A root that somebody else has made. Raises UsageError for what is none."""
        (root, *_) = keys.certificates_from_pem(certificate)
        return cls(name=name, certificate=root, _key=keys.from_pem(key))

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

    @classmethod
    def _make(
        cls,
        name: str,
        issuer: "Authority | None",
        path_length: int | None,
        *,
        key_type: KeyType = KeyType.RSA_2048,
        digest: Digest = Digest.SHA256,
        not_before: timedelta = NOT_BEFORE,
        not_after: timedelta = _LIFETIME,
        is_ca: bool = True,
        key_use: KeyUse = KeyUse.CORRECT,
        permitted_dns: tuple[str, ...] = (),
    ) -> Self:
        check_validity(not_before, not_after)
        if path_length is not None and path_length < 0:
            raise UsageError(f"path length {path_length}", remedy="use 0 or more; None sets no bound")
        key = keys.generate(key_type)
        subject = names.distinguished_name(organization=ORGANIZATION, unit=None, common_name=name)
        builder = building.skeleton(
            subject=subject,
            issuer=subject if issuer is None else issuer.certificate.subject,
            key=key,
            not_before=not_before,
            not_after=not_after,
        )
        if issuer is not None:
            builder = builder.add_extension(building.issued_by(issuer._key), critical=False)
        builder = building.as_authority(
            builder,
            is_ca=is_ca,
            path_length=path_length,
            key_use=key_use,
            permitted_dns=tuple(map(names.dns_name, permitted_dns)),
        )
        certificate = signing.sign(builder, key if issuer is None else issuer._key, digest)
        chain = () if issuer is None else (certificate, *issuer._chain)
        return cls(name=name, certificate=certificate, _key=key, _chain=chain)

    def _identity(self) -> tuple[bytes, bytes]:
        return self.certificate.fingerprint(hashes.SHA256()), keys.identity(self._key)

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Authority) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        return f"Authority(«{self.name}», serial {short_serial(self.serial)})"


def self_signed(spec: LeafSpec) -> Leaf:
    """A leaf that signs itself and is no authority."""
    key = keys.generate(spec.key_type)
    builder = building.leaf(spec, key, spec.subject(), key)
    return Leaf(certificate=signing.sign(builder, key, spec.digest, x509_v1=spec.x509_v1), key=key)
