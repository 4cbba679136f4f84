"""The third witness: each contradiction is found, and causes are taken away that what passed excludes, no other."""

from dataclasses import replace

import pytest

from harness.judge.case import judge_case
from harness.judge.wire import (
    Circumstances,
    contradiction,
    is_open,
    narrowed,
    of_the_wires_version,
    retried,
)
from harness.model.evidence import Seen
from harness.model.expectation import ExpectAccepted, ExpectRefused
from harness.model.observation import Observation
from harness.model.outcome import Accepted, Cause, Hung, Outcome, Refused, Side
from harness.model.tls import TlsVersion
from harness.model.verdict import Status, Verdict
from harness.model.wire import Parting, WireCertificate, WireChoice, WireConnection, WireEnd
from tests.judge.observations import ACCEPTED, GOOD, GOOD_IN_CLEAR, SERVED, observed, refused
from tests.judge.wires import CHOICE, HELLO, OVER_TLS, alert, wire

IN_CLEAR = replace(OVER_TLS, tls_asked=False, login_in_clear=True, hello=None, choice=None)
NO_HELLO = replace(OVER_TLS, hello=None, choice=None)
NO_ANSWER = replace(OVER_TLS, choice=None)
UNTRUSTED = refused(Side.CLIENT, Cause.UNKNOWN_AUTHORITY)
SEEN_REFUSED = observed(UNTRUSTED, Seen.HANDSHAKE_FAILED)
LEAF = WireCertificate(
    subject="CN=localhost",
    issuer="CN=one",
    serial=f"{SERVED:x}",
    not_before="2026-01-01T00:00:00+00:00",
    not_after="2027-01-01T00:00:00+00:00",
    authority=False,
    purposes=(),
)


def seen(observation: Observation, *connections: WireConnection) -> Observation:
    return replace(observation, wire=wire(*connections))


@pytest.mark.parametrize(
    "observation",
    [
        GOOD,
        seen(GOOD, OVER_TLS),
        seen(GOOD_IN_CLEAR, IN_CLEAR),
        seen(SEEN_REFUSED, replace(OVER_TLS, alerts=(alert(Side.CLIENT, "unknown_ca"),))),
        # Said of anything, by some library.
        seen(SEEN_REFUSED, replace(OVER_TLS, alerts=(alert(Side.CLIENT, "certificate_unknown"),))),
        seen(observed(refused(Side.CLIENT, Cause.BAD_MATERIAL), Seen.HANDSHAKE_FAILED), NO_HELLO),
        # A suite by a name that is not OpenSSL's.
        seen(replace(GOOD, outcome=replace(ACCEPTED, cipher="TLS13-AES256-GCM-SHA384")), OVER_TLS),
        seen(GOOD, replace(OVER_TLS, server_chain=(LEAF,))),
    ],
)
def test_witnesses_that_agree(observation: Observation) -> None:
    assert contradiction(observation) is None


