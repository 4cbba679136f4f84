"""Names in certificates: text in, typed names out; and the one-line form that accounts are checked against."""

import hashlib
import ipaddress
import re

from cryptography import x509
from cryptography.x509.oid import NameOID

from harness.errors import UsageError


def distinguished_name(*, organization: str | None, unit: str | None, common_name: str | None) -> x509.Name:
    """O, OU and CN in this order, None left out. Raises UsageError for an empty part and for one over 64 characters."""
    parts = ((NameOID.ORGANIZATION_NAME, organization), (NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    attributes = []
    for oid, text in (*parts, (NameOID.COMMON_NAME, common_name)):
        if text is None:
            continue
        try:
            attributes.append(x509.NameAttribute(oid, text))
        except ValueError as error:
            raise UsageError(
                f"`{text}` cannot be part of a subject ({error})",
                remedy="use 1 to 64 characters (RFC 5280 A.1); put a long host name into dns_names; None leaves it out",
            ) from error
    return x509.Name(attributes)


def dns_name(text: str) -> x509.DNSName:
    """A dNSName, wildcards and addresses written as names included. Raises UsageError unless it is ASCII."""
    if not text or not text.isascii():
        raise UsageError(f"`{text}` is not a DNS name", remedy="write it in ASCII, international names as xn--…")
    return x509.DNSName(text)


def ip_address(text: str) -> x509.IPAddress:
    """An iPAddress, version 4 or 6. Raises UsageError for anything else, zone and prefix length included."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = None
    # Python reads `fe80::1%eth0`, but a certificate has no place for the zone and would silently lose it.
    if address is None or "%" in text:
        raise UsageError(f"`{text}` is not an IP address", remedy="write it as 127.0.0.1 or ::1; names go to dns_names")
    return x509.IPAddress(address)


def one_line(name: x509.Name) -> str:
    """``/O=dbtls/CN=client``: the parts in their encoded order, as ``REQUIRE SUBJECT`` and ``REQUIRE ISSUER`` want it.

    Servers compare with their library's X509_NAME_oneline: a byte outside printable ASCII is ``\\xHH``. A ``/`` or
    ``+`` inside a value stays bare here, as in OpenSSL before 3.0 and in wolfSSL; OpenSSL 3 writes ``\\/`` and ``\\+``
    (https://github.com/wolfSSL/wolfssl/issues/11392).
    """
    return "".join(f"/{part.rfc4514_attribute_name}={_escaped(str(part.value))}" for part in name)


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


def _escaped(text: str) -> str:
    return "".join(chr(byte) if 0x20 <= byte <= 0x7E else f"\\x{byte:02X}" for byte in text.encode())
