"""Chains: which certificates lead from the server's leaf to what the client trusts, and whether they may."""

from dataclasses import replace

from harness.case.scenario import scenario
from harness.case.situation import Case
from harness.case.testbed import GOOD, SERVER_SPEC, NotApplicable, Testbed
from harness.model.certificates import Usage
from harness.model.outcome import Cause, Side
from harness.model.tls import Can, Verify

NEEDS = {Can.VERIFY_CA}
INTERMEDIATE = GOOD.intermediate("intermediate")
NO_AUTHORITY = GOOD.intermediate("no authority", is_ca=False)
NO_INTERMEDIATE = "the server does not send the certificate between its leaf and the root, so no client sees it"
FOR_CLIENTS = replace(SERVER_SPEC, usage=frozenset({Usage.CLIENT}))


@scenario(needs=NEEDS)
def trusted_among_others(bed: Testbed) -> dict[str, Case]:
    """A client that trusts two authorities accepts a server of either's, whichever its file names first."""
    good, other = bed.authority(), bed.authority("other")
    start = bed.one_way(Verify.CA)
    return {
        "first": start.but(client_trusts=(good, other)).accepted(),
        "last": start.but(client_trusts=(other, good)).accepted(),
    }


@scenario(needs=NEEDS)
def intermediate_sent(bed: Testbed) -> Case:
    """A client that trusts the root accepts root → intermediate → leaf when the server sends the intermediate."""
    return bed.one_way(Verify.CA).but(server_leaf=bed.server_leaf(INTERMEDIATE)).accepted()


@scenario(needs=NEEDS)
def intermediate_missing(bed: Testbed) -> Case:
    """A client that trusts the root refuses root → intermediate → leaf when the server sends its leaf alone."""
    change = bed.one_way(Verify.CA).but(server_leaf=bed.server_leaf(INTERMEDIATE).without_chain())
    return change.refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs=NEEDS)
def intermediate_trusted(bed: Testbed) -> Case:
    """A client that trusts the intermediate alone, and not its root, does not trust what it signed."""
    if bed.server.does("sends-leaf-alone"):
        raise NotApplicable(NO_INTERMEDIATE)
    good = bed.one_way(Verify.CA).with_(server_leaf=bed.server_leaf(INTERMEDIATE))
    change = good.but(client_trusts=(INTERMEDIATE,))
    return change.refused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs=NEEDS)
def signed_by_a_leaf(bed: Testbed) -> Case:
    """A client refuses a certificate whose issuer is no authority (basicConstraints CA:FALSE, RFC 5280 6.1.4 k)."""
    if bed.server.does("sends-leaf-alone"):
        raise NotApplicable(NO_INTERMEDIATE)
    change = bed.one_way(Verify.CA).but(server_leaf=bed.server_leaf(NO_AUTHORITY))
    return change.refused(by=Side.CLIENT, cause=Cause.NOT_AN_AUTHORITY)


@scenario(needs=NEEDS)
def for_clients_only(bed: Testbed) -> Case:
    """A client refuses a server whose certificate is for clients only (extendedKeyUsage, RFC 5280 4.2.1.12)."""
    change = bed.one_way(Verify.CA).but(server_leaf=bed.server_leaf(spec=FOR_CLIENTS))
    return change.refused(by=Side.CLIENT, cause=Cause.WRONG_PURPOSE)