@pytest.mark.parametrize(
    ("observation", "found"),
    [
        # A client that fell back to plaintext and says otherwise.
        (seen(GOOD, IN_CLEAR), "the client says TLSv1.3, and on the wire the login is in the clear"),
        (seen(GOOD, NO_ANSWER), "the client says TLSv1.3, and on the wire there is no ServerHello"),
        (seen(GOOD_IN_CLEAR, OVER_TLS), "the client says that it is in the clear, and on the wire it asked for TLS"),
        (
            seen(GOOD, replace(OVER_TLS, choice=replace(CHOICE, version="TLSv1.2"))),
            "the client says TLSv1.3, and on the wire the server chose TLSv1.2",
        ),
        (
            seen(GOOD, replace(OVER_TLS, choice=replace(CHOICE, suite="TLS_AES_256_GCM_SHA384"))),
            "the client says TLS_AES_128_GCM_SHA256, and on the wire the server chose TLS_AES_256_GCM_SHA384",
        ),
        (
            seen(GOOD, replace(OVER_TLS, server_chain=(replace(LEAF, serial="def"),))),
            "on the wire the server presents certificate serial def, and it was told to serve abc",
        ),
        # A connection by another way.
        (seen(GOOD), "the server counted 1 connection, and 0 passed the wire"),
        # A forwarder that drops bytes, or invents them.
        (
            seen(GOOD, replace(OVER_TLS, client=replace(OVER_TLS.client, passed=499))),
            "of 500 bytes of the client the wire passed 499 on",
        ),
        (
            seen(GOOD, replace(OVER_TLS, server=replace(OVER_TLS.server, passed=901))),
            "of 900 bytes of the server the wire passed 901 on",
        ),
        # A forwarder that claims an alert.
        (
            seen(GOOD, replace(OVER_TLS, alerts=(alert(Side.CLIENT, "unknown_ca"),))),
            "the server's end says: logged in; the wire: alert unknown_ca of the client",
        ),
        (
            seen(SEEN_REFUSED, replace(OVER_TLS, alerts=(alert(Side.CLIENT, "certificate_expired"),))),
            "the words of the client mean unknown-authority, the wire: alert certificate_expired of the client",
        ),
        (
            seen(SEEN_REFUSED, replace(OVER_TLS, alerts=(alert(Side.SERVER, "unknown_ca"),))),
            "the client's words say that the client refused, the wire: the server's alert",
        ),
        # A client that says that it verified what it never saw.
        (
            seen(SEEN_REFUSED, NO_ANSWER),
            "the client says that it refused a certificate, and on the wire there is no ServerHello",
        ),
        (
            seen(observed(refused(Side.CLIENT, Cause.NO_TLS), Seen.LEFT_IN_CLEAR), NO_HELLO),
            "the client says that the server has no TLS, and on the wire it asked for TLS",
        ),
        # The server's end.
        (
            seen(observed(UNTRUSTED, Seen.NOTHING, ids=()), OVER_TLS),
            "the server's end saw no connection, and on the wire it greeted one",
        ),
        (
            seen(observed(UNTRUSTED, Seen.HANDSHAKE_FAILED), IN_CLEAR),
            "the server's end saw a TLS handshake fail, and on the wire the client asked for none",
        ),
        (
            seen(observed(UNTRUSTED, Seen.LEFT_IN_CLEAR), OVER_TLS),
            "the server's end saw the client leave before TLS began, and on the wire it sent a ClientHello",
        ),
        (
            seen(observed(UNTRUSTED, Seen.LEFT_AFTER_HANDSHAKE), NO_ANSWER),
            "the server's end saw a TLS handshake succeed, and on the wire it sent no ServerHello",
        ),
    ],
)
def test_witnesses_that_contradict_prove_nothing(observation: Observation, found: str) -> None:
    assert contradiction(observation) == found
    expected = (
        ExpectRefused(by=observation.outcome.by, cause=min(observation.outcome.causes, key=str))
        if isinstance(observation.outcome, Refused)
        else ExpectAccepted(encrypted=observation.outcome != GOOD_IN_CLEAR.outcome)
    )
    verdict = judge_case(expected, observation, good=(), good_expectation=ExpectAccepted())
    assert verdict == Verdict(Status.INCONCLUSIVE, found)


def test_a_good_situation_in_which_witnesses_contradict_proves_nothing() -> None:
    good = seen(GOOD, IN_CLEAR)
    verdict = judge_case(ExpectAccepted(), GOOD, good=(good, GOOD), good_expectation=ExpectAccepted())
    assert verdict.status is Status.INCONCLUSIVE
    assert "the login is in the clear" in verdict.reason


