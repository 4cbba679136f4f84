"""What is wrong with a chain that one end presents, by a verifier of the harness's own: RFC 5280 section 6, in part.

It decides nothing about a connection. Where the words of the end that refused fit several faults and the chain has one
of them, that one it was.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from harness.model.certificates import Usage
from harness.model.outcome import Cause

_PURPOSES = {Usage.SERVER: ExtendedKeyUsageOID.SERVER_AUTH, Usage.CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH}


def faults(
    presented: bytes,
    trusted: bytes,
    *,
    usage: Usage,
    at: datetime,
    host: str | None = None,
    revocations: bytes | None = None,
) -> frozenset[Cause]:
    """The faults that a verifier may find at ``at`` in ``presented`` (PEM, leaf first), held against ``trusted`` (PEM).

    ``host`` is the name that the leaf must list, None: none; ``revocations`` a list in PEM. Raises ValueError for what
    is no PEM of that kind.
    """
    chain = x509.load_pem_x509_certificates(presented)
    anchors = x509.load_pem_x509_certificates(trusted) if trusted.strip() else []
    leaf = chain[0]
    path, reaches = _path(leaf, chain[1:], anchors)
    found = set()
    if not reaches:
        found.add(Cause.SELF_SIGNED if _signed(leaf, leaf) else Cause.UNKNOWN_AUTHORITY)
    elif not _signed(path[-1], path[-1]):
        # Trust in an intermediate is enough to some verifiers only (OpenSSL's X509_V_FLAG_PARTIAL_CHAIN).
        found.add(Cause.UNKNOWN_AUTHORITY)
    if any(one.not_valid_after_utc < at for one in path):
        found.add(Cause.EXPIRED)
    if any(one.not_valid_before_utc > at for one in path):
        found.add(Cause.NOT_YET_VALID)
    if not all(_may_sign(one, below) for below, one in enumerate(path[1:])):
        found.add(Cause.NOT_AN_AUTHORITY)
    if not _is_for(leaf, usage):
        found.add(Cause.WRONG_PURPOSE)
    if host is not None and not _lists(leaf, host):
        found.add(Cause.HOST_MISMATCH)
    if revocations is not None and _is_revoked(leaf, revocations):
        found.add(Cause.REVOKED)
    return frozenset(found)


def _path(
    leaf: x509.Certificate, sent: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]
) -> tuple[list[x509.Certificate], bool]:
    """From ``leaf`` upwards as far as signatures go, and whether that ends at an anchor."""
    path = [leaf]
    while path[-1] not in anchors:
        issuer = next((one for one in (*anchors, *sent) if one not in path and _signed(path[-1], one)), None)
        if issuer is None:
            return path, False
        path.append(issuer)
    return path, True


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _may_sign(authority: x509.Certificate, intermediates_below: int) -> bool:
    try:
        basic = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        signs = authority.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        signs = True
    return basic.ca and signs and (basic.path_length is None or basic.path_length >= intermediates_below)


def _is_for(leaf: x509.Certificate, usage: Usage) -> bool:
    try:
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return any(one in {_PURPOSES[usage], ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} for one in purposes)


def _lists(leaf: x509.Certificate, host: str) -> bool:
    """Whether its subjectAltName lists ``host`` (RFC 9525 section 6.3); a common name counts for nothing."""
    try:
        listed = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower()
        _, _, domain = name.partition(".")
        return any(one.lower() in {name, f"*.{domain}"} for one in listed.get_values_for_type(x509.DNSName))
    return address in listed.get_values_for_type(x509.IPAddress)


def _is_revoked(leaf: x509.Certificate, revocations: bytes) -> bool:
    read = x509.load_pem_x509_crl(revocations)
    return read.issuer == leaf.issuer and (
        read.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None
    )


def pair_faults(certificate: bytes, key: bytes) -> frozenset[Cause]:
    """What is wrong with a certificate and its private key, both PEM, as files of an end of its own."""
    try:
        leaf = x509.load_pem_x509_certificates(certificate)[0]
        private = load_pem_private_key(key, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return frozenset({Cause.BAD_MATERIAL})
    if private.public_key() != leaf.public_key():
        return frozenset({Cause.KEY_MISMATCH})
    return frozenset()
