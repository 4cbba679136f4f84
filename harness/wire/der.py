"""A distinguished name on its own, as a CertificateRequest has it: cryptography reads one inside a certificate only."""

from cryptography import x509

from harness.wire.reading import Reader, Short

_SEQUENCE = 0x30
_SET = 0x31
_OBJECT_IDENTIFIER = 0x06
_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
"""By tag of a DirectoryString (RFC 5280 appendix A.1) or IA5String."""


def distinguished_name(der: Reader) -> str:
    """A Name (RFC 5280 section 4.1.2.4) as RFC 4514 writes it. Raises ValueError, Short where it is cut off."""
    sequence = _inside(der, _SEQUENCE)
    rdns = []
    while sequence.left:
        attributes = _inside(sequence, _SET)
        found = []
        while attributes.left:
            found.append(_attribute(_inside(attributes, _SEQUENCE)))
        rdns.append(x509.RelativeDistinguishedName(found))
    return x509.Name(rdns).rfc4514_string()


def _attribute(pair: Reader) -> x509.NameAttribute[str]:
    oid = x509.ObjectIdentifier(_dotted(_inside(pair, _OBJECT_IDENTIFIER)))
    tag = pair.number(1)
    value = _value(pair)
    text = value.rest().decode(_ENCODINGS.get(tag, "latin-1"), "backslashreplace")
    # Lengths are a certificate's matter, not those of a name that is only shown.
    return x509.NameAttribute(oid, text, _validate=False)


def _dotted(encoded: Reader) -> str:
    arcs = []
    value = 0
    while encoded.left:
        octet = encoded.number(1)
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    if not arcs:
        raise Short("an object identifier of no arcs")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _inside(der: Reader, tag: int) -> Reader:
    found = der.number(1)
    if found != tag:
        raise ValueError(f"DER tag {found:#04x} where {tag:#04x} belongs")
    return _value(der)


def _value(der: Reader) -> Reader:
    length = der.number(1)
    if length & 0x80:
        length = der.number(length & 0x7F)
    return Reader(der.take(length))
