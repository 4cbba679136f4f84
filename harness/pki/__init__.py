"""Specification -> Authority -> Leaf -> Store: certificates and keys made in memory, published to disk as a whole."""

from harness.model.certificates import (
    AuthorityOptions,
    AuthoritySpec,
    Digest,
    KeyType,
    KeyUse,
    LeafOptions,
    LeafSpec,
    Usage,
)
from harness.model.material import KeyFormat, StoreKind
from harness.pki.authority import Authority, TrustedCertificate, self_signed
from harness.pki.leaf import Leaf
from harness.pki.materials import Materials
from harness.pki.stores import Generation, Store, StoreContents, StoreFiles, rendered

__all__ = [
    "Authority",
    "AuthorityOptions",
    "AuthoritySpec",
    "Digest",
    "Generation",
    "KeyFormat",
    "KeyType",
    "KeyUse",
    "Leaf",
    "LeafOptions",
    "LeafSpec",
    "Materials",
    "Store",
    "StoreContents",
    "StoreFiles",
    "StoreKind",
    "TrustedCertificate",
    "Usage",
    "rendered",
    "self_signed",
]