def test_what_fails_anyway_still_fails() -> None:
    untrusted = ExpectRefused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
    verdict = judge_case(untrusted, seen(GOOD, IN_CLEAR), good=(), good_expectation=ExpectAccepted())
    assert verdict == Verdict(
        Status.FAIL,
        "connected but unverified: accepted over TLSv1.3, expected to be refused by the client: unknown-authority; "
        "contradicted by the wire: the client says TLSv1.3, and on the wire the login is in the clear",
    )


def test_bytes_for_an_end_that_has_reset_need_not_be_passed_on() -> None:
    reset = (WireEnd(by=Side.CLIENT, how=Parting.RESET),)
    lost = replace(OVER_TLS, server=replace(OVER_TLS.server, passed=800), ends=reset)
    assert contradiction(seen(SEEN_REFUSED, lost)) is None


def test_a_client_that_retries_in_silence_is_found_by_the_wire_alone() -> None:
    """The server counts one connection: the first ended before it took part."""
    observation = seen(GOOD, replace(IN_CLEAR, greeting="", login_in_clear=False), OVER_TLS)
    assert retried(observation) == 2
    verdict = judge_case(ExpectAccepted(), observation, good=(), good_expectation=ExpectAccepted())
    assert verdict == Verdict(
        Status.FAIL, "the client made 2 connections for one attempt: it retried without saying so"
    )
    assert retried(seen(GOOD, OVER_TLS)) == retried(GOOD) == 0


def test_a_client_that_hung_is_not_judged_by_the_wire() -> None:
    hung = seen(observed(Hung(deadline_s=10), Seen.HANDSHAKE_FAILED), IN_CLEAR)
    verdict = judge_case(ExpectAccepted(), hung, good=(), good_expectation=ExpectAccepted())
    assert verdict.status is Status.FAIL
    assert verdict.reason.startswith("the client hung")


CERTIFICATE = (Cause.UNKNOWN_AUTHORITY, Cause.EXPIRED, Cause.SELF_SIGNED, Cause.HOST_MISMATCH, Cause.NOT_YET_VALID)
OLD = Circumstances(versions=frozenset({"TLSv1.2"}))
UP_TO_1_1 = replace(NO_ANSWER, hello=replace(HELLO, versions=("TLSv1.1",), up_to=True))


