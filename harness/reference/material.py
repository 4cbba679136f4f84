"""Fresh certificates of one environment: an authority, a leaf for each server, and the clients' stores on disk."""

import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from harness.errors import HarnessError, UsageError
from harness.model.certificates import NOT_BEFORE, AuthorityOptions, LeafOptions, LeafSpec
from harness.model.tls import ServerTls
from harness.pki import Authority, Leaf, Store, StoreContents, StoreKind
from harness.reference.environment import ClientStores, Stores

DEFAULT_NAMES = ("localhost", "127.0.0.1")
_AUTHORITY = "dbtls-reference"
_LONGEST_CN = 64
"""Characters (RFC 5280 A.1, ub-common-name)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One authority, whom servers' certificates are for, and what all that it issues has in common."""

    authority: Authority
    names: tuple[str, ...]
    issued: LeafOptions

    @classmethod
    def fresh(cls, *, names: tuple[str, ...], days: int) -> Self:
        """Certificates valid for ``days`` from now; below zero, they expired so long ago."""
        issuer, issued = spans(days)
        return cls(authority=Authority.create(_AUTHORITY, **issuer), names=names, issued=issued)

    def server_leaf(self) -> Leaf:
        """A server's certificate for all names. Raises UsageError as ``server_spec``."""
        return self.authority.issue(server_spec(self.names, self.issued))

    def server_tls(self, leaf: Leaf, versions: tuple[str, ...] | None) -> ServerTls:
        """What a server is told that is to present ``leaf``."""
        return ServerTls(
            certificate=leaf.chain_pem,
            key=leaf.oldest_key_pem(),
            authorities=self.authority.pem,
            serial=leaf.serial,
            versions=versions,
        )

    def publish(self, folder: Path, *, two_way: bool) -> Stores:
        """Write the clients' stores below ``folder``, a client's certificate among them for two-way TLS."""
        leaf = self.authority.issue(LeafSpec.client(**self.issued)) if two_way else None
        store = Store(folder)
        store.publish(StoreContents(trust=(self.authority,), leaf=leaf, kinds=frozenset(StoreKind)))
        files = store.stable
        client = None
        if leaf is not None:
            client = ClientStores(
                cert_pem=_there(files.cert_pem),
                key_pem=_there(files.key_pem),
                keystore_p12=_there(files.keystore_p12),
                keystore_jks=_there(files.keystore_jks),
            )
        return Stores(
            folder=files.directory,
            ca_pem=_there(files.ca_pem),
            truststore_p12=_there(files.truststore_p12),
            truststore_jks=_there(files.truststore_jks),
            client=client,
        )


def server_spec(names: tuple[str, ...], issued: LeafOptions) -> LeafSpec:
    """A certificate for all ``names``; the first is its subject too, for clients that read nothing else.

    Raises UsageError for a name that no certificate can list.
    """
    addresses = tuple(name for name in names if is_address(name))
    return LeafSpec.server(
        names[0] if len(names[0]) <= _LONGEST_CN else None,
        dns_names=tuple(name for name in names if name not in addresses),
        ip_addresses=addresses,
        **issued,
    )


def spans(days: int) -> tuple[AuthorityOptions, LeafOptions]:
    """When an authority and its leaves are valid: the leaves end ``days`` from now, the authority not before today."""
    end = timedelta(days=days)
    # The day before its end, where that is earlier: a certificate is valid at some time.
    begin = min(NOT_BEFORE, end - timedelta(days=1))
    return (
        {"not_before": begin, "not_after": max(end, timedelta()) + timedelta(days=1)},
        {"not_before": begin, "not_after": end},
    )


def is_address(name: str) -> bool:
    """Whether a host is named by its IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def portable_path(folder: Path) -> Path:
    """``folder``, made absolute. Raises UsageError for a path that shells, URLs, YAML and Java do not all take bare."""
    path = folder.absolute()
    if not re.fullmatch(r"[\w/.+@~-]+", str(path), re.ASCII):
        raise UsageError(
            "a path that cannot stand in every client's configuration as it is",
            place=str(path),
            remedy="use letters, digits and / . _ + @ ~ - alone (TMPDIR is where files go without --out)",
        )
    return path


def _there(path: Path | None) -> Path:
    if path is None:
        raise HarnessError("a store was not published", remedy="report this as a defect of dbtls")
    return path
