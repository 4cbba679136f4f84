"""Names in certificates: those of a specification, and the one-line form that accounts are checked against."""

import hashlib
import ipaddress
import re

from cryptography import x509
from cryptography.x509.oid import NameOID

from harness.model.certificates import LeafSpec, escaped


def distinguished_name(*, organization: str | None, unit: str | None, common_name: str | None) -> x509.Name:
    """O, OU and CN in this order, None left out."""
    parts = ((NameOID.ORGANIZATION_NAME, organization), (NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    every = (*parts, (NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in every if text is not None])


def subject(spec: LeafSpec) -> x509.Name:
    """The distinguished name of a leaf; empty when every part is None."""
    return distinguished_name(
        organization=spec.organization, unit=spec.organizational_unit, common_name=spec.common_name
    )


def alternative_names(spec: LeafSpec) -> list[x509.GeneralName]:
    """What the subjectAltName lists: DNS names, then addresses."""
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in spec.ip_addresses]
    return [*map(x509.DNSName, spec.dns_names), *addresses]


def one_line(name: x509.Name) -> str:
    """``/O=dbtls/CN=client``: the parts in their encoded order, as ``REQUIRE SUBJECT`` and ``REQUIRE ISSUER`` want it.

    Servers compare with their library's X509_NAME_oneline: a byte outside printable ASCII is ``\\xHH``. A ``/`` or
    ``+`` inside a value stays bare here, as in OpenSSL before 3.0 and in wolfSSL; OpenSSL 3 writes ``\\/`` and ``\\+``
    (https://github.com/wolfSSL/wolfssl/issues/11392).
    """
    return "".join(f"/{part.rfc4514_attribute_name}={escaped(str(part.value))}" for part in name)


def common_name(name: x509.Name) -> str | None:
    """The CN, or None."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else None


def subject_hash(name: x509.Name) -> str:
    """The name by which OpenSSL finds a certificate in a folder, less its ``.0``: openssl-rehash(1).

    SHA-1 over the parts in canonical form (UTF-8, ASCII in lower case, runs of spaces one; X509_NAME_hash_ex,
    x_name.c), its first four bytes little-endian.
    """
    canonical = x509.Name([x509.NameAttribute(part.oid, _canonical(str(part.value))) for part in name])
    der = canonical.public_bytes()
    header = 2 + (der[1] & 0x7F if der[1] & 0x80 else 0)
    digest = hashlib.sha1(der[header:], usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def _canonical(text: str) -> str:
    lower = "".join(letter.lower() if letter.isascii() else letter for letter in text)
    return re.sub(r"\s+", " ", lower.strip(), flags=re.ASCII)
