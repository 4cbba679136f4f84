"""Authority -> Leaf -> Store: certificates made in memory, each defect one argument; published to disk as a whole."""

from harness.pki.authority import Authority, AuthorityOptions, self_signed
from harness.pki.keys import KeyFormat, KeyType
from harness.pki.leaf import Leaf
from harness.pki.signing import Digest
from harness.pki.spec import KeyUse, LeafOptions, LeafSpec, Usage
from harness.pki.stores import Generation, Store, StoreContents, StoreFiles, StoreKind, rendered

__all__ = [
    "Authority",
    "AuthorityOptions",
    "Digest",
    "Generation",
    "KeyFormat",
    "KeyType",
    "KeyUse",
    "Leaf",
    "LeafOptions",
    "LeafSpec",
    "Store",
    "StoreContents",
    "StoreFiles",
    "StoreKind",
    "Usage",
    "rendered",
    "self_signed",
]