@pytest.mark.parametrize(
    ("outcome", "passed", "known", "left"),
    [
        # An alert in the clear.
        (
            refused(Side.CLIENT, *CERTIFICATE),
            replace(OVER_TLS, alerts=(alert(Side.CLIENT, "unknown_ca"),)),
            OLD,
            {Cause.UNKNOWN_AUTHORITY, Cause.SELF_SIGNED},
        ),
        # ... of the other end says nothing about this one's reasons.
        (
            refused(Side.CLIENT, *CERTIFICATE),
            replace(OVER_TLS, alerts=(alert(Side.SERVER, "unknown_ca"),)),
            OLD,
            set(CERTIFICATE),
        ),
        # ... and what the server presents has one of these faults.
        (
            refused(Side.CLIENT, *CERTIFICATE),
            replace(OVER_TLS, alerts=(alert(Side.CLIENT, "unknown_ca"),)),
            replace(OLD, of_server=frozenset({Cause.SELF_SIGNED, Cause.HOST_MISMATCH})),
            {Cause.SELF_SIGNED},
        ),
        (
            refused(Side.CLIENT, *CERTIFICATE),
            OVER_TLS,
            replace(OLD, of_server=frozenset({Cause.EXPIRED})),
            {Cause.EXPIRED},
        ),
        # Two faults: which of them it was, nobody says.
        (
            refused(Side.CLIENT, *CERTIFICATE),
            OVER_TLS,
            replace(OLD, of_server=frozenset({Cause.EXPIRED, Cause.HOST_MISMATCH})),
            {Cause.EXPIRED, Cause.HOST_MISMATCH},
        ),
        # A fault that its words do not mean takes nothing away.
        (
            refused(Side.CLIENT, *CERTIFICATE),
            OVER_TLS,
            replace(OLD, of_server=frozenset({Cause.REVOKED})),
            set(CERTIFICATE),
        ),
        # Whom the client trusts is not known, and what the server presents is.
        (
            refused(Side.CLIENT, Cause.SELF_SIGNED, Cause.UNKNOWN_AUTHORITY),
            OVER_TLS,
            replace(OLD, excluded=frozenset({Cause.SELF_SIGNED})),
            {Cause.UNKNOWN_AUTHORITY},
        ),
        # The client's own certificate, at the server.
        (
            refused(Side.SERVER, Cause.CIPHER, Cause.PROTOCOL_VERSION, Cause.EXPIRED, Cause.UNKNOWN_AUTHORITY),
            OVER_TLS,
            replace(OLD, of_client=frozenset({Cause.EXPIRED})),
            {Cause.EXPIRED},
        ),
        (
            refused(Side.SERVER, Cause.CIPHER, Cause.PROTOCOL_VERSION, Cause.EXPIRED, Cause.UNKNOWN_AUTHORITY),
            OVER_TLS,
            OLD,
            {Cause.EXPIRED, Cause.UNKNOWN_AUTHORITY},
        ),
        # A version was agreed: it is the crypto.
        (
            refused(Side.CLIENT, Cause.PROTOCOL_VERSION, Cause.WEAK_CRYPTO),
            replace(OVER_TLS, alerts=(alert(Side.CLIENT, "internal_error"),)),
            OLD,
            {Cause.WEAK_CRYPTO},
        ),
        # No answer to a ClientHello.
        (
            refused(Side.SERVER, Cause.CIPHER, Cause.PROTOCOL_VERSION),
            replace(NO_ANSWER, alerts=(alert(Side.SERVER, "handshake_failure"),)),
            Circumstances(versions=frozenset({"TLSv1", "TLSv1.1"})),
            {Cause.PROTOCOL_VERSION},
        ),
        (
            refused(Side.SERVER, Cause.CIPHER, Cause.PROTOCOL_VERSION),
            replace(NO_ANSWER, alerts=(alert(Side.SERVER, "handshake_failure"),)),
            OLD,
            {Cause.CIPHER},
        ),
        (
            refused(Side.SERVER, Cause.CIPHER, Cause.PROTOCOL_VERSION),
            UP_TO_1_1,
            OLD,
            {Cause.PROTOCOL_VERSION},
        ),
        (
            refused(Side.SERVER, Cause.CIPHER, Cause.PROTOCOL_VERSION),
            UP_TO_1_1,
            Circumstances(versions=frozenset({"TLSv1"})),
            {Cause.CIPHER},
        ),
        (
            refused(Side.SERVER, Cause.CIPHER, Cause.WEAK_CRYPTO),
            NO_ANSWER,
            replace(OLD, ciphers_served=True),
            {Cause.CIPHER},
        ),
        # The client refused by itself.
        (
            refused(Side.CLIENT, Cause.BAD_OPTION, Cause.PROTOCOL_VERSION),
            NO_HELLO,
            replace(OLD, versions_told=("TLSv1",)),
            {Cause.PROTOCOL_VERSION},
        ),
        (
            refused(Side.CLIENT, Cause.BAD_OPTION, Cause.PROTOCOL_VERSION),
            NO_HELLO,
            replace(OLD, versions_told=("TLSv9.9",)),
            {Cause.BAD_OPTION},
        ),
        (
            refused(Side.CLIENT, Cause.CIPHER, Cause.PROTOCOL_VERSION),
            NO_HELLO,
            replace(OLD, ciphers_told=True),
            {Cause.CIPHER},
        ),
        (
            refused(Side.CLIENT, Cause.CIPHER, Cause.PROTOCOL_VERSION),
            NO_HELLO,
            replace(OLD, ciphers_told=True, versions_told=("TLSv1",)),
            {Cause.CIPHER, Cause.PROTOCOL_VERSION},
        ),
        (
            refused(Side.CLIENT, Cause.BAD_MATERIAL, Cause.KEY_MISMATCH),
            NO_HELLO,
            replace(OLD, own_files=frozenset({Cause.KEY_MISMATCH})),
            {Cause.KEY_MISMATCH},
        ),
    ],
)
def test_causes_that_what_passed_excludes_are_taken_away(
    outcome: Refused, passed: WireConnection, known: Circumstances, left: set[Cause]
) -> None:
    observation = seen(observed(outcome, Seen.HANDSHAKE_FAILED), passed)
    assert is_open(observation)
    found = narrowed(observation, known)
    assert isinstance(found.outcome, Refused)
    assert found.outcome.causes == left
    assert found.wire is not None
    words = " or ".join(sorted(cause.value for cause in outcome.causes))
    assert found.wire.told == ("" if left == outcome.causes else words)


