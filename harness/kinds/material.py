"""What situations and start-ups name, made: material for a server as bytes, a client's side on disk."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.case.properties import ClientFile
from harness.case.situation import Option, ServerSide, Situation
from harness.case.testbed import GOOD_ONE_WAY
from harness.model.material import AuthoritiesFile, FileRecipe, PresentedLeaf, StoreKind, Trusted
from harness.model.startup import Role, ServerConfiguration, ServerFile, ServerOptions, StartFile
from harness.model.tls import ClientTls, KeyStore, ServerTls, Verify
from harness.pki import Materials, Store, StoreContents


def server_tls(side: ServerSide, materials: Materials) -> ServerTls:
    """A server's configuration. Raises UsageError for what cannot be made."""
    return materials.once(side, lambda: _server_tls(side, materials))


def _server_tls(side: ServerSide, materials: Materials) -> ServerTls:
    options = {option: _made(value, materials) for option, value in side.options()}
    if side.server_leaf is None:
        return ServerTls(**options)
    leaf = materials.leaf(side.server_leaf)
    return ServerTls(
        certificate=leaf.chain_pem,
        key=leaf.oldest_key_pem(),
        authorities=materials.file(AuthoritiesFile(of=side.server_trusts)) or None,
        serial=leaf.serial,
        **options,
    )


# A field of ServerSide has the type of the member of its name, but for files; mypy cannot follow one by its name.
def _made(value: Option, materials: Materials) -> Any:
    return materials.file(value) if isinstance(value, FileRecipe) else value


def one_way_server(materials: Materials) -> ServerTls:
    """A server's configuration in the good one-way situation."""
    return server_tls(GOOD_ONE_WAY.server_side(), materials)


def configuration(told: ServerOptions, materials: Materials) -> ServerConfiguration:
    """What a server is started with. Raises UsageError for what cannot be made."""
    return ServerConfiguration(
        options=told.options, files=tuple(made for file in told.files for made in _server_files(file, materials))
    )


def _server_files(file: StartFile, materials: Materials) -> list[ServerFile]:
    if file.role is Role.AUTHORITIES_FOLDER and isinstance(file.content, AuthoritiesFile):
        authorities = [materials.trusted(one) for one in file.content.of]
        return [
            ServerFile(role=file.role, content=one.pem, access=file.access, inside=f"{one.subject_hash}.0")
            for one in authorities
        ]
    return [ServerFile(role=file.role, content=materials.file(file.content), access=file.access)]


class ClientMaterial:
    """The clients' files below ``folder``: what situations configure, each combination written once."""

    def __init__(self, folder: Path, materials: Materials) -> None:
        self._folder = folder
        self._materials = materials
        self._published: dict[tuple[tuple[Trusted, ...], PresentedLeaf | None, frozenset[StoreKind]], ClientTls] = {}
        self._written: dict[tuple[ClientFile, ...], Path] = {}

    def tls(self, situation: Situation, *, key_stores: bool) -> ClientTls:
        """A client's configuration in ``situation``: key stores if it reads those, and the authorities as PEM.

        Any other gets PEM files alone. Raises UsageError for what cannot be made.
        """
        # Some drivers that read key stores read no trust store.
        kinds = frozenset({StoreKind.JKS, StoreKind.PEM}) if key_stores else frozenset({StoreKind.PEM})
        key = (situation.client_trusts, situation.client_leaf, kinds)
        if key not in self._published:
            self._published[key] = self._publish(*key)
        return replace(
            self._published[key],
            verify=situation.verify,
            properties=self._properties(situation),
            **{option: self._made(value) for option, value in situation.client_options()},
        )

    def _publish(
        self, trusts: tuple[Trusted, ...], leaf: PresentedLeaf | None, kinds: frozenset[StoreKind]
    ) -> ClientTls:
        contents = StoreContents(
            trust=tuple(map(self._materials.trusted, trusts)),
            leaf=None if leaf is None else self._materials.leaf(leaf),
            kinds=kinds,
        )
        files = Store(self._folder / f"{len(self._published)}").publish(contents)
        told = ClientTls(verify=Verify.CA, ca=files.ca_pem)
        if StoreKind.JKS not in kinds:
            return replace(told, certificate=files.cert_pem, key=files.key_pem)
        trust, keys = (_store(path, contents.password) for path in (files.truststore_jks, files.keystore_jks))
        return replace(told, trust_store=trust, key_store=keys)

    def _properties(self, situation: Situation) -> tuple[tuple[str, str], ...] | None:
        if situation.client_properties is None:
            return None
        return situation.client_properties.in_folder(str(self._files(situation.client_files)))

    # A field of Situation has the type of the member of its name, but for files; mypy cannot follow one by its name.
    def _made(self, value: Option) -> Any:
        if not isinstance(value, FileRecipe):
            return value
        return self._files((ClientFile("file", value),)) / "file"

    def _files(self, files: tuple[ClientFile, ...]) -> Path:
        if files not in self._written:
            folder = self._folder / f"files-{len(self._written)}"
            folder.mkdir(mode=0o700, parents=True)
            for file in files:
                (folder / file.name).write_bytes(self._materials.file(file.content))
            self._written[files] = folder
        return self._written[files]


def _store(path: Path | None, password: str) -> KeyStore | None:
    return None if path is None else KeyStore(path=path, type="JKS", password=password)
