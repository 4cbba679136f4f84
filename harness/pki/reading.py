"""Material: whom a client trusts and what it presents, read again from the stores that hold it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self, assert_never

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from harness.errors import UsageError
from harness.model.material import StoreKind
from harness.pki import jks, keys, pkcs12
from harness.pki.keys import PrivateKey
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


def read_trust(kind: StoreKind, store: bytes, password: str) -> tuple[x509.Certificate, ...]:
    """Whom a store trusts. Raises UsageError for another kind of store, a damaged or an empty one, a wrong password."""
    _expect(kind, store)
    match kind:
        case StoreKind.PEM:
            trusted = tuple(keys.certificates_from_pem(store))
        case StoreKind.PKCS12:
            trusted = pkcs12.read_trust(store, password)
        case StoreKind.JKS:
            trusted = jks.read_trust(store, password)
        case _:
            assert_never(kind)
    if not trusted:
        raise UsageError("the store trusts nobody", remedy="import an authority's certificate")
    return trusted


def read_leaf(kind: StoreKind, store: bytes, password: str, *, key: PrivateKey | None = None) -> Leaf:
    """What a store presents; with PEM its ``key`` may be apart. Raises as ``read_trust``, and where there is no key."""
    _expect(kind, store)
    match kind:
        case StoreKind.PEM:
            certificate, *chain = keys.certificates_from_pem(store)
            return Leaf(
                certificate=certificate,
                chain=tuple(chain),
                key=keys.from_pem(store, proved=False) if key is None else key,
            )
        case StoreKind.PKCS12:
            return pkcs12.read_leaf(store, password)
        case StoreKind.JKS:
            return jks.read_leaf(store, password)
        case _:
            assert_never(kind)


def _expect(kind: StoreKind, store: bytes) -> None:
    """Java reads some kinds as each other; here a store that is not what it is said to be is a mistake."""
    if not store:
        raise UsageError("the store is empty", remedy="write it anew")
    found = _kind(store)
    if found is not None and found is not kind:
        names = {StoreKind.PEM: "PEM", StoreKind.PKCS12: "PKCS#12", StoreKind.JKS: "JKS"}
        raise UsageError(
            f"this is {names[found]}, where {names[kind]} was said", remedy=f"say its type: {names[found]}"
        )


def _kind(store: bytes) -> StoreKind | None:
    """By how it begins: JKS's magic number, ASN.1's SEQUENCE, PEM's boundary (RFC 7468); None for anything else."""
    if store.startswith(b"\xfe\xed\xfe\xed"):
        return StoreKind.JKS
    if store.startswith(b"0") and len(store) > 1 and store[1] >= 0x80:
        return StoreKind.PKCS12
    return StoreKind.PEM if b"-----BEGIN " in store else None