LOST = seen(observed(refused(Side.SERVER, Cause.CONNECTION_LOST), Seen.HANDSHAKE_FAILED), OVER_TLS)


@pytest.mark.parametrize(
    ("faults", "verdict"),
    [
        (
            set(),
            Verdict(
                Status.PASS,
                "refused by the server: connection-lost; the server's end: the TLS handshake failed; "
                "for which fault of the certificate, neither end says",
            ),
        ),
        (
            {Cause.EXPIRED},
            Verdict(
                Status.PASS,
                "refused by the server: connection-lost; the server's end: the TLS handshake failed; "
                "the client's certificate is expired",
            ),
        ),
        (
            {Cause.UNKNOWN_AUTHORITY},
            Verdict(
                Status.INCONCLUSIVE,
                "refused by the server: connection-lost; the server's end: the TLS handshake failed; "
                "the client's certificate is unknown-authority, not expired",
            ),
        ),
    ],
)
def test_a_lost_connection_passes_only_for_a_fault_that_the_certificate_has(
    faults: set[Cause], verdict: Verdict
) -> None:
    assert is_open(LOST)
    found = narrowed(LOST, replace(OLD, of_client=frozenset(faults)))
    assert found.outcome == LOST.outcome
    assert found.wire is not None
    assert found.wire.faults == tuple(sorted(cause.value for cause in faults))
    expected = ExpectRefused(by=Side.SERVER, cause=Cause.EXPIRED)
    assert judge_case(expected, found, good=(), good_expectation=ExpectAccepted()) == verdict


@pytest.mark.parametrize(
    "observation",
    [
        GOOD,
        SEEN_REFUSED,
        seen(SEEN_REFUSED, OVER_TLS),
        observed(refused(Side.CLIENT, *CERTIFICATE), Seen.HANDSHAKE_FAILED),
        seen(observed(refused(Side.CLIENT, *CERTIFICATE), Seen.HANDSHAKE_FAILED), OVER_TLS, OVER_TLS),
    ],
)
def test_nothing_is_open_where_one_cause_is_named_or_one_wire_is_not_there(observation: Observation) -> None:
    assert not is_open(observation)


@pytest.mark.parametrize(
    ("outcome", "passed", "version"),
    [
        (replace(ACCEPTED, version=TlsVersion.TLS_1_0), replace(CHOICE, version="TLSv1.1"), TlsVersion.TLS_1_1),
        (replace(ACCEPTED, version=TlsVersion.TLS_1_0), replace(CHOICE, version="0x7f1c"), TlsVersion.TLS_1_0),
        (replace(ACCEPTED, version=None), CHOICE, None),
    ],
)
def test_the_wires_version_stands_for_that_of_a_server_which_misnames_it(
    outcome: Accepted, passed: WireChoice, version: TlsVersion | None
) -> None:
    found: Outcome = of_the_wires_version(
        replace(seen(GOOD, replace(OVER_TLS, choice=passed)), outcome=outcome)
    ).outcome
    assert isinstance(found, Accepted)
    assert found.version is version
