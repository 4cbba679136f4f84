"""Materials: the authorities, leaves and files of one run, each made once from its specification."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, assert_never

from harness.errors import UsageError
from harness.model.certificates import AuthoritySpec
from harness.model.material import (
    AuthoritiesFile,
    CertificateFile,
    DocumentAuthority,
    DocumentFile,
    DocumentLeaf,
    FileRecipe,
    IssuedLeaf,
    KeyFile,
    KeyStoreFile,
    PresentedLeaf,
    Presents,
    RevocationList,
    TextFile,
    Trusted,
    TrustStoreFile,
)
from harness.pki import stores
from harness.pki.authority import Authority, TrustedCertificate, self_signed
from harness.pki.leaf import Leaf

V = TypeVar("V")


class Materials:
    """What specifications ask for: equal ones are the same certificate, key and bytes. Safe between threads.

    What is made may be made of others; whoever asks for one that is just being made waits for it, and for no other.
    """

    def __init__(self) -> None:
        self._made: dict[object, Any] = {}
        self._locks: dict[object, threading.Lock] = {}
        self._guard = threading.Lock()
        self._documents: dict[str, Mapping[str, bytes]] = {}

    def once(self, key: object, make: Callable[[], V]) -> V:
        """What ``make`` makes, at the first asking for ``key``; ``make`` may ask for others, and not for itself."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            made: V = self._made[key]
            return made

    def authority(self, spec: AuthoritySpec) -> Authority:
        """The authority that ``spec`` asks for. Raises UsageError where it cannot be signed."""

        def make() -> Authority:
            return Authority.of(spec, below=None if spec.issuer is None else self.authority(spec.issuer))

        return self.once(spec, make)

    def trusted(self, recipe: Trusted) -> Authority | TrustedCertificate:
        """An authority as somebody trusts it. Raises UsageError as ``authority`` and ``document_file``."""
        match recipe:
            case AuthoritySpec():
                return self.authority(recipe)
            case DocumentAuthority(commands=commands, file=file, name=name):
                return TrustedCertificate.from_pem(name, self.document_file(commands, file))
            case _:
                assert_never(recipe)

    def leaf(self, recipe: PresentedLeaf) -> Leaf:
        """A leaf with its chain and key. Raises UsageError as ``authority`` and ``document_file``."""
        return self.once(recipe, lambda: self._leaf(recipe))

    def file(self, recipe: FileRecipe) -> bytes:
        """What is in a file. Raises UsageError for what cannot be written, and as ``authority``."""
        return self.once(recipe, lambda: self._written(recipe))

    def document_file(self, commands: str, name: str) -> bytes:
        """A file that a document's commands have made. Raises UsageError where they have not."""
        made = self._documents.get(commands)
        if made is None or name not in made:
            what = "were not carried out" if made is None else f"made no `{name}`"
            raise UsageError(f"the commands `{commands}` {what}", remedy="carry them out before the case")
        return made[name]

    def keep_document(self, commands: str, files: Mapping[str, bytes]) -> None:
        """Keep the files that a document's commands have made. Raises UsageError for a name that others have."""
        if commands in self._documents:
            raise UsageError(f"two documents have commands called `{commands}`", remedy="rename one of them")
        self._documents[commands] = files

    def _leaf(self, recipe: PresentedLeaf) -> Leaf:
        match recipe:
            case DocumentLeaf(commands=commands, certificate=certificate, key=key):
                return Leaf.from_pem(self.document_file(commands, certificate), self.document_file(commands, key))
            case IssuedLeaf() if recipe != recipe.certified:
                made = self.leaf(recipe.certified)
                made = made if recipe.key_of is None else made.with_key_of(self.leaf(recipe.key_of))
                return made if recipe.presents is Presents.CHAIN else made.without_chain()
            case IssuedLeaf(spec=spec, issuer=issuer):
                return self_signed(spec) if issuer is None else self.authority(issuer).issue(spec)
            case _:
                assert_never(recipe)

    def _written(self, recipe: FileRecipe) -> bytes:
        match recipe:
            case CertificateFile(of=leaf):
                return self.leaf(leaf).chain_pem
            case KeyFile(of=leaf, format=form, passphrase=passphrase):
                made = self.leaf(leaf)
                return made.oldest_key_pem() if form is None else made.key_pem(form, passphrase.encode() or None)
            case AuthoritiesFile(of=authorities):
                return b"".join(self.trusted(one).pem for one in authorities)
            case RevocationList(issuer=issuer, revoked=revoked, due=due):
                return self.authority(issuer).crl([self.leaf(one) for one in revoked], next_update=due)
            case TrustStoreFile(kind=kind, of=authorities, store_password=password, marked=marked):
                return stores.trust_store(kind, tuple(map(self.trusted, authorities)), password, marked=marked)
            case KeyStoreFile(kind=kind, of=leaf, store_password=password):
                return stores.key_store(kind, self.leaf(leaf), password)
            case DocumentFile(commands=commands, file=name):
                return self.document_file(commands, name)
            case TextFile(text=text):
                return text.encode()
            case _:
                assert_never(recipe)
