"""One-way TLS: the client verifies (or does not verify) the server; the server asks for no client certificate."""

from dataclasses import replace
from datetime import timedelta

from harness.case.scenario import scenario
from harness.case.situation import UNLISTED_HOST, Case
from harness.case.testbed import SERVER_SPEC, Testbed
from harness.model.material import RevocationList
from harness.model.outcome import Cause, Side
from harness.model.tls import Can, Verify

EXPIRED = replace(SERVER_SPEC, not_before=timedelta(days=-30), not_after=timedelta(days=-1))
NOT_YET_VALID = replace(SERVER_SPEC, not_before=timedelta(days=1), not_after=timedelta(days=30))


@scenario(needs={Can.VERIFY_IDENTITY})
def good_identity(bed: Testbed) -> Case:
    """A client that checks authority and name accepts a server whose certificate is right in both."""
    return bed.one_way(Verify.IDENTITY).accepted()


@scenario(needs={Can.VERIFY_CA})
def good_authority(bed: Testbed) -> Case:
    """A client that checks the authority alone accepts a server whose certificate that authority signed."""
    return bed.one_way(Verify.CA).accepted()


@scenario(needs={Can.VERIFY_CA})
def another_authority(bed: Testbed) -> Case:
    """A client that verifies refuses a server whose certificate another authority signed."""
    good = bed.one_way(Verify.CA)
    return good.but(client_trusts=(bed.authority("other"),)).refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs={Can.REQUIRE})
def another_authority_unverified(bed: Testbed) -> Case:
    """A client that is told an authority refuses another's server, even where verification was not asked for."""
    good = bed.one_way(Verify.REQUIRED)
    return good.but(client_trusts=(bed.authority("other"),)).refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs={Can.VERIFY_CA})
def no_authority(bed: Testbed) -> Case:
    """A client that verifies and is told no authority refuses a server that its system does not trust."""
    return bed.one_way(Verify.CA).but(client_trusts=()).refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs={Can.VERIFY_CA})
def expired(bed: Testbed) -> Case:
    """A client that verifies refuses a server whose certificate has expired."""
    good = bed.one_way(Verify.CA)
    return good.but(server_leaf=bed.server_leaf(spec=EXPIRED)).refused(by=Side.CLIENT, cause=Cause.EXPIRED)


@scenario(needs={Can.VERIFY_CA})
def not_yet_valid(bed: Testbed) -> Case:
    """A client that verifies refuses a server whose certificate is not valid yet."""
    good = bed.one_way(Verify.CA)
    return good.but(server_leaf=bed.server_leaf(spec=NOT_YET_VALID)).refused(by=Side.CLIENT, cause=Cause.NOT_YET_VALID)


@scenario(needs={Can.VERIFY_CA, Can.CHECK_REVOCATION})
def revoked(bed: Testbed) -> Case:
    """A client that has the authority's list refuses a server whose certificate the authority has revoked."""
    good = bed.one_way(Verify.CA).with_(client_revocations=RevocationList(issuer=bed.authority()))
    change = good.but(client_revocations=RevocationList(issuer=bed.authority(), revoked=(bed.server_leaf(),)))
    return change.refused(by=Side.CLIENT, cause=Cause.REVOKED)


@scenario(needs={Can.VERIFY_CA})
def self_signed_leaf(bed: Testbed) -> Case:
    """A client that verifies refuses a server whose certificate signs itself."""
    good = bed.one_way(Verify.CA)
    return good.but(server_leaf=bed.self_signed()).refused(by=Side.CLIENT, cause=Cause.SELF_SIGNED)


@scenario(needs={Can.VERIFY_IDENTITY})
def wrong_host(bed: Testbed) -> Case:
    """A client that checks the name refuses a server that it reached by a name its certificate does not list."""
    good = bed.one_way(Verify.IDENTITY)
    return good.but(host=UNLISTED_HOST).refused(by=Side.CLIENT, cause=Cause.HOST_MISMATCH)


@scenario(needs={Can.VERIFY_CA})
def wrong_host_not_checked(bed: Testbed) -> Case:
    """A client that checks the authority alone accepts a server under a name its certificate does not list."""
    return bed.one_way(Verify.CA).but(host=UNLISTED_HOST).accepted()


@scenario(needs={Can.REQUIRE})
def required_of_a_server_without_tls(bed: Testbed) -> Case:
    """A client that requires TLS refuses a server that has none: no silent plaintext."""
    return bed.one_way(Verify.REQUIRED).but(server_leaf=None).refused(by=Side.CLIENT, cause=Cause.NO_TLS)


@scenario(needs={Can.VERIFY_CA})
def verified_of_a_server_without_tls(bed: Testbed) -> Case:
    """A client that verifies refuses a server that has no TLS: no silent plaintext."""
    return bed.one_way(Verify.CA).but(server_leaf=None).refused(by=Side.CLIENT, cause=Cause.NO_TLS)


@scenario(needs={Can.PREFER})
def preferred_with_tls(bed: Testbed) -> Case:
    """A client that prefers TLS uses it where the server has it."""
    return bed.one_way(Verify.PREFERRED).accepted()


@scenario(needs={Can.PREFER})
def preferred_of_a_server_without_tls(bed: Testbed) -> Case:
    """A client that prefers TLS connects in the clear to a server that has none."""
    return bed.one_way(Verify.PREFERRED).but(server_leaf=None).accepted(encrypted=False)


@scenario(needs={Can.DISABLE})
def disabled(bed: Testbed) -> Case:
    """A client that disables TLS connects in the clear to a server that offers it."""
    return bed.one_way(Verify.DISABLED).accepted(encrypted=False)


@scenario(needs={Can.DISABLE})
def disabled_where_the_server_requires(bed: Testbed) -> Case:
    """A client that disables TLS is refused by a server that requires secure transport."""
    good = bed.one_way(Verify.CA).with_(require_secure_transport=True)
    unmet = Cause.SECURE_TRANSPORT_REQUIRED
    if bed.server.does("denies-plaintext-with-1045"):
        unmet = Cause.ACCESS_DENIED
    return good.but(verify=Verify.DISABLED).refused(by=Side.SERVER, cause=unmet)
