"""Testbeds for servers and clients that do not exist, with certificates made once for all tests."""

from functools import cache

from harness.case.testbed import ClientView, ServerView, Testbed
from harness.model.tls import Can, TlsVersion
from harness.pki import Materials

EVERYTHING = frozenset(Can) - {Can.LEGACY_RENEGOTIATION, Can.KEY_STORES}
"""All that is asked of a client that reads PEM files; what one lets pass is none of it."""
NEW_VERSIONS = (TlsVersion.TLS_1_2, TlsVersion.TLS_1_3)


@cache
def materials() -> Materials:
    """Where certificates are made, for tests that look into them."""
    return Materials()


def bed(
    *,
    does: frozenset[str] = frozenset(),
    server_versions: tuple[TlsVersion, ...] = NEW_VERSIONS,
    client_versions: tuple[TlsVersion, ...] = NEW_VERSIONS,
    can: frozenset[Can] = EVERYTHING,
    vendor: str = "mysql",
    client: str = "client",
) -> Testbed:
    """A testbed for a server that declares ``does`` and a client that can everything, unless told otherwise."""
    return Testbed(
        server=ServerView(name="fake", vendor=vendor, versions=server_versions, reloads=True, behaviour=does),
        client=ClientView(
            name=client,
            versions=client_versions,
            can=can,
            legacy_versions=tuple(TlsVersion) if Can.LEGACY_CRYPTO in can else (),
        ),
    )
