"""Material: whom a client trusts and what it presents, read again from the stores that hold it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from harness.pki.leaf import Leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a client hands to its driver. Told apart by ``fingerprint``; the key has no part in it."""

    trusted: tuple[x509.Certificate, ...]
    leaf: Leaf | None = field(repr=False)
    fingerprint: str

    @classmethod
    def of(cls, trusted: Iterable[x509.Certificate], leaf: Leaf | None) -> Self:
        """Material with its fingerprint."""
        everyone = tuple(trusted)
        return cls(trusted=everyone, leaf=leaf, fingerprint=fingerprint(everyone, leaf))


def fingerprint(trust: Iterable[x509.Certificate], leaf: Leaf | None) -> str:
    """The first 16 hexadecimal digits of a SHA-256 over whom one trusts and the chain that one presents, in DER.

    The order of those trusted does not matter, nor does the same one twice, nor the kind of store.
    """
    trusted = sorted({hashlib.sha256(each.public_bytes(Encoding.DER)).digest() for each in trust})
    presented = [] if leaf is None else [leaf.certificate, *leaf.chain]
    digests = [hashlib.sha256(each.public_bytes(Encoding.DER)).digest() for each in presented]
    # The count keeps a trusted certificate from standing for a presented one.
    return hashlib.sha256(b"".join([len(trusted).to_bytes(4, "big"), *trusted, *digests])).hexdigest()[:16]
