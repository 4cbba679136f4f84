"""Old servers: what today's clients refuse of them as shipped, and that they connect once legacy crypto is allowed."""

from harness.case.scenario import Skip, scenario
from harness.case.situation import Case
from harness.case.testbed import Testbed
from harness.model.outcome import Cause, Side
from harness.model.tls import Can, TlsVersion, Verify

NOT_OLD = Skip("server and client have a protocol version in common without legacy settings")


@scenario(needs={Can.VERIFY_CA, Can.DISABLE})
def as_shipped(bed: Testbed) -> Case | Skip:
    """A client as shipped refuses a server that offers only versions which it no longer speaks."""
    if not bed.needs_legacy:
        return NOT_OLD
    if any(bed.client.speaks(version, legacy=True) for version in bed.server.versions):
        change = bed.one_way(Verify.CA).but(client_legacy=False)
    else:
        # Nothing makes this client encrypt with this server: what holds without TLS is the good situation.
        change = bed.one_way(Verify.DISABLED).but(verify=Verify.CA)
    return change.refused(by=None, cause=Cause.PROTOCOL_VERSION)


@scenario(needs={Can.VERIFY_CA, Can.LEGACY_CRYPTO})
def allowed(bed: Testbed) -> Case | Skip:
    """A client that is allowed legacy crypto connects to such a server, and verifies it."""
    return bed.one_way(Verify.CA).accepted() if bed.needs_legacy else NOT_OLD


@scenario(needs={Can.VERIFY_CA, Can.LEGACY_CRYPTO, Can.LIMIT_VERSIONS})
def legacy_renegotiation(bed: Testbed) -> Case | Skip:
    """A client as shipped refuses TLS 1.2 with a server that lacks secure renegotiation (RFC 5746)."""
    if not bed.server.does("lacks-secure-renegotiation"):
        return Skip("the server has secure renegotiation")
    if Can.LEGACY_RENEGOTIATION in bed.client.can:
        return Skip("the client takes a server without it as shipped")
    good = bed.one_way(Verify.CA).with_(client_versions=(TlsVersion.TLS_1_2.value,), client_legacy=True)
    return good.but(client_legacy=False).refused(by=Side.CLIENT, cause=Cause.WEAK_CRYPTO)
