"""From a specification to a certificate that is ready to be signed."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from harness.errors import UsageError
from harness.model.certificates import AuthoritySpec, KeyUse, LeafSpec, Usage
from harness.pki import names
from harness.pki.keys import PrivateKey

_USAGE_OIDS = {Usage.SERVER: ExtendedKeyUsageOID.SERVER_AUTH, Usage.CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH}

_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
"""An ASN.1 NULL under an enterprise number that IANA has not given out: no program can know it."""


def now() -> datetime:
    """The present to the second, as certificates carry it."""
    return datetime.now(UTC).replace(microsecond=0)


def skeleton(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    not_before: timedelta,
    not_after: timedelta,
    serial: int | None = None,
) -> x509.CertificateBuilder:
    """What every certificate has. Raises UsageError for times that no certificate can carry."""
    present = now()
    try:
        start, end = present + not_before, present + not_after
        dated = x509.CertificateBuilder().not_valid_before(start).not_valid_after(end)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"no certificate can be valid from {not_before} to {not_after} from now ({error})",
            remedy="stay between the years 1950 and 9999 (RFC 5280 4.1.2.5)",
        ) from error
    return (
        dated.subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number() if serial is None else serial)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def leaf(spec: LeafSpec, key: PrivateKey, issuer: x509.Name, issuer_key: PrivateKey) -> x509.CertificateBuilder:
    """A leaf's certificate, unsigned."""
    subject = names.subject(spec)
    builder = skeleton(
        subject=subject,
        issuer=issuer,
        key=key,
        not_before=spec.not_before,
        not_after=spec.not_after,
        serial=spec.serial,
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(issued_by(issuer_key), critical=False)
    if spec.key_use is not KeyUse.ABSENT:
        right = spec.key_use is KeyUse.CORRECT
        builder = builder.add_extension(
            # Without Diffie-Hellman, TLS up to 1.2 encrypts to an RSA key (RFC 5246 7.4.2); other keys only sign.
            _key_usage(signature=right, encipherment=right and isinstance(key, rsa.RSAPrivateKey), crl=not right),
            critical=True,
        )
    if spec.usage is not None:
        usages = [_USAGE_OIDS[usage] for usage in Usage if usage in spec.usage]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if listed := names.alternative_names(spec):
        # RFC 5280 4.2.1.6: critical where the subject is empty.
        builder = builder.add_extension(x509.SubjectAlternativeName(listed), critical=not list(subject))
    if spec.unknown_critical:
        builder = builder.add_extension(_UNKNOWN, critical=True)
    return builder


def as_authority(builder: x509.CertificateBuilder, spec: AuthoritySpec) -> x509.CertificateBuilder:
    """The extensions of an authority added."""
    # RFC 5280 4.2.1.9: a path length only goes with CA:TRUE.
    constraints = x509.BasicConstraints(ca=spec.is_ca, path_length=spec.path_length if spec.is_ca else None)
    builder = builder.add_extension(constraints, critical=True)
    if spec.key_use is not KeyUse.ABSENT:
        usage = _key_usage(certificates=spec.key_use is KeyUse.CORRECT, crl=True)
        builder = builder.add_extension(usage, critical=True)
    if spec.permitted_dns:
        limits = x509.NameConstraints(
            permitted_subtrees=[x509.DNSName(domain) for domain in spec.permitted_dns], excluded_subtrees=None
        )
        builder = builder.add_extension(limits, critical=True)
    return builder


def issued_by(issuer_key: PrivateKey) -> x509.AuthorityKeyIdentifier:
    """The authorityKeyIdentifier of what that key signs."""
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())


def _key_usage(
    *, signature: bool = False, encipherment: bool = False, certificates: bool = False, crl: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=False,
        key_encipherment=encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=crl,
        encipher_only=False,
        decipher_only=False,
    )
