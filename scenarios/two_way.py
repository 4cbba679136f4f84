"""Two-way TLS: the server's account demands a certificate of the client, and the server verifies what is offered."""

from dataclasses import replace
from datetime import timedelta

from harness.case.scenario import scenario
from harness.case.situation import Case, Situation
from harness.case.testbed import CLIENT_SPEC, Testbed
from harness.model.account import Demand, Require
from harness.model.material import RevocationList
from harness.model.outcome import Cause, Side
from harness.model.tls import Can, Verify

NEEDS = {Can.VERIFY_CA, Can.CLIENT_CERTIFICATE}
EXPIRED = replace(CLIENT_SPEC, not_before=timedelta(days=-30), not_after=timedelta(days=-1))
STRANGER = replace(CLIENT_SPEC, common_name="stranger")


@scenario(needs=NEEDS)
def good(bed: Testbed) -> Case:
    """A client that offers a certificate of the server's client authority logs in to an account that demands one."""
    return bed.two_way().accepted()


@scenario(needs=NEEDS)
def asked_for_and_not_offered(bed: Testbed) -> Case:
    """A client that offers no certificate is denied an account that demands one."""
    return bed.two_way().but(client_leaf=None).refused(by=Side.SERVER, cause=Cause.ACCESS_DENIED)


@scenario(needs=NEEDS)
def offered_and_not_asked_for(bed: Testbed) -> Case:
    """A client that offers a good certificate logs in to an account that demands none."""
    return bed.two_way().but(account=Require()).accepted()


@scenario(needs=NEEDS)
def another_authority(bed: Testbed) -> Case:
    """A client whose certificate another authority signed is refused by the server, in the handshake."""
    change = bed.two_way().but(client_leaf=bed.client_leaf("other"))
    return change.refused(by=Side.SERVER, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs=NEEDS)
def another_authority_not_asked_for(bed: Testbed) -> Case:
    """A client that offers another authority's certificate is refused even for an account that demands none."""
    change = bed.two_way(Require()).but(client_leaf=bed.client_leaf("other"))
    return change.refused(by=Side.SERVER, cause=Cause.UNKNOWN_AUTHORITY)


@scenario(needs=NEEDS)
def expired(bed: Testbed) -> Case:
    """A client whose certificate has expired is refused by the server, in the handshake."""
    change = bed.two_way().but(client_leaf=bed.client_leaf(spec=EXPIRED))
    return change.refused(by=Side.SERVER, cause=Cause.EXPIRED)


@scenario(needs=NEEDS)
def revoked(bed: Testbed) -> Case:
    """A client whose certificate its authority has revoked is refused by a server that has the authority's list."""
    good = bed.two_way().with_(server_revocations=RevocationList(issuer=bed.authority()))
    change = good.but(server_revocations=RevocationList(issuer=bed.authority(), revoked=(bed.client_leaf(),)))
    return change.refused(by=Side.SERVER, cause=Cause.REVOKED)


@scenario(needs=NEEDS)
def key_that_does_not_match(bed: Testbed) -> Case:
    """A client whose private key does not belong to its certificate is stopped by its own TLS library."""
    mismatched = bed.client_leaf().with_key_of(bed.client_leaf(spec=STRANGER))
    return bed.two_way().but(client_leaf=mismatched).refused(by=Side.CLIENT, cause=Cause.KEY_MISMATCH)


@scenario(needs=NEEDS)
def subject_right(bed: Testbed) -> Case:
    """A client whose certificate has the subject that the account demands logs in."""
    return bed.two_way(Require(Demand.SUBJECT, bed.client_leaf().subject_oneline)).accepted()


@scenario(needs=NEEDS)
def subject_wrong(bed: Testbed) -> Case:
    """A client whose certificate has another subject than the account demands is denied."""
    asked = bed.two_way(Require(Demand.SUBJECT, bed.client_leaf().subject_oneline))
    change = asked.but(client_leaf=bed.client_leaf(spec=STRANGER))
    return change.refused(by=Side.SERVER, cause=Cause.ACCESS_DENIED)


@scenario(needs=NEEDS)
def issuer_right(bed: Testbed) -> Case:
    """A client whose certificate has the issuer that the account demands logs in."""
    return bed.two_way(Require(Demand.ISSUER, bed.client_leaf().issuer_oneline)).accepted()


@scenario(needs=NEEDS)
def issuer_wrong(bed: Testbed) -> Case:
    """A client whose certificate a second authority that the server trusts has signed is denied for its issuer."""
    asked = bed.two_way(Require(Demand.ISSUER, bed.client_leaf().issuer_oneline))
    trusting = asked.with_(server_trusts=(bed.authority(), bed.authority("second")))
    change = trusting.but(client_leaf=bed.client_leaf("second"))
    return change.refused(by=Side.SERVER, cause=Cause.ACCESS_DENIED)


def _demanding_suite(bed: Testbed) -> Situation:
    """Two suites at the server, of which the client offers the one that the account demands."""
    demanded, other = bed.suites()
    situation = bed.choosing_suites(bed.two_way(Require(Demand.CIPHER, demanded)))
    return situation.with_(server_ciphers=f"{demanded}:{other}", client_ciphers=demanded)


@scenario(needs={*NEEDS, Can.CHOOSE_CIPHERS})
def cipher_right(bed: Testbed) -> Case:
    """A client that negotiates the cipher that the account demands logs in."""
    return _demanding_suite(bed).accepted()


@scenario(needs={*NEEDS, Can.CHOOSE_CIPHERS})
def cipher_wrong(bed: Testbed) -> Case:
    """A client that negotiates another cipher than the account demands is denied."""
    _, other = bed.suites()
    change = _demanding_suite(bed).but(client_ciphers=other)
    return change.refused(by=Side.SERVER, cause=Cause.ACCESS_DENIED)


@scenario(needs={Can.VERIFY_CA, Can.DISABLE})
def require_ssl_in_plaintext(bed: Testbed) -> Case:
    """A client in the clear is denied an account that demands TLS; the text (1045) does not tell it from a password."""
    asked = bed.one_way(Verify.CA).with_(account=Require(Demand.SSL))
    return asked.but(verify=Verify.DISABLED).refused(by=Side.SERVER, cause=Cause.ACCESS_DENIED)
