"""Every detector of the case judge fires, and the same observation with one thing put right passes."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import pytest

from harness.judge.agreement import AGREES, CERTIFICATE_CAUSES
from harness.judge.case import describe, judge_case
from harness.model.evidence import Seen
from harness.model.expectation import ExpectAccepted, Expectation, ExpectRefused
from harness.model.observation import Observation
from harness.model.outcome import Cause, Hung, Outcome, RawError, Side, Unclassified
from harness.model.tls import TlsVersion
from harness.model.verdict import Status, Verdict
from tests.judge.observations import ACCEPTED, GOOD, GOOD_IN_CLEAR, IN_CLEAR, observed, refused

BY_CLIENT = ExpectRefused(by=Side.CLIENT, cause=Cause.UNKNOWN_AUTHORITY)
BY_SERVER = ExpectRefused(by=Side.SERVER, cause=Cause.UNKNOWN_AUTHORITY)
BY_EITHER = ExpectRefused(by=None, cause=Cause.PROTOCOL_VERSION)
DENIED = ExpectRefused(by=Side.SERVER, cause=Cause.ACCESS_DENIED)
STRANGE = Unclassified(chain=(RawError(kind="Outer", message="failed"), RawError(kind="Inner", message="why", code=5)))
REFUSED = refused(Side.CLIENT, Cause.UNKNOWN_AUTHORITY)
RAW = "OperationalError [HY000/2026]: SSL error"


def judged(
    expectation: Expectation,
    observation: Observation,
    *,
    good: Sequence[Observation] = (GOOD, GOOD),
    good_expectation: ExpectAccepted = ExpectAccepted(),  # noqa: B008 - frozen
    silent: AbstractSet[Cause] = frozenset(),
) -> Verdict:
    return judge_case(expectation, observation, good=good, good_expectation=good_expectation, silent=silent)


def passed(reason: str) -> Verdict:
    return Verdict(Status.PASS, reason)


def failed(reason: str) -> Verdict:
    return Verdict(Status.FAIL, reason)


def inconclusive(reason: str) -> Verdict:
    return Verdict(Status.INCONCLUSIVE, reason)


@pytest.mark.parametrize(
    ("expectation", "observation", "verdict"),
    [
        (ExpectAccepted(), GOOD, passed("accepted over TLSv1.3")),
        (ExpectAccepted(version=TlsVersion.TLS_1_3), GOOD, passed("accepted over TLSv1.3")),
        (
            ExpectAccepted(version=TlsVersion.TLS_1_2),
            GOOD,
            failed("accepted over TLSv1.3, expected TLSv1.2"),
        ),
        (ExpectAccepted(encrypted=False), GOOD_IN_CLEAR, passed("accepted in the clear")),
        (
            ExpectAccepted(),
            GOOD_IN_CLEAR,
            failed("accepted in the clear, expected to be accepted over TLS"),
        ),
        (
            ExpectAccepted(encrypted=False),
            GOOD,
            failed("accepted over TLSv1.3, expected to be accepted in the clear"),
        ),
        (
            ExpectAccepted(),
            observed(ACCEPTED, Seen.LOGGED_IN, ids=(8,)),
            inconclusive("the client's connection id 7 is none that the server counted (8)"),
        ),
        (
            ExpectAccepted(),
            observed(ACCEPTED, Seen.LOGGED_IN, ids=(6, 7)),
            failed("the client made 2 connections for one attempt: it retried without saying so"),
        ),
        (
            ExpectAccepted(),
            replace(GOOD, user="c_x509"),
            failed("logged in as `c_none@%`, not as `c_x509`"),
        ),
        (
            ExpectAccepted(),
            replace(GOOD, served_serial=0xDEF),
            failed("the client saw certificate serial abc, the server was told to serve another"),
        ),
        # A client that cannot show the server's certificate is not held to it.
        (
            ExpectAccepted(),
            replace(GOOD, outcome=replace(ACCEPTED, server_serial=None), served_serial=0xDEF),
            passed("accepted over TLSv1.3"),
        ),
        (
            ExpectAccepted(),
            replace(GOOD, testimony=None),
            inconclusive("the client says accepted, the server's end says: nothing"),
        ),
        (
            ExpectAccepted(),
            observed(REFUSED, Seen.HANDSHAKE_FAILED),
            failed(f"refused by the client: unknown-authority: {RAW}"),
        ),
    ],
)
def test_an_acceptance(expectation: Expectation, observation: Observation, verdict: Verdict) -> None:
    assert judged(expectation, observation) == verdict


@pytest.mark.parametrize("seen", [seen for seen in Seen if seen is not Seen.LOGGED_IN])
def test_an_acceptance_that_the_servers_end_did_not_see_proves_nothing(seen: Seen) -> None:
    verdict = judged(ExpectAccepted(), observed(ACCEPTED, seen))
    assert verdict == inconclusive(f"the client says accepted, the server's end says: {seen.value}")


@pytest.mark.parametrize(
    ("expectation", "observation", "verdict"),
    [
        (
            BY_CLIENT,
            observed(REFUSED, Seen.HANDSHAKE_FAILED),
            passed("refused by the client: unknown-authority"),
        ),
        (
            BY_SERVER,
            observed(REFUSED, Seen.HANDSHAKE_FAILED),
            failed(
                "refused by the client: unknown-authority, expected to be refused by the server: unknown-authority; "
                f"raw: {RAW}"
            ),
        ),
        (
            ExpectRefused(by=Side.CLIENT, cause=Cause.EXPIRED),
            observed(REFUSED, Seen.HANDSHAKE_FAILED),
            failed(
                f"refused by the client: unknown-authority, expected to be refused by the client: expired; raw: {RAW}"
            ),
        ),
        (
            ExpectRefused(by=Side.CLIENT, cause=Cause.EXPIRED),
            observed(refused(Side.CLIENT, Cause.EXPIRED, Cause.NOT_YET_VALID), Seen.HANDSHAKE_FAILED),
            passed("refused by the client: expired or not-yet-valid"),
        ),
        (BY_CLIENT, replace(GOOD, outcome=REFUSED, testimony=None), inconclusive("the server's end was not heard")),
        (
            BY_CLIENT,
            observed(REFUSED, Seen.HANDSHAKE_FAILED, log=()),
            inconclusive("refused by the client: unknown-authority, and the server's log says nothing about it"),
        ),
        (
            BY_CLIENT,
            observed(ACCEPTED, Seen.LOGGED_IN),
            failed(
                "connected but unverified: accepted over TLSv1.3, expected to be refused by the client: "
                "unknown-authority"
            ),
        ),
        (
            ExpectRefused(by=Side.CLIENT, cause=Cause.NO_TLS),
            observed(IN_CLEAR, Seen.LOGGED_IN),
            failed("connected in the clear although TLS was required"),
        ),
        (
            ExpectRefused(by=Side.CLIENT, cause=Cause.NO_TLS),
            observed(refused(Side.CLIENT, Cause.NO_TLS), Seen.LEFT_IN_CLEAR),
            passed("refused by the client: no-tls"),
        ),
        (
            DENIED,
            observed(ACCEPTED, Seen.LOGGED_IN),
            failed("accepted over TLSv1.3, expected to be refused by the server: access-denied"),
        ),
        (
            DENIED,
            observed(refused(Side.SERVER, Cause.ACCESS_DENIED), Seen.DENIED),
            passed("refused by the server: access-denied"),
        ),
        (
            BY_EITHER,
            observed(refused(Side.CLIENT, Cause.PROTOCOL_VERSION), Seen.NOTHING, ids=(), log=()),
            passed("refused by the client: protocol-version"),
        ),
        (
            BY_EITHER,
            observed(refused(Side.SERVER, Cause.PROTOCOL_VERSION), Seen.HANDSHAKE_FAILED),
            passed("refused by the server: protocol-version"),
        ),
        (
            BY_EITHER,
            observed(refused(Side.SERVER, Cause.PROTOCOL_VERSION), Seen.LEFT_IN_CLEAR),
            inconclusive(
                "the client says refused by the server: protocol-version, the server's end says: "
                "the client left before TLS began"
            ),
        ),
        (
            BY_EITHER,
            observed(refused(Side.SERVER, Cause.CIPHER), Seen.HANDSHAKE_FAILED),
            failed(
                f"refused by the server: cipher, expected to be refused by either side: protocol-version; raw: {RAW}"
            ),
        ),
    ],
)
def test_a_refusal(expectation: Expectation, observation: Observation, verdict: Verdict) -> None:
    assert judged(expectation, observation) == verdict


@pytest.mark.parametrize(("side", "cause"), sorted(AGREES, key=str))
def test_a_refusal_passes_only_where_the_servers_end_agrees(side: Side, cause: Cause) -> None:
    said = f"refused by the {side.value}: {cause.value}"
    for seen in Seen:
        verdict = judged(ExpectRefused(by=side, cause=cause), observed(refused(side, cause), seen))
        if seen in AGREES[side, cause]:
            assert verdict == passed(said)
        else:
            assert verdict == inconclusive(f"the client says {said}, the server's end says: {seen.value}")


def test_a_pair_that_is_in_no_table_agrees_with_nothing() -> None:
    odd = ExpectRefused(by=Side.SERVER, cause=Cause.UNREACHABLE)
    for seen in Seen:
        assert judged(odd, observed(refused(Side.SERVER, Cause.UNREACHABLE), seen)).status is Status.INCONCLUSIVE


def test_no_agreement_is_with_a_login() -> None:
    assert [pair for pair, seen in AGREES.items() if Seen.LOGGED_IN in seen] == []


@pytest.mark.parametrize(
    ("silent", "status"),
    [
        (frozenset({Cause.ACCESS_DENIED}), Status.PASS),
        (frozenset({Cause.UNKNOWN_AUTHORITY}), Status.INCONCLUSIVE),
        (frozenset[Cause](), Status.INCONCLUSIVE),
    ],
)
def test_a_silent_log_is_excused_for_the_declared_cause_alone(silent: frozenset[Cause], status: Status) -> None:
    observation = observed(refused(Side.SERVER, Cause.ACCESS_DENIED), Seen.DENIED, log=())
    assert judged(DENIED, observation, silent=silent).status is status


def test_a_client_that_never_connected_needs_no_line_in_the_log() -> None:
    observation = observed(refused(Side.CLIENT, Cause.KEY_MISMATCH), Seen.NOTHING, ids=(), log=())
    expectation = ExpectRefused(by=Side.CLIENT, cause=Cause.KEY_MISMATCH)
    assert judged(expectation, observation) == passed("refused by the client: key-mismatch")


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause in CERTIFICATE_CAUSES])
@pytest.mark.parametrize("by", Side)
def test_a_lost_alert_passes_only_where_the_server_saw_the_handshake_fail(by: Side, cause: Cause) -> None:
    expectation = ExpectRefused(by=Side.SERVER, cause=cause)
    lost = refused(by, Cause.CONNECTION_LOST)
    assert judged(expectation, observed(lost, Seen.HANDSHAKE_FAILED)) == passed(
        f"refused by the {by.value}: connection-lost; the server's end: the TLS handshake failed; "
        "for which fault of the certificate, neither end says"
    )
    for seen in Seen:
        if seen is not Seen.HANDSHAKE_FAILED:
            assert judged(expectation, observed(lost, seen)).status is Status.INCONCLUSIVE
    assert judged(expectation, observed(lost, Seen.HANDSHAKE_FAILED, log=())).status is Status.INCONCLUSIVE


@pytest.mark.parametrize("expectation", [BY_CLIENT, DENIED, BY_EITHER])
def test_a_lost_connection_stands_for_no_other_refusal(expectation: ExpectRefused) -> None:
    lost = refused(Side.SERVER, Cause.CONNECTION_LOST)
    assert judged(expectation, observed(lost, Seen.HANDSHAKE_FAILED)).status is Status.FAIL


@pytest.mark.parametrize("cause", [Cause.NOT_SERVED, Cause.RELOAD_REFUSED])
def test_a_server_that_would_not_serve_cannot_be_asked(cause: Cause) -> None:
    observation = Observation(outcome=refused(Side.SERVER, cause), testimony=None)
    assert judged(ExpectRefused(by=Side.SERVER, cause=cause), observation) == passed(
        f"refused by the server: {cause.value}"
    )
    assert judged(BY_SERVER, observation).status is Status.FAIL
    assert judged(ExpectAccepted(), observation).status is Status.FAIL


@pytest.mark.parametrize("expectation", [ExpectAccepted(), BY_CLIENT, BY_EITHER])
@pytest.mark.parametrize("seen", [Seen.NOTHING, Seen.LOGGED_IN, Seen.HANDSHAKE_FAILED])
def test_a_hang_fails_and_words_that_no_table_knows_prove_nothing(expectation: Expectation, seen: Seen) -> None:
    assert judged(expectation, observed(Hung(deadline_s=10), seen)) == failed(
        "the client hung (no answer for 10 s), which is neither accepted nor refused"
    )
    assert judged(expectation, observed(STRANGE, seen)) == inconclusive(
        "an error that no table knows: Outer: failed ← Inner [5]: why"
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (observed(REFUSED, Seen.HANDSHAKE_FAILED), f"refused by the client: unknown-authority: {RAW}"),
        (GOOD_IN_CLEAR, "accepted in the clear, expected to be accepted over TLS"),
        (
            observed(Hung(deadline_s=2.5), Seen.NOTHING),
            "the client hung (no answer for 2.5 s), which is neither accepted nor refused",
        ),
        (
            observed(ACCEPTED, Seen.DENIED),
            "the client says accepted, the server's end says: login denied",
        ),
    ],
)
def test_a_good_situation_that_does_not_hold_before_or_after_proves_nothing(bad: Observation, reason: str) -> None:
    for expectation, observation in ((BY_CLIENT, observed(REFUSED, Seen.HANDSHAKE_FAILED)), (DENIED, GOOD)):
        for good in ((bad, GOOD), (GOOD, bad)):
            assert judged(expectation, observation, good=good) == inconclusive(
                f"the good situation does not hold: {reason}"
            )


def test_what_the_driver_ignored_in_silence_is_said_whatever_came_of_it() -> None:
    ignoring = replace(ACCEPTED, ignored=("trustStore", "trustStoreType"))
    words = "; ignored in silence: trustStore, trustStoreType"
    accepted = observed(ignoring, Seen.LOGGED_IN)
    assert judged(ExpectAccepted(), accepted) == passed(f"accepted over TLSv1.3{words}")
    unverified = "connected but unverified: accepted over TLSv1.3, expected to be refused by the client: "
    assert judged(BY_CLIENT, accepted) == failed(f"{unverified}unknown-authority{words}")
    refusing = observed(replace(REFUSED, ignored=("trustStore",)), Seen.HANDSHAKE_FAILED)
    assert judged(BY_CLIENT, refusing).reason.endswith("; ignored in silence: trustStore")
    broken = judged(BY_CLIENT, refusing, good=(refusing, GOOD))
    assert broken.status is Status.INCONCLUSIVE
    assert broken.reason.endswith(f"unknown-authority: {RAW}; ignored in silence: trustStore")


def test_a_good_situation_meant_to_be_in_the_clear_holds_in_the_clear() -> None:
    in_clear = (GOOD_IN_CLEAR, GOOD_IN_CLEAR)
    observation = observed(refused(Side.SERVER, Cause.ACCESS_DENIED), Seen.DENIED)
    plain = ExpectAccepted(encrypted=False)
    assert judged(DENIED, observation, good=in_clear, good_expectation=plain).status is Status.PASS
    assert judged(DENIED, observation, good=in_clear).status is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (ACCEPTED, "accepted over TLSv1.3"),
        (IN_CLEAR, "accepted in the clear"),
        (refused(Side.SERVER, Cause.EXPIRED, Cause.CIPHER), "refused by the server: cipher or expired"),
        (Hung(deadline_s=10), "no answer for 10 s"),
        (STRANGE, "an error that no table knows: Outer: failed ← Inner [5]: why"),
    ],
)
def test_an_outcome_in_one_line(outcome: Outcome, line: str) -> None:
    assert describe(outcome) == line
